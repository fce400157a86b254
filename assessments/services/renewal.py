"""Keeping issued dossiers alive: a further time stamp before the last one ages."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.dossier.algorithms import reliable_until
from assessments.dossier.authority import NotStamped, TimeAuthority
from assessments.dossier.contents import Content
from assessments.dossier.envelope import Broken, Level, open_envelope
from assessments.dossier.report import Verdict
from assessments.dossier.sign import SealRefused, kept_alive
from assessments.dossier.timestamp import Timestamp
from assessments.enums import DossierState
from assessments.models import Dossier, DossierRevision
from assessments.services.keystores import CannotSeal
from assessments.services.sealing import authority_sentence, seal_sentence, time_authority
from assessments.services.storing import keep, read, remove
from assessments.services.verification import verify_pdf

# An authority changes its certificate every few years; half a year leaves time for failures.
IN_TIME: Final = dt.timedelta(days=180)


class NotRenewed(PortalError):
    """A dossier was not stamped again; the message says why. Nothing changed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The newest file of a dossier."""

    name: str
    sha256: str
    size_bytes: int


def newest(dossier: Dossier) -> Stored:
    """Return the newest file of an issued dossier: the last revision, or what was issued."""
    last = dossier.revisions.order_by("-number").first()
    if last:
        return Stored(last.file, last.file_sha256, last.size_bytes)
    return Stored(dossier.file, dossier.file_sha256, dossier.size_bytes or 0)


def renew_on_file(path: Path) -> dt.date | None:
    """Return what :func:`renew_on` does, of a file that is not read into memory."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return renew_on(content)


def renew_on(content: Content) -> dt.date | None:
    """Return the day from which a sealed file is due for a time stamp; None without any."""
    archive = open_envelope(content).archive
    return _ends_on(archive[-1]) - IN_TIME if archive else None


def _ends_on(stamp: Timestamp) -> dt.date:
    """Return the last day of a time stamp: of its authority's certificate, or its algorithm."""
    return reliable_until(stamp.certificate)


def due(on: dt.date) -> QuerySet[Dossier]:
    """Return the dossiers that are due on the day ``on``; those that were withdrawn are not.

    A dossier whose day is not known was issued before days were kept: it is due.
    """
    unknown = Q(renew_on=None, seal_level=Level.LTA.value)
    return (
        Dossier.objects.filter(Q(renew_on__lte=on) | unknown)
        .exclude(issued_at=None)
        .exclude(state=DossierState.WITHDRAWN)
        .order_by("renew_on", "year", "serial")
    )


def renew(pk: UUID) -> DossierRevision:
    """Stamp an issued dossier again; what was issued, and earlier revisions, stay.

    Raises:
        NotRenewed: there is no time stamp, or the dossier does not pass its own verification.
    """
    dossier = Dossier.objects.get(pk=pk)
    before = newest(dossier)
    content = _stamped(read(before.name), _authority())
    _refuse_shorter(dossier, content)
    report = verify_pdf(content)
    if report.verdict is not Verdict.INTACT:
        raise NotRenewed(
            _("%(number)s did not pass its own verification: %(sentence)s")
            % {"number": dossier.number, "sentence": report.sentence}
        )
    name = keep(content)
    try:
        return _take(pk, before, content, name)
    except BaseException:
        remove(name)
        raise


def _refuse_shorter(dossier: Dossier, content: bytes) -> None:
    """Refuse a time stamp that does not last longer than the one before it.

    Else an authority that goes on with an old certificate would have all stamped every day.
    """
    *_earlier, before, last = open_envelope(content).archive
    if _ends_on(last) <= _ends_on(before):
        raise NotRenewed(
            _(
                "A time stamp of today would not last longer than the last one of %(number)s, "
                "until %(day)s: the authority must have a newer certificate first."
            )
            % {"number": dossier.number, "day": _ends_on(before)}
        )


def _authority() -> TimeAuthority:
    try:
        authority = time_authority()
    except CannotSeal as refusal:
        raise NotRenewed(str(refusal)) from refusal
    if authority is None:
        raise NotRenewed(_("No time-stamping authority is configured (SEAL_TSA_URL)."))
    return authority


def _stamped(content: bytes, authority: TimeAuthority) -> bytes:
    try:
        return asyncio.run(kept_alive(content, authority))
    except SealRefused as refusal:
        raise NotRenewed(seal_sentence(refusal)) from refusal
    except NotStamped as failure:
        raise NotRenewed(authority_sentence(failure)) from failure


@transaction.atomic
def _take(pk: UUID, before: Stored, content: bytes, name: str) -> DossierRevision:
    dossier = Dossier.objects.select_for_update(of=("self",)).get(pk=pk)
    if newest(dossier) != before:
        raise NotRenewed(_("%(number)s was stamped by another process.") % {"number": dossier})
    try:
        stamp = open_envelope(content).archive[-1]
    except Broken as broken:
        raise NotRenewed(str(broken)) from broken
    revision = DossierRevision.objects.create(
        organisation_id=dossier.organisation_id,
        dossier=dossier,
        number=dossier.revisions.count() + 1,
        file=name,
        file_sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        stamped_at=stamp.at,
        authority=stamp.certificate.subject.rfc4514_string()[:300],
        ends_on=_ends_on(stamp),
    )
    dossier.renew_on = renew_on(content)
    dossier.save(update_fields=["renew_on"])
    record(
        "dossier.renew",
        dossier,
        actor=None,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        revision=revision.number,
        file_sha256=revision.file_sha256,
        ends_on=revision.ends_on.isoformat(),
    )
    return revision
