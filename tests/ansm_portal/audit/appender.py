"""Registers devices: ``main(SLUG, NAME, COUNT)`` for ``run_together``."""


def main(slug: str, name: str, count: str) -> None:
    from ansm_portal.accounts.models import Organisation
    from devices.services.device import register

    organisation = Organisation.objects.get(slug=slug)
    for number in range(int(count)):
        fields = {
            "name": f"Pump {name}",
            "reference": f"{name}-{number}",
            "regulation": "mdr",
            "device_class": "IIa",
            "safety_class": "B",
        }
        register(fields, organisation=organisation, actor=None)
