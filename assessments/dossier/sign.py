"""PDF to signed and sealed PDF: PAdES B-B, or B-LTA with a time-stamping authority.

Knows neither Django nor the database.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from io import BytesIO
from typing import IO, Any, Final

from cryptography import x509
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.font.api import FontEngineFactory
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError, extract_certificate_info
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError

from assessments.dossier.algorithms import DIGESTS, SEAL_DIGEST
from assessments.dossier.archive import archive
from assessments.dossier.authority import TimeAuthority
from assessments.dossier.envelope import Level
from assessments.dossier.glyphs import FONTS, printable
from assessments.dossier.identity import Identity
from assessments.dossier.revocation import refuse_revoked
from assessments.dossier.snapshot import SEAL_FIELD

_STAMP_FONT: Final = FONTS / "SourceSans3-Regular.ttf"
_LAYOUT_TABLES: Final = frozenset({"GDEF", "GPOS", "GSUB"})


class Problem(Enum):
    """Why a certificate cannot seal. pyHanko would sign with it in silence."""

    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    KEY_MISMATCH = "the key is not that of the certificate"
    NOT_FOR_SEALING = "the certificate is not for signatures"
    REVOKED = "the certificate is revoked"
    STATUS_UNKNOWN = "nothing tells whether a certificate is revoked"


class SealRefused(Exception):
    """The identity cannot seal on this day."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the visible field says: a text with names in it, and what they stand for."""

    text: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Hand:
    """Who signs, what the field shows, and who stamps it."""

    identity: Identity
    stamp: Stamp
    authority: TimeAuthority | None


def preflight(identity: Identity, *, now: dt.datetime) -> None:
    """Check that ``identity`` can seal at the instant ``now``.

    Raises:
        SealRefused: it cannot.
    """
    certificate = identity.certificate
    if now < certificate.not_valid_before_utc:
        raise SealRefused(Problem.NOT_YET_VALID)
    if now > certificate.not_valid_after_utc:
        raise SealRefused(Problem.EXPIRED)
    if not identity.key_matches:
        raise SealRefused(Problem.KEY_MISMATCH)
    if not _is_for_signatures(certificate):
        raise SealRefused(Problem.NOT_FOR_SEALING)


def _is_for_signatures(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def try_out(identity: Identity, authority: TimeAuthority | None) -> None:
    """Sign, and have stamped, a few bytes that are thrown away.

    Raises:
        SealRefused: the signature is not that of the certificate, or it was revoked.
        NotStamped: the authority gave no time stamp.
        KeyUnavailable: the key does not sign.
    """
    asyncio.run(_try_out(identity, authority))


async def _try_out(identity: Identity, authority: TimeAuthority | None) -> None:
    await _not_revoked(identity)
    content = b"Nothing is signed here."
    async with identity.signer() as signer:
        signed = await signer.async_sign_general_data(content, SEAL_DIGEST, detached=False)
    info = signed["content"]["signer_infos"][0]
    digest = DIGESTS[SEAL_DIGEST](content).digest()
    certificate = extract_certificate_info(signed["content"]).signer_cert
    if not all(validate_sig_integrity(info, certificate, "data", digest)):
        raise SealRefused(Problem.KEY_MISMATCH)
    if authority:
        stamper = authority.stamper(lambda: dt.datetime.now(dt.UTC))
        await stamper.async_timestamp(digest, SEAL_DIGEST)


def level_with(authority: TimeAuthority | None) -> Level:
    """Return the level that seals have with this authority, or without one.

    There is none in between: when the authority fails, nothing is sealed.
    """
    return Level.LTA if authority else Level.B


def sign_file(
    pdf: IO[bytes],
    output: IO[bytes],
    identity: Identity,
    *,
    field: str,
    stamp: Stamp,
    now: dt.datetime,
    authority: TimeAuthority | None = None,
) -> None:
    """Put a person's signature into the empty field that waits for it, before the seal.

    The first one certifies that nothing but fields like it may be filled in after it. With an
    authority it is time-stamped at once. The bytes so far stay a prefix of the result. Files
    are as for :func:`seal_file`.

    Raises:
        SealRefused: the identity cannot sign at the instant ``now``, or was revoked.
        NotStamped: the authority gave no time stamp.
    """
    preflight(identity, now=now)
    hand = _Hand(identity, stamp, authority)
    asyncio.run(_sign(pdf, output, hand, field, MDPPerm.FILL_FORMS))


def seal(
    pdf: bytes,
    identity: Identity,
    *,
    stamp: Stamp,
    now: dt.datetime,
    authority: TimeAuthority | None = None,
) -> bytes:
    """Return a dossier with its seal, as :func:`seal_file` sets it."""
    output = BytesIO()
    seal_file(BytesIO(pdf), output, identity, stamp=stamp, now=now, authority=authority)
    return output.getvalue()


def seal_file(
    pdf: IO[bytes],
    output: IO[bytes],
    identity: Identity,
    *,
    stamp: Stamp,
    now: dt.datetime,
    authority: TimeAuthority | None = None,
) -> None:
    """Seal a dossier in its seal field, so that nothing may be changed after it.

    ``output`` must be readable and can be gone back in; neither is ever whole in memory.

    Without signatures before it, the seal certifies the document; else its field locks it.
    With an authority the seal is time-stamped, and what is needed to validate every signature
    follows, with a time stamp of the document last: ISO 32000-2, 12.8.2.2.2, counts these as
    no change. The unsealed bytes stay a prefix of the result.

    Raises:
        SealRefused: the identity cannot seal at the instant ``now``, or was revoked.
        NotStamped: the authority gave no time stamp.
        KeyUnavailable: the key does not sign.
    """
    preflight(identity, now=now)
    asyncio.run(_seal(pdf, output, _Hand(identity, stamp, authority)))


async def _seal(pdf: IO[bytes], output: IO[bytes], hand: _Hand) -> None:
    await _sign(pdf, output, hand, SEAL_FIELD, MDPPerm.NO_CHANGES)
    if hand.authority:
        await keep_alive(output, hand.authority)


async def kept_alive(content: bytes, authority: TimeAuthority) -> bytes:
    """Return ``content`` with what :func:`keep_alive` adds."""
    file = BytesIO(content)
    await keep_alive(file, authority)
    return file.getvalue()


async def keep_alive(file: IO[bytes], authority: TimeAuthority) -> None:
    """Add what validates the signatures in ``file``, and a time stamp over all of it.

    Raises:
        SealRefused: a certificate was revoked, or nothing tells whether it was.
        NotStamped: the authority gave no time stamp.
    """
    with _refusals():
        await archive(file, authority)


async def _not_revoked(identity: Identity) -> None:
    with _refusals():
        await refuse_revoked(identity)


async def _sign(
    pdf: IO[bytes],
    output: IO[bytes],
    hand: _Hand,
    field: str,
    allowed_after: MDPPerm,
) -> None:
    await _not_revoked(hand.identity)
    reader = PdfFileReader(pdf)
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm=SEAL_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        # The first one in a file says what is allowed after it.
        certify=not reader.embedded_signatures,
        docmdp_permissions=allowed_after,
    )
    # The font is embedded: the default one is not, and would break PDF/A.
    style = TextStampStyle(
        stamp_text=hand.stamp.text,
        background=None,
        border_width=0,
        text_box_style=TextBoxStyle(font=_StampFont(), font_size=9, leading=12),
    )
    authority = hand.authority
    stamper = authority.stamper(lambda: dt.datetime.now(dt.UTC)) if authority else None
    async with hand.identity.signer() as signer:
        await PdfSigner(
            metadata, signer=signer, timestamper=stamper, stamp_style=style
        ).async_sign_pdf(
            IncrementalPdfFileWriter.from_reader(reader),
            output=output,
            existing_fields_only=True,
            appearance_text_params={
                name: printable(text) for name, text in hand.stamp.values.items()
            },
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """Say that a certificate was revoked, or that nothing tells whether it was."""
    try:
        yield
    except (SigningError, PathError, ValidationError) as error:
        raise _status_of(error) from error


def _status_of(error: Exception) -> SealRefused:
    causes = (error, error.__cause__, error.__context__)
    if any(isinstance(each, RevokedError) for each in causes):
        return SealRefused(Problem.REVOKED)
    return SealRefused(Problem.STATUS_UNKNOWN, str(error))


class _StampFont(FontEngineFactory):
    """The body font, from memory: pyHanko's own factory leaves its file open."""

    def create_font_engine(self, writer: Any, obj_stream: Any = None) -> GlyphAccumulator:
        font = BytesIO(_font_of_stamps())
        return GlyphAccumulator(writer=writer, font_handle=font, font_size=9, obj_stream=obj_stream)


@cache
def _font_of_stamps() -> bytes:
    """Return the body font without the tables of layout: a stamp needs no kerning.

    Taking a subset of them takes most of the time of a seal.
    """
    out = BytesIO()
    with TTFont(_STAMP_FONT, recalcTimestamp=False) as font:
        for table in _LAYOUT_TABLES & set(font.keys()):
            del font[table]
        font.save(out)
    return out.getvalue()
