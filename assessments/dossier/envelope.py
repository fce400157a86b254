"""The seal of a dossier as bytes: what it covers, and whether it holds.

Nothing is read as PDF here. What a stranger changed is recognised before any parser of
PDF sees it, and every byte counts, those of the seal itself too.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from asn1crypto import cms
from cryptography import x509
from pyhanko.sign.general import extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from assessments.dossier.algorithms import DIGESTS, SEAL_DIGEST
from assessments.dossier.contents import Content
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
class Signature:
    """The signature of a person, before the seal. ``signed_at`` is what their clock said."""

    signed_at: dt.datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    ends: int
    stamp: Timestamp | None = None

    @property
    def held_at(self) -> dt.datetime:
        """When it was there: what an authority says, or else the signer's clock."""
        return self.stamp.at if self.stamp else self.signed_at


@dataclass(frozen=True, slots=True)
class Envelope:
    """A seal that holds, with the time stamps after it; the last covers the whole file.

    ``sealed_at`` is what the sealer's clock said, ``sealed_bytes`` where the seal ends and
    what was added later begins. ``stamp`` is the time stamp of the seal itself.
    ``signatures`` are those of people; the seal covers them.
    """

    sealed_at: dt.datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    sealed_bytes: int
    stamp: Timestamp | None = None
    archive: tuple[Timestamp, ...] = ()
    signatures: tuple[Signature, ...] = ()

    @property
    def level(self) -> Level:
        if self.archive:
            return Level.LTA
        return Level.T if self.stamp else Level.B

    @property
    def stamps(self) -> tuple[Timestamp, ...]:
        """Every time stamp, in the order they were made."""
        signed = [signature.stamp for signature in self.signatures if signature.stamp]
        return (*signed, *([self.stamp] if self.stamp else []), *self.archive)

    @property
    def held_at(self) -> dt.datetime:
        """When the seal was there: what an authority says, or else the sealer's clock."""
        return self.stamp.at if self.stamp else self.sealed_at


@dataclass(frozen=True, slots=True)
class _Span:
    """What one signature covers: from the beginning to ``end``, without the gap it stands in."""

    content: Content
    gap_start: int
    gap_end: int
    end: int

    @property
    def gap(self) -> bytes:
        return bytes(self.content[self.gap_start : self.gap_end])

    def digest(self, algorithm: str) -> bytes:
        state = DIGESTS[algorithm](b"")
        with memoryview(self.content) as whole:
            state.update(whole[: self.gap_start])
            state.update(whole[self.gap_end : self.end])
        return bytes(state.digest())


def open_envelope(content: Content) -> Envelope:
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
        containers = [read_container(span.gap) for span in spans]
        if any(after.gap_start < span.end for span, after in itertools.pairwise(spans)):
            raise Broken(Flaw.SEVERAL)
        # Without one, the first thing that signs is what should have been the seal.
        seal_at = max((n for n, each in enumerate(containers) if not _is_stamp(each)), default=0)
        *signatures, seal = (
            _signed(spans[n], containers[n], found[n].end()) for n in range(seal_at + 1)
        )
        archive = tuple(
            _document_stamp(*each)
            for each in zip(spans[seal_at + 1 :], containers[seal_at + 1 :], strict=True)
        )
    except PARSING as error:
        raise Broken(Flaw.UNREADABLE) from error
    if spans[-1].end != len(content):
        raise Broken(Flaw.APPENDED, appended=len(content) - spans[-1].end)
    return Envelope(
        *(seal.signed_at, seal.certificate, seal.others, seal.ends, seal.stamp),
        archive=archive,
        signatures=tuple(signatures),
    )


def _span(content: Content, found: re.Match[bytes]) -> _Span:
    start, end, rest = map(int, found.groups())
    return _Span(content, start, end, end + rest)


def _is_stamp(container: cms.ContentInfo) -> bool:
    encapsulated = container["content"]["encap_content_info"]
    return bool(encapsulated["content_type"].native == "tst_info")


def _signed(span: _Span, container: cms.ContentInfo, after: int) -> Signature:
    """Check one signature; its dictionary goes on at ``after``. The seal is one, too."""
    if _is_stamp(container):
        raise Broken(Flaw.SEVERAL)
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
    return Signature(_signed_at(span.content, after), *as_x509(certificates), span.end, stamp)


def _stamp_of(token: cms.ContentInfo, signature: bytes) -> Timestamp:
    try:
        return open_timestamp(token, lambda name: DIGESTS[name](signature).digest())
    except NotAStamp as error:
        raise Broken(Flaw.STAMP) from error


def _document_stamp(span: _Span, container: cms.ContentInfo) -> Timestamp:
    """Return a time stamp of the document: it covers everything before it."""
    try:
        return open_timestamp(container, span.digest)
    except NotAStamp as error:
        raise Broken(Flaw.STAMP) from error


def _signed_at(content: Content, after: int) -> dt.datetime:
    """Return the date of a signature, after its byte range: ``(D:20260302120000+01'00')``."""
    said = _DATE.search(content, after)
    if said is None:
        raise ValueError("the seal has no date")
    date = _OCTAL.sub(lambda octal: bytes([int(octal[1], 8)]), said[1]).decode("ascii")
    return dt.datetime.strptime(date.replace("'", ""), ":%Y%m%d%H%M%S%z")
