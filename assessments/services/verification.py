"""Verifying a dossier with the certificates this portal trusts, its register and its press."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Final

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.dossier.apart import TooCostly, verify_apart
from assessments.dossier.pages import with_pages
from assessments.dossier.printing import printed
from assessments.dossier.render import Limits
from assessments.dossier.report import Report, Verdict
from assessments.dossier.verify import verify
from assessments.services.register import with_register
from assessments.services.sealing import trusted

# Somebody waits for an answer: a dossier that takes longer is for the command.
PRINTING: Final = Limits(seconds=90, memory_bytes=2 * 1024**3)
MAX_BYTES: Final = 200 * 1024 * 1024
_IS_ENCRYPTED: Final = re.compile(rb"/Encrypt\s{1,9}\d{1,9}\s{1,9}\d{1,5}\s{1,9}R")
_HEAD: Final = 1024  # where readers look for the mark of a PDF


class NotVerifiable(PortalError):
    """What was sent cannot be verified at all."""


class Occupied(PortalError):
    """As many dossiers as may be are being printed again; this one has to wait."""


def verify_pdf(content: bytes) -> Report:
    """Verify a file that lies here against the seals and the register of this portal."""
    return with_register(verify(content, trust=trusted()), io.BytesIO(content))


def verify_stranger(file: IO[bytes]) -> Report:
    """Verify a file that somebody sent, who may mean harm.

    Raises:
        NotVerifiable: it is no PDF, is encrypted, too large, or made to be costly to read.
    """
    if file.seek(0, io.SEEK_END) > MAX_BYTES:
        raise NotVerifiable(_("This file is too large to be a dossier."))
    try:
        report = verify_apart(file, trust=trusted())
    except TooCostly as error:
        raise NotVerifiable(
            _("This file takes more time or memory to read than any dossier: it is none.")
        ) from error
    if report.verdict is Verdict.NOT_A_DOSSIER:
        _refuse_unreadable(file)
    return with_register(report, file)


def _refuse_unreadable(file: IO[bytes]) -> None:
    file.seek(0)
    content = file.read()
    if b"%PDF-" not in content[:_HEAD]:
        raise NotVerifiable(_("This file is no PDF. Choose the PDF of the dossier."))
    if _IS_ENCRYPTED.search(content):
        raise NotVerifiable(
            _("This PDF is encrypted; a dossier never is. Ask for the file as it was issued.")
        )


def with_printed_pages(report: Report, file: IO[bytes]) -> Report:
    """Return the report with what the pages say beside the record; it may take a minute.

    Only what bears a trusted seal is printed.

    Raises:
        Occupied: others are waiting for the same.
    """
    if report.verdict is not Verdict.INTACT:
        return report
    with _turn():
        file.seek(0)
        return with_pages(report, file.read(), partial(printed, limits=PRINTING))


@contextmanager
def _turn() -> Iterator[None]:
    """Let no more dossiers be printed at once than the machine has room for."""
    for number in range(settings.VERIFY_PAGES_AT_ONCE):
        place = f"verify-pages-{number}"
        if cache.add(place, "taken", timeout=PRINTING.seconds + 30):
            try:
                yield
            finally:
                cache.delete(place)
            return
    raise Occupied(_("Other dossiers are being compared; this one waits its turn."))
