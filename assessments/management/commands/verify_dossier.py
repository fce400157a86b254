"""Verify a dossier offline: no database, no network."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from assessments.dossier.command import Unreadable, add_arguments, examine, lines
from assessments.dossier.printing import printed
from assessments.dossier.report import Verdict
from assessments.dossier.reporting import to_json
from assessments.services.sealing import trusted
from assessments.templatetags.lifecycle import spoken


class Command(BaseCommand):
    """Exit 0 when intact, 1 when altered, 2 when the file is no dossier."""

    help = (
        "Verify a dossier. Exit status: 0 intact, 1 altered or sealed by somebody else, "
        "2 not a dossier. Needs neither the database nor the network."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        codes = [code for code, _name in settings.LANGUAGES]
        add_arguments(parser, languages=sorted(codes, key=settings.LANGUAGE_CODE.__ne__))

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            self._verify(options)

    def _verify(self, options: dict[str, Any]) -> None:
        try:
            report = examine(options, own=trusted, printed=printed)
        except Unreadable as error:
            raise CommandError(
                spoken(error.finding), returncode=int(Verdict.NOT_A_DOSSIER)
            ) from error
        if options["json"]:
            self.stdout.write(to_json(report))
        else:
            only_verdict = not options["verbosity"]
            self.stdout.writelines(
                f"{line}\n" for line in lines(report, spoken, only_verdict=only_verdict)
            )
        if report.verdict is not Verdict.INTACT:
            raise SystemExit(int(report.verdict))
