"""Registers devices: ``python -m tests.ansm_portal.audit.appender SLUG NAME COUNT``."""

from tests.processes import begin


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


if __name__ == "__main__":
    begin(main)
