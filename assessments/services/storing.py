"""Files of dossiers: each under its own digest, so that none replaces another."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def keep(content: bytes) -> str:
    """Store a PDF whole or not at all; return its name."""
    sha256 = hashlib.sha256(content).hexdigest()
    return default_storage.save(f"dossiers/{sha256[:2]}/{sha256}.pdf", ContentFile(content))


def read(name: str) -> bytes:
    """Return a stored PDF."""
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content


def remove(name: str) -> None:
    """Remove a PDF that no row names any more."""
    default_storage.delete(name)
