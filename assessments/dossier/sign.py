"""PDF bytes to signed and sealed PDF bytes: PAdES B-B, or B-LTA with a time-stamping authority.

Knows neither Django nor the database.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import Any, Final

from cryptography import x509
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
from assessments.dossier.archive import archived
from assessments.dossier.authority import TimeAuthority
from assessments.dossier.envelope import Level
from assessments.dossier.glyphs import FONTS, printable
from assessments.dossier.identity import Identity
from assessments.dossier.snapshot import SEAL_FIELD

_STAMP_FONT: Final = FONTS / "SourceSans3-Regular.ttf"


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
        SealRefused: the signature is not that of the certificate.
        NotStamped: the authority gave no time stamp.
        KeyUnavailable: the key does not sign.
    """
    asyncio.run(_try_out(identity, authority))


async def _try_out(identity: Identity, authority: TimeAuthority | None) -> None:
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


def sign(
    pdf: bytes,
    identity: Identity,
    *,
    field: str,
    stamp: Stamp,
    now: dt.datetime,
    authority: TimeAuthority | None = None,
) -> bytes:
    """Put a person's signature into the empty field that waits for it, before the seal.

    The first one certifies that nothing but fields like it may be filled in after it. With an
    authority it is time-stamped at once. The bytes so far stay a prefix of the result.

    Raises:
        SealRefused: the identity cannot sign at the instant ``now``.
        NotStamped: the authority gave no time stamp.
    """
    preflight(identity, now=now)
    metadata = _metadata(pdf, field, MDPPerm.FILL_FORMS)
    return asyncio.run(_signed(pdf, identity, metadata, stamp, authority))


def seal(
    pdf: bytes,
    identity: Identity,
    *,
    stamp: Stamp,
    now: dt.datetime,
    authority: TimeAuthority | None = None,
) -> bytes:
    """Seal a dossier in its seal field, so that nothing may be changed after it.

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
    metadata = _metadata(pdf, SEAL_FIELD, MDPPerm.NO_CHANGES)
    return asyncio.run(_sealed(pdf, identity, metadata, stamp, authority))


def _metadata(pdf: bytes, field: str, allowed_after: MDPPerm) -> PdfSignatureMetadata:
    """Describe a signature; the first one in a file says what is allowed after it."""
    is_first = not PdfFileReader(BytesIO(pdf)).embedded_signatures
    return PdfSignatureMetadata(
        field_name=field,
        md_algorithm=SEAL_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        certify=is_first,
        docmdp_permissions=allowed_after,
    )


async def _sealed(
    pdf: bytes,
    identity: Identity,
    metadata: PdfSignatureMetadata,
    stamp: Stamp,
    authority: TimeAuthority | None,
) -> bytes:
    content = await _signed(pdf, identity, metadata, stamp, authority)
    return await kept_alive(content, authority) if authority else content


async def kept_alive(content: bytes, authority: TimeAuthority) -> bytes:
    """Add what validates the signatures in ``content``, and a time stamp over all of it.

    Raises:
        SealRefused: a certificate was revoked, or nothing tells whether it was.
        NotStamped: the authority gave no time stamp.
    """
    try:
        return await archived(content, authority)
    except (SigningError, PathError, ValidationError) as error:
        raise _status_of(error) from error


async def _signed(
    pdf: bytes,
    identity: Identity,
    metadata: PdfSignatureMetadata,
    stamp: Stamp,
    authority: TimeAuthority | None,
) -> bytes:
    # The font is embedded: the default one is not, and would break PDF/A.
    style = TextStampStyle(
        stamp_text=stamp.text,
        background=None,
        border_width=0,
        text_box_style=TextBoxStyle(font=_StampFont(), font_size=9, leading=12),
    )
    stamper = authority.stamper(lambda: dt.datetime.now(dt.UTC)) if authority else None
    output = BytesIO()
    async with identity.signer() as signer:
        await PdfSigner(
            metadata, signer=signer, timestamper=stamper, stamp_style=style
        ).async_sign_pdf(
            IncrementalPdfFileWriter(BytesIO(pdf)),
            output=output,
            existing_fields_only=True,
            appearance_text_params={name: printable(text) for name, text in stamp.values.items()},
        )
    return output.getvalue()


def _status_of(error: Exception) -> SealRefused:
    causes = (error, error.__cause__, error.__context__)
    if any(isinstance(each, RevokedError) for each in causes):
        return SealRefused(Problem.REVOKED)
    return SealRefused(Problem.STATUS_UNKNOWN, str(error))


class _StampFont(FontEngineFactory):
    """The body font, from memory: pyHanko's own factory leaves its file open."""

    def create_font_engine(self, writer: Any, obj_stream: Any = None) -> GlyphAccumulator:
        font = BytesIO(_STAMP_FONT.read_bytes())
        return GlyphAccumulator(writer=writer, font_handle=font, font_size=9, obj_stream=obj_stream)
