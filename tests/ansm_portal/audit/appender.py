"""A process that registers devices: ``python -m tests.ansm_portal.audit.appender SLUG NAME COUNT``.

It says when it is ready and begins when its standard input ends, so that several begin together.
"""

import sys

import django


def main(slug: str, name: str, count: int) -> None:
    django.setup()

    from ansm_portal import tenancy
    from ansm_portal.accounts.models import Organisation
    from devices.services.device import register

    with tenancy.every_organisation():
        organisation = Organisation.objects.get(slug=slug)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()
        for number in range(count):
            fields = {
                "name": f"Pump {name}",
                "reference": f"{name}-{number}",
                "regulation": "mdr",
                "device_class": "IIa",
                "safety_class": "B",
            }
            register(fields, organisation=organisation, actor=None)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
