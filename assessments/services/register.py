"""The register of what this portal issued, as anybody may ask it who has the file.

The one look-up across organisations that a stranger can cause: it takes digests, which only
somebody has who has the file, and gives numbers and days.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import IO, Final, NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.utils import timezone

from ansm_portal.tenancy import every_organisation
from assessments.dossier.report import Report
from assessments.dossier.standing import Copy, Registration, judged
from assessments.enums import DossierState
from assessments.models import Dossier, DossierRevision

_ENOUGH: Final = (
    "year",
    "serial",
    "state",
    "issued_at",
    "withdrawn_at",
    "file",
    "file_sha256",
    "size_bytes",
)
_CHUNK: Final = 1024 * 1024


def with_register(report: Report, file: IO[bytes]) -> Report:
    """Return the report of ``file`` with what the register says of it."""
    return judged(report, look_up(report, file))


def look_up(report: Report, file: IO[bytes]) -> Registration | None:
    """Find the dossier that a file, or the record in it, was issued as."""
    with every_organisation():
        dossier = (
            _known_by(report)
            .exclude(issued_at=None)
            .select_related("superseded_by")
            .only(
                *_ENOUGH,
                *(f"superseded_by__{name}" for name in ("year", "serial", "issued_at")),
            )
            .order_by("issued_at")
            .first()
        )
        files = _files(dossier) if dossier else []
    return _registration(dossier, _copy(files, report, file)) if dossier else None


def _known_by(report: Report) -> QuerySet[Dossier]:
    """Find by the file, of whatever revision, or by the record."""
    revisions = DossierRevision.objects.filter(file_sha256=report.file_sha256)
    is_known = Q(file_sha256=report.file_sha256) | Q(pk__in=revisions.values("dossier"))
    if report.record_sha256:
        is_known |= Q(snapshot_sha256=report.record_sha256)
    return Dossier.objects.filter(is_known)


class _File(NamedTuple):
    name: str
    sha256: str
    size_bytes: int


def _files(dossier: Dossier) -> list[_File]:
    """Return each file that was issued under the number: each begins with the one before it."""
    revisions = dossier.revisions.order_by("number")
    return [
        _File(dossier.file, dossier.file_sha256, dossier.size_bytes or 0),
        *(_File(one.file, one.file_sha256, one.size_bytes) for one in revisions),
    ]


def _copy(files: list[_File], report: Report, file: IO[bytes]) -> Copy:
    *earlier, latest = files
    if report.file_sha256 == latest.sha256:
        return Copy.ISSUED
    if any(report.file_sha256 == each.sha256 for each in earlier):
        return Copy.EARLIER
    length = file.seek(0, 2)
    if length > latest.size_bytes:
        begins_so = _digest_of_beginning(file, latest.size_bytes) == latest.sha256
        return Copy.EXTENDED if begins_so else Copy.OTHER
    is_cut = length < latest.size_bytes and _is_beginning(latest.name, report, length)
    return Copy.CUT if is_cut else Copy.OTHER


def _is_beginning(name: str, report: Report, length: int) -> bool:
    """Tell whether the file that is kept begins with the one that was sent."""
    if not default_storage.exists(name):
        return False
    with default_storage.open(name) as kept:
        return _digest_of_beginning(kept, length) == report.file_sha256


def _digest_of_beginning(file: IO[bytes], length: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while length > 0 and (chunk := file.read(min(_CHUNK, length))):
        digest.update(chunk)
        length -= len(chunk)
    return digest.hexdigest()


def _registration(dossier: Dossier, copy: Copy) -> Registration:
    later = dossier.superseded_by
    is_withdrawn = dossier.state == DossierState.WITHDRAWN
    ended_at = dossier.withdrawn_at if is_withdrawn else later.issued_at if later else None
    return Registration(
        number=dossier.number,
        issued_on=_day(dossier.issued_at),
        copy=copy,
        is_withdrawn=is_withdrawn,
        superseded_by=later.number if later else "",
        ended_on=_day(ended_at) if ended_at else None,
    )


def _day(instant: dt.datetime | None) -> dt.date:
    if instant is None:
        raise TypeError("an issued dossier has its instants")
    return timezone.localtime(instant).date()
