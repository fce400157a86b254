"""Verifying a dossier with the certificates this portal trusts."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from django.conf import settings

from assessments.dossier import identity
from assessments.dossier.verify import Report, verify


def sealing_identity() -> identity.SealingIdentity:
    """Return who seals here: the configured key, or the test seal made on first use."""
    if settings.SEAL_PKCS12_FILE:
        return identity.load(Path(settings.SEAL_PKCS12_FILE), settings.SEAL_PKCS12_PASSWORD)
    return identity.own(settings.DATA_DIR / "seal")


def trusted_certificates() -> list[x509.Certificate]:
    """Return the certificates that vouch for seals of this portal."""
    own = sealing_identity()
    return [own.certificate, *own.chain]


def verify_pdf(content: bytes) -> Report:
    """Verify a file against the seals of this portal."""
    return verify(content, trusted=trusted_certificates())
