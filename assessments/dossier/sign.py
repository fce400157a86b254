"""PDF bytes to sealed PDF bytes (PAdES B-B). Knows neither Django nor the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import Any, Final

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.font.api import FontEngineFactory
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from assessments.dossier.glyphs import FONTS, printable
from assessments.dossier.identity import SealingIdentity
from assessments.dossier.snapshot import SEAL_FIELD

LEVEL: Final = "PAdES B-B"
_STAMP_FONT: Final = FONTS / "SourceSans3-Regular.ttf"


class Problem(Enum):
    """Why a certificate cannot seal. pyHanko would sign with it in silence."""

    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    KEY_MISMATCH = "the key is not that of the certificate"
    NOT_FOR_SEALING = "the certificate is not for signatures"


class SealRefused(Exception):
    """The identity cannot seal on this day."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


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


def seal(pdf: bytes, identity: SealingIdentity, *, stamp: Stamp, now: dt.datetime) -> bytes:
    """Certify a dossier in its seal field, so that nothing may be changed after it.

    The unsealed bytes stay a prefix of the result.

    Raises:
        SealRefused: the identity cannot seal at the instant ``now``.
    """
    preflight(identity, now=now)
    metadata = PdfSignatureMetadata(
        field_name=SEAL_FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    # The font is embedded: the default one is not, and would break PDF/A.
    style = TextStampStyle(
        stamp_text=stamp.text,
        background=None,
        border_width=0,
        text_box_style=TextBoxStyle(font=_StampFont(), font_size=9, leading=12),
    )
    output = BytesIO()
    PdfSigner(metadata, signer=_signer(identity), stamp_style=style).sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        output=output,
        existing_fields_only=True,
        appearance_text_params={name: printable(text) for name, text in stamp.values.items()},
    )
    return output.getvalue()


class _StampFont(FontEngineFactory):
    """The body font, from memory: pyHanko's own factory leaves its file open."""

    def create_font_engine(self, writer: Any, obj_stream: Any = None) -> GlyphAccumulator:
        font = BytesIO(_STAMP_FONT.read_bytes())
        return GlyphAccumulator(writer=writer, font_handle=font, font_size=9, obj_stream=obj_stream)


def _signer(identity: SealingIdentity) -> SimpleSigner:
    key = identity.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain = [_asn1(certificate) for certificate in identity.chain]
    return SimpleSigner(
        signing_cert=_asn1(identity.certificate),
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs(chain),
    )


def _asn1(certificate: x509.Certificate) -> Certificate:
    return Certificate.load(certificate.public_bytes(Encoding.DER))
