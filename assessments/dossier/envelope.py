"""The seal of a dossier as bytes: what it covers, and whether it holds.

Nothing is read as PDF here. What a stranger changed is recognised before any parser of
PDF sees it, and every byte counts, those of the seal itself too.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from asn1crypto import cms
from cryptography import x509
from pyhanko.sign.general import extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from assessments.dossier.algorithms import DIGESTS, SEAL_DIGEST
from assessments.dossier.strict import (
    PARSING,
    as_x509,
    read_container,
    seal_as_written,
    timestamp_token,
)
from assessments.dossier.timestamp import NotAStamp, Timestamp, open_timestamp

_MOST_SIGNATURES: Final = 100  # each costs a digest of the file: a time stamp a year, and some
_BYTE_RANGE: Final = re.compile(rb"/ByteRange \[0 (\d{1,12}) (\d{1,12}) (\d{1,12})\]")
_DATE: Final = re.compile(rb"/M \(D([^)]{15,40})\)")
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")


class Flaw(Enum):
    """What is wrong with a seal."""

    MISSING = "missing"
    SEVERAL = "several"
    UNREADABLE = "unreadable"
    FOREIGN = "foreign"
    ALTERED = "altered"
    FORGED = "forged"
    APPENDED = "appended"
    CUT = "cut"
    STAMP = "stamp"


class Broken(Exception):
    """The seal does not hold."""

    def __init__(self, flaw: Flaw, *, appended: int = 0) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.appended = appended


class Level(Enum):
    """The baseline level of a seal (ETSI EN 319 142-1, 6)."""

    B = "PAdES B-B"
    T = "PAdES B-T"
    LTA = "PAdES B-LTA"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A seal that holds, with the time stamps after it; the last covers the whole file.

    ``sealed_at`` is what the sealer's clock said, ``sealed_bytes`` where the seal ends and
    what was added later begins. ``stamp`` is the time stamp of the seal itself.
    """

    sealed_at: dt.datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    sealed_bytes: int
    stamp: Timestamp | None = None
    archive: tuple[Timestamp, ...] = ()

    @property
    def level(self) -> Level:
        if self.archive:
            return Level.LTA
        return Level.T if self.stamp else Level.B

    @property
    def stamps(self) -> tuple[Timestamp, ...]:
        """Every time stamp, in the order they were made."""
        return (*([self.stamp] if self.stamp else []), *self.archive)

    @property
    def held_at(self) -> dt.datetime:
        """When the seal was there: what an authority says, or else the sealer's clock."""
        return self.stamp.at if self.stamp else self.sealed_at


@dataclass(frozen=True, slots=True)
class _Span:
    """What one signature covers: from the beginning to ``end``, without the gap it stands in."""

    content: bytes
    gap_start: int
    gap_end: int
    end: int

    @property
    def gap(self) -> bytes:
        return self.content[self.gap_start : self.gap_end]

    def digest(self, algorithm: str) -> bytes:
        state = DIGESTS[algorithm](self.content[: self.gap_start])
        state.update(self.content[self.gap_end : self.end])
        return bytes(state.digest())


def open_envelope(content: bytes) -> Envelope:
    """Check the seal of a dossier and its time stamps, byte by byte.

    What stands between the seal and a later time stamp is not judged here.

    Raises:
        Broken: there is none, one does not hold, or the last does not cover the whole file.
    """
    found = list(_BYTE_RANGE.finditer(content))
    if not found:
        raise Broken(Flaw.MISSING)
    if len(found) > _MOST_SIGNATURES:
        raise Broken(Flaw.SEVERAL)
    spans = [_span(content, each) for each in found]
    if any(span.end > len(content) for span in spans):
        raise Broken(Flaw.CUT)
    try:
        envelope = _sealed(spans[0], content[found[0].end() :])
        archive = _archive(spans)
    except PARSING as error:
        raise Broken(Flaw.UNREADABLE) from error
    if spans[-1].end != len(content):
        raise Broken(Flaw.APPENDED, appended=len(content) - spans[-1].end)
    return Envelope(*envelope, archive=archive)


def _span(content: bytes, found: re.Match[bytes]) -> _Span:
    start, end, rest = map(int, found.groups())
    return _Span(content, start, end, end + rest)


_Sealed = tuple[dt.datetime, x509.Certificate, tuple[x509.Certificate, ...], int, Timestamp | None]


def _sealed(span: _Span, after: bytes) -> _Sealed:
    container = read_container(span.gap)
    signed = container["content"]
    certificates = extract_certificate_info(signed)
    signer = extract_signer_info(signed)
    intact, valid = validate_sig_integrity(
        signer, certificates.signer_cert, "data", span.digest(SEAL_DIGEST)
    )
    if not valid:
        raise Broken(Flaw.FORGED)
    if not intact:
        raise Broken(Flaw.ALTERED)
    if container.dump() != seal_as_written(signer, certificates):
        raise Broken(Flaw.FOREIGN)
    token = timestamp_token(signer)
    stamp = _stamp_of(token, signer["signature"].native) if token else None
    return (_sealed_at(after), *as_x509(certificates), span.end, stamp)


def _stamp_of(token: cms.ContentInfo, signature: bytes) -> Timestamp:
    try:
        return open_timestamp(token, lambda name: DIGESTS[name](signature).digest())
    except NotAStamp as error:
        raise Broken(Flaw.STAMP) from error


def _archive(spans: Sequence[_Span]) -> tuple[Timestamp, ...]:
    """Return the time stamps of the document: each covers everything before it."""
    stamps = []
    for before, span in itertools.pairwise(spans):
        if span.gap_start < before.end:
            raise Broken(Flaw.SEVERAL)
        container = read_container(span.gap)
        signed = container["content"]
        if signed["encap_content_info"]["content_type"].native != "tst_info":
            raise Broken(Flaw.SEVERAL)
        try:
            stamps.append(open_timestamp(container, span.digest))
        except NotAStamp as error:
            raise Broken(Flaw.STAMP) from error
    return tuple(stamps)


def _sealed_at(after: bytes) -> dt.datetime:
    """Return the date of the seal, which follows its byte range: ``(D:20260302120000+01'00')``."""
    said = _DATE.search(after)
    if said is None:
        raise ValueError("the seal has no date")
    date = _OCTAL.sub(lambda octal: bytes([int(octal[1], 8)]), said[1]).decode("ascii")
    return dt.datetime.strptime(date.replace("'", ""), ":%Y%m%d%H%M%S%z")
