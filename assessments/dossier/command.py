"""The command that verifies a dossier, wherever it runs: with the portal, or by itself.

No Django, no database: what differs between the two is given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from assessments.dossier.pages import NotPrinted, with_pages
from assessments.dossier.report import Outcome, Report, Sentence, gettext_noop
from assessments.dossier.snapshot import Snapshot
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify

_SIGNS: Final = {Outcome.OK: "✓", Outcome.FAILED: "✗", Outcome.NOT_CHECKED: "○"}
_PEM: Final = b"-----BEGIN CERTIFICATE-----"
_SKIPPED: Final = gettext_noop(
    "The pages were not compared with the record: that was not asked for (--skip-text)."
)


class Unreadable(Exception):
    """A file that was named cannot be read; the finding says which and why."""

    def __init__(self, finding: Sentence) -> None:
        super().__init__(str(finding))
        self.finding = finding


def add_arguments(parser: argparse.ArgumentParser, *, languages: Iterable[str]) -> None:
    """Name what the command takes; the first language is the default."""
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--trust",
        type=Path,
        action="append",
        default=[],
        metavar="CERT",
        help="certificate (PEM or DER) to trust, instead of the portal's own; repeatable",
    )
    parser.add_argument(
        "--trust-time",
        type=Path,
        action="append",
        default=[],
        metavar="CERT",
        help="certificate that vouches for a time-stamping authority; with --trust; repeatable",
    )
    parser.add_argument(
        "--trust-signer",
        type=Path,
        action="append",
        default=[],
        metavar="CERT",
        help="certificate that vouches for people who signed before the seal; repeatable",
    )
    parser.add_argument(
        "--skip-text",
        action="store_true",
        help="do not print the record again to compare the pages (ten seconds for 45 pages)",
    )
    parser.add_argument(
        "--json", action="store_true", help="say it as JSON, for programs; sentences in English"
    )
    choices = tuple(languages)
    parser.add_argument(
        "--language",
        choices=choices,
        default=choices[0],
        help="of what is said (default: %(default)s)",
    )


def examine(
    options: dict[str, Any], *, own: Callable[[], Trust], printed: Callable[[Snapshot], bytes]
) -> Report:
    """Verify the file that was named. ``own`` is whom to believe where nobody is named.

    Raises:
        Unreadable: a file cannot be read, or is no certificate.
    """
    content = _read(options["file"])
    report = verify(content, trust=_trust(options, own))
    return with_pages(report, content, _skipped if options["skip_text"] else printed)


def lines(report: Report, told: Callable[[Sentence], str], *, only_verdict: bool) -> Iterator[str]:
    """Yield what there is to say, line by line."""
    yield told(report.sentence)
    if not only_verdict:
        yield from (f"  {_SIGNS[check.outcome]} {told(check.finding)}" for check in report.checks)


def _skipped(_snapshot: Snapshot) -> bytes:
    raise NotPrinted(Sentence(_SKIPPED))


def _trust(options: dict[str, Any], own: Callable[[], Trust]) -> Trust:
    """Return whom to believe: those named, or else those of the portal."""
    sealers, clocks, people = (
        [one for file in options[name] for one in _certificates(file)]
        for name in ("trust", "trust_time", "trust_signer")
    )
    if not (sealers or clocks or people):
        return own()
    return Trust(sealers or own().sealers, clocks, people)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        text = gettext_noop("%(file)s cannot be read: %(reason)s.")
        raise Unreadable(Sentence(text, {"file": file, "reason": error.strerror})) from error


def _certificates(file: Path) -> list[x509.Certificate]:
    content = _read(file)
    try:
        if _PEM in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        text = gettext_noop("%(file)s is not a certificate.")
        raise Unreadable(Sentence(text, {"file": file})) from error
