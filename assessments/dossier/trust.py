"""Whether somebody vouches for a certificate. Never asks the network."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from assessments.dossier.envelope import Envelope, Signature
from assessments.dossier.identity import as_asn1
from assessments.dossier.timestamp import Timestamp

_STAMPS: Final = frozenset({"time_stamping"})  # RFC 3161, 2.3: this purpose, and no other


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: sealers, or authorities above them; time-stamping authorities.

    ``people`` are authorities above the certificates of those who sign before the seal.
    """

    sealers: Sequence[x509.Certificate]
    clocks: Sequence[x509.Certificate] = ()
    people: Sequence[x509.Certificate] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A certificate, those beside it, and the instant it was used."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    at: dt.datetime


def is_vouched_for(envelope: Envelope, trusted: Sequence[x509.Certificate]) -> bool:
    """Tell whether the seal's certificate is trusted itself, or issued below one that is.

    It must have been valid when the seal was set. Revocation is not looked up.
    """
    return _is_trusted(
        _Claim(envelope.certificate, envelope.others, envelope.held_at), trusted, frozenset()
    )


def is_signature_vouched_for(
    signature: Signature | Envelope, trusted: Sequence[x509.Certificate]
) -> bool:
    """Tell the same of a person's signature before the seal."""
    return bool(trusted) and _is_trusted(
        _Claim(signature.certificate, signature.others, signature.held_at), trusted, frozenset()
    )


def is_stamp_vouched_for(stamp: Timestamp, trusted: Sequence[x509.Certificate]) -> bool:
    """Tell whether the authority of a time stamp is trusted, and was one at that instant."""
    return _is_trusted(_Claim(stamp.certificate, stamp.others, stamp.at), trusted, _STAMPS)


def _is_trusted(
    claim: _Claim, trusted: Sequence[x509.Certificate], purposes: frozenset[str]
) -> bool:
    certificate = claim.certificate
    if not certificate.not_valid_before_utc <= claim.at <= certificate.not_valid_after_utc:
        return False
    if not all(_is_issued(other, [*claim.others, *trusted]) for other in claim.others):
        return False
    if certificate in trusted and not purposes:
        return True
    return _has_path(claim, trusted, purposes)


def _is_issued(certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> bool:
    """Tell whether one of ``issuers`` signed ``certificate``: no byte of it can be changed."""
    return any(_signed(certificate, issuer) for issuer in issuers)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _has_path(claim: _Claim, trusted: Sequence[x509.Certificate], purposes: frozenset[str]) -> bool:
    context = ValidationContext(
        trust_roots=[as_asn1(certificate) for certificate in trusted],
        allow_fetching=False,
        moment=claim.at.astimezone(dt.UTC),
    )
    validator = CertificateValidator(
        as_asn1(claim.certificate),
        intermediate_certs=[as_asn1(certificate) for certificate in claim.others],
        validation_context=context,
    )
    try:
        asyncio.run(validator.async_validate_usage(set(), set(purposes)))
    except (PathError, ValidationError):
        return False
    return True
