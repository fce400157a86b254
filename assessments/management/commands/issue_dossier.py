"""Issue a dossier at once, without the worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ansm_portal import tenancy
from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.enums import DossierState, Stakeholder
from assessments.extent import Extent
from assessments.models import Assessment, Dossier
from assessments.services import dossier as dossiers
from assessments.services import issuing
from assessments.services.attempt import chunks_of
from assessments.services.dossier_changes import last_issued
from devices.enums import LifecyclePhase


def copy_out(name: str, path: Path) -> None:
    """Write a stored file to ``path``, in pieces."""
    with path.open("wb") as out:
        for chunk in chunks_of(name):
            out.write(chunk)


class Command(BaseCommand):
    """Issue the dossier of an assessment and write its PDF."""

    help = "Issue the sealed dossier of an assessment and write its PDF to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("assessment", type=UUID, help="its id, as in the address of its page")
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], default="fr"
        )
        parser.add_argument(
            "--phases",
            nargs="+",
            choices=LifecyclePhase.values,
            default=(),
            metavar="PHASE",
            help=f"only these: {', '.join(LifecyclePhase.values)}",
        )
        parser.add_argument(
            "--stakeholder", choices=Stakeholder.values, default="", help="only their share"
        )
        parser.add_argument("--summary", action="store_true", help="at most four pages")
        parser.add_argument("--without-history", action="store_true")
        parser.add_argument("--without-remarks", action="store_true", help="nor actions")
        parser.add_argument(
            "--frameworks",
            nargs="*",
            metavar="KEY",
            help="neighbouring frameworks whose coverage it holds; otherwise the usual ones",
        )
        parser.add_argument("--output", type=Path, required=True, help="the PDF to write")
        parser.add_argument(
            "--with-evidence",
            action="store_true",
            help="attach the evidence files; what is too large is written beside, as a ZIP",
        )
        parser.add_argument(
            "--without-changes",
            action="store_true",
            help="no chapter on what changed since the last dossier in this language",
        )
        parser.add_argument(
            "--actor", help="e-mail address of who asks; otherwise who started the assessment"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with tenancy.every_organisation():
            dossier = self._issue(options)
            if dossier.state != DossierState.ISSUED:
                raise CommandError(dossier.failure or _("The dossier was not issued."))
        try:
            copy_out(dossier.file, options["output"])
            if dossier.archive:
                copy_out(dossier.archive, options["output"].with_suffix(".zip"))
        except OSError as error:
            raise CommandError(
                _("%(number)s was issued, but its copy could not be written: %(reason)s.")
                % {"number": dossier.number, "reason": error}
            ) from error
        if options["verbosity"]:
            self.stdout.write(
                _("%(number)s: %(pages)d pages, SHA-256 %(digest)s")
                % {
                    "number": dossier.number,
                    "pages": dossier.pages,
                    "digest": dossier.file_sha256,
                }
            )

    def _issue(self, options: dict[str, Any]) -> Dossier:
        assessment = (
            Assessment.objects.select_related("started_by").filter(pk=options["assessment"]).first()
        )
        if assessment is None:
            raise CommandError(_("There is no assessment with this id."))
        actor: User | None = assessment.started_by
        if options["actor"]:
            actor = User.objects.filter(email__iexact=options["actor"]).first()
        if actor is None:
            raise CommandError(_("There is no account with this address."))
        if not options["output"].parent.is_dir():
            raise CommandError(_("The folder of the output file does not exist."))
        try:
            language = options["language"]
            dossier = dossiers.allocate(
                assessment,
                language=language,
                actor=actor,
                extent=Extent(
                    phases=tuple(options["phases"]),
                    stakeholder=options["stakeholder"],
                    is_summary=options["summary"],
                    with_history=not options["without_history"],
                    with_remarks=not options["without_remarks"],
                ),
                frameworks=options["frameworks"],
                with_evidence=options["with_evidence"],
                compared_with=None
                if options["without_changes"]
                else last_issued(assessment, language),
            )
        except PortalError as refusal:
            raise CommandError(str(refusal)) from refusal
        return issuing.issue(dossier.pk)
