"""Delete files that no row names: what a process that was killed left behind."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ansm_portal import tenancy
from assessments.services.recovering import remove, strays


class Command(BaseCommand):
    """Takes nothing younger than a day: somebody may be writing it."""

    help = "Delete files of dossiers and evidence that nothing in the database names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say which")
        parser.add_argument(
            "--hours", type=int, default=24, help="how old they must be (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count = size = 0
        with tenancy.every_organisation():
            for stray in strays(before=timezone.now() - dt.timedelta(hours=options["hours"])):
                self.stdout.write(stray.name)
                count, size = count + 1, size + stray.size_bytes
                if not options["dry_run"]:
                    remove(stray)
        said = (
            ngettext(
                "%(count)d file that nothing names", "%(count)d files that nothing names", count
            )
            if options["dry_run"]
            else ngettext("%(count)d file deleted", "%(count)d files deleted", count)
        )
        self.stdout.write(said % {"count": count} + _(" (bytes: %(size)d).") % {"size": size})
