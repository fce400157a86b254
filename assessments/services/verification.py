"""Verifying a dossier with the certificates this portal trusts."""

from __future__ import annotations

from assessments.dossier.report import Report
from assessments.dossier.verify import verify
from assessments.services.sealing import trusted


def verify_pdf(content: bytes) -> Report:
    """Verify a file against the seals of this portal."""
    return verify(content, trust=trusted())
