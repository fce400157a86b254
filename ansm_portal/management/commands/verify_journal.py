"""Check the chain of events of every organisation."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    no_translations,
)

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation
from ansm_portal.audit.services import verify


class Command(BaseCommand):
    """Say for each organisation whether its journal is intact, or its first broken link."""

    help = "Check the journal of every organisation; exit status 1 when one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this one")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["organisation"]
        broken = 0
        with tenancy.every_organisation():
            organisations = Organisation.objects.order_by("slug")
            if slug:
                organisations = organisations.filter(slug=slug)
                if not organisations.exists():
                    raise CommandError(f"There is no organisation {slug!r}.")
            for organisation in organisations:
                report = verify(organisation.pk)
                if report.is_intact:
                    self.stdout.write(
                        f"{organisation.slug}: intact, {report.events} events, head {report.head}"
                    )
                else:
                    broken += 1
                    self.stderr.write(
                        f"{organisation.slug}: broken at event {report.broken_at}: {report.reason}"
                    )
        if broken:
            sys.exit(1)
