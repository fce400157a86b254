"""Verifying a dossier with the certificates this portal trusts."""

from __future__ import annotations

from assessments.dossier.verify import Report, verify
from assessments.services.sealing import trusted_certificates


def verify_pdf(content: bytes) -> Report:
    """Verify a file against the seals of this portal."""
    return verify(content, trusted=trusted_certificates())
