"""PDF bytes to sealed PDF bytes: PAdES B-B, or B-LTA with a time-stamping authority.

Knows neither Django nor the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from io import BytesIO
from typing import IO, Any, Final

from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.font.api import FontEngineFactory
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import DSSContentSettings
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from assessments.dossier.algorithms import SEAL_DIGEST
from assessments.dossier.authority import TimeAuthority
from assessments.dossier.envelope import Level
from assessments.dossier.glyphs import FONTS, printable
from assessments.dossier.identity import SealingIdentity
from assessments.dossier.snapshot import SEAL_FIELD
from assessments.dossier.trust import as_asn1

ARCHIVE_FIELD: Final = "archive-1"
_LAYOUT_TABLES: Final = frozenset({"GDEF", "GPOS", "GSUB"})
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


def preflight(identity: SealingIdentity, *, now: dt.datetime) -> None:
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


def level_with(authority: TimeAuthority | None) -> Level:
    """Return the level that seals have with this authority, or without one.

    There is none in between: when the authority fails, nothing is sealed.
    """
    return Level.LTA if authority else Level.B


def seal(
    pdf: bytes,
    identity: SealingIdentity,
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
    identity: SealingIdentity,
    *,
    stamp: Stamp,
    now: dt.datetime,
    authority: TimeAuthority | None = None,
) -> None:
    """Certify a dossier in its seal field, so that nothing may be changed after it.

    ``output`` must be readable and can be gone back in; neither is ever whole in memory.

    With an authority the seal is time-stamped, and what is needed to validate it follows,
    with a time stamp of the document last: ISO 32000-2, 12.8.2.2.2, counts these as no
    change. The unsealed bytes stay a prefix of the result.

    Raises:
        SealRefused: the identity cannot seal at the instant ``now``, or was revoked.
        NotStamped: the authority gave no time stamp.
    """
    preflight(identity, now=now)
    metadata = PdfSignatureMetadata(
        field_name=SEAL_FIELD,
        md_algorithm=SEAL_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        **(_for_the_archive(identity, authority) if authority else {}),
    )
    # The font is embedded: the default one is not, and would break PDF/A.
    style = TextStampStyle(
        stamp_text=stamp.text,
        background=None,
        border_width=0,
        text_box_style=TextBoxStyle(font=_StampFont(), font_size=9, leading=12),
    )
    stamper = authority.stamper(lambda: dt.datetime.now(dt.UTC)) if authority else None
    signer = PdfSigner(metadata, signer=_signer(identity), timestamper=stamper, stamp_style=style)
    try:
        signer.sign_pdf(
            IncrementalPdfFileWriter(pdf),
            output=output,
            existing_fields_only=True,
            appearance_text_params={name: printable(text) for name, text in stamp.values.items()},
        )
    except (SigningError, PathError, ValidationError) as error:
        raise _status_of(error) from error


def _for_the_archive(identity: SealingIdentity, authority: TimeAuthority) -> dict[str, Any]:
    """Collect what a validator needs in years: certificates, and that none was revoked.

    A certificate that says where that is published is asked about, and must be answered.
    """
    top = identity.chain[-1] if identity.chain else identity.certificate
    context = ValidationContext(
        trust_roots=[as_asn1(each) for each in (top, *authority.certificates)],
        other_certs=[as_asn1(each) for each in identity.chain],
        allow_fetching=True,
        revocation_mode="hard-fail",
    )
    return {
        "embed_validation_info": True,
        "use_pades_lta": True,
        "validation_context": context,
        "timestamp_field_name": ARCHIVE_FIELD,
        "dss_settings": DSSContentSettings(include_vri=False),
    }


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


def _signer(identity: SealingIdentity) -> SimpleSigner:
    key = identity.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain = [as_asn1(certificate) for certificate in identity.chain]
    return SimpleSigner(
        signing_cert=as_asn1(identity.certificate),
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs(chain),
    )
