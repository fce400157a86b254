"""Stamp issued dossiers again before their last time stamp ages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ansm_portal import tenancy
from ansm_portal.errors import PortalError
from assessments.models import Dossier
from assessments.services.renewal import due, renew


class Command(BaseCommand):
    """Exit 1 when a dossier that is due could not be stamped; the others are all the same."""

    help = (
        "Add an archive time stamp to issued dossiers whose last one ages: half a year before its "
        "certificate or its algorithm ends. What was issued stays; downloads have the newest. "
        "Exit status 1: some could not be stamped, and stay due."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list what is due")
        parser.add_argument(
            "--before",
            type=dt.date.fromisoformat,
            metavar="DATE",
            help="what is due until this day (2028-06-30), instead of today",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["before"] or timezone.localdate()
        with tenancy.every_organisation():
            dossiers = list(due(on).select_related("organisation"))
            failed = sum(not self._one(dossier, options) for dossier in dossiers)
        if options["verbosity"] and not options["dry_run"] and (dossiers or options["before"]):
            done = len(dossiers) - failed
            self.stdout.write(
                ngettext("%(done)d dossier stamped.", "%(done)d dossiers stamped.", done)
                % {"done": done}
            )
        if failed:
            raise CommandError(
                ngettext(
                    "%(failed)d dossier could not be stamped; it stays due.",
                    "%(failed)d dossiers could not be stamped; they stay due.",
                    failed,
                )
                % {"failed": failed}
            )

    def _one(self, dossier: Dossier, options: dict[str, Any]) -> bool:
        name = f"{dossier.organisation.slug} {dossier.number}"
        if options["dry_run"]:
            day = date_format(dossier.renew_on, "SHORT_DATE_FORMAT") if dossier.renew_on else "–"
            self.stdout.write(_("%(name)s: due since %(day)s") % {"name": name, "day": day})
            return True
        try:
            revision = renew(dossier.pk)
        except (PortalError, OSError) as failure:
            self.stderr.write(f"{name}: {failure}")
            return False
        if options["verbosity"]:
            day = date_format(revision.ends_on, "SHORT_DATE_FORMAT")
            self.stdout.write(
                _("%(name)s: stamped, SHA-256 %(digest)s, until %(day)s")
                % {"name": name, "digest": revision.file_sha256, "day": day}
            )
        return True
