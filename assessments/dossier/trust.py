"""Whether somebody vouches for the certificate of a seal. Never asks the network."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from assessments.dossier.envelope import Envelope


def is_vouched_for(envelope: Envelope, trusted: Sequence[x509.Certificate]) -> bool:
    """Tell whether the seal's certificate is trusted itself, or issued below one that is.

    It must have been valid when the seal says it was set. Revocation is not looked up.
    """
    certificate = envelope.certificate
    if not (
        certificate.not_valid_before_utc <= envelope.sealed_at <= certificate.not_valid_after_utc
    ):
        return False
    if not all(_is_issued(other, [*envelope.others, *trusted]) for other in envelope.others):
        return False
    return certificate in trusted or _has_path(envelope, trusted)


def _is_issued(certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> bool:
    """Tell whether one of ``issuers`` signed ``certificate``: no byte of it can be changed."""
    return any(_signed(certificate, issuer) for issuer in issuers)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _has_path(envelope: Envelope, trusted: Sequence[x509.Certificate]) -> bool:
    context = ValidationContext(
        trust_roots=[_asn1(certificate) for certificate in trusted],
        allow_fetching=False,
        moment=envelope.sealed_at.astimezone(dt.UTC),
    )
    validator = CertificateValidator(
        _asn1(envelope.certificate),
        intermediate_certs=[_asn1(certificate) for certificate in envelope.others],
        validation_context=context,
    )
    try:
        asyncio.run(validator.async_validate_usage(set()))
    except (PathError, ValidationError):
        return False
    return True


def _asn1(certificate: x509.Certificate) -> Certificate:
    return Certificate.load(certificate.public_bytes(Encoding.DER))
