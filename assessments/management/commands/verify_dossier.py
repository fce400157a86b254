"""Verify a dossier offline: no database, no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from cryptography import x509
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from assessments.dossier.report import Outcome, Verdict
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from assessments.services.sealing import trusted, trusted_certificates
from assessments.templatetags.lifecycle import spoken

_SIGNS: Final = {Outcome.OK: "✓", Outcome.FAILED: "✗", Outcome.NOT_CHECKED: "○"}
_PEM: Final = b"-----BEGIN CERTIFICATE-----"


class Command(BaseCommand):
    """Exit 0 when intact, 1 when altered, 2 when the file is no dossier."""

    help = (
        "Verify a dossier. Exit status: 0 intact, 1 altered or sealed by somebody else, "
        "2 not a dossier. Needs neither the database nor the network."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--trust",
            type=Path,
            action="append",
            metavar="CERT",
            help="certificate (PEM or DER) to trust, instead of the portal's own; repeatable",
        )
        parser.add_argument(
            "--trust-time",
            type=Path,
            action="append",
            metavar="CERT",
            help="certificate that vouches for a time-stamping authority; with --trust; repeatable",
        )
        parser.add_argument(
            "--trust-signer",
            type=Path,
            action="append",
            metavar="CERT",
            help="certificate that vouches for people who signed before the seal; repeatable",
        )
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=settings.LANGUAGE_CODE,
            help="of what is said (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            self._verify(options)

    def _verify(self, options: dict[str, Any]) -> None:
        report = verify(_read(options["file"]), trust=_trust(options))
        self.stdout.write(spoken(report.sentence))
        if options["verbosity"]:
            for check in report.checks:
                self.stdout.write(f"  {_SIGNS[check.outcome]} {spoken(check.finding)}")
        if report.verdict is not Verdict.INTACT:
            raise SystemExit(int(report.verdict))


def _trust(options: dict[str, Any]) -> Trust:
    """Return whom to believe: those named, or else those of the portal."""
    sealers, clocks, people = (
        options[name] or () for name in ("trust", "trust_time", "trust_signer")
    )
    if not (sealers or clocks or people):
        return trusted()
    return Trust(
        [one for file in sealers for one in _certificates(file)] or trusted_certificates(),
        [one for file in clocks for one in _certificates(file)],
        [one for file in people for one in _certificates(file)],
    )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be read: %(reason)s.") % {"file": file, "reason": error.strerror},
            returncode=int(Verdict.NOT_A_DOSSIER),
        ) from error


def _certificates(file: Path) -> list[x509.Certificate]:
    content = _read(file)
    try:
        if _PEM in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise CommandError(
            _("%(file)s is not a certificate.") % {"file": file},
            returncode=int(Verdict.NOT_A_DOSSIER),
        ) from error
