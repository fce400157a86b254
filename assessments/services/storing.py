"""Files of dossiers: each under its own digest, so that none replaces another."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage


def keep(content: bytes) -> str:
    """Store a PDF whole or not at all; return its name."""
    sha256 = hashlib.sha256(content).hexdigest()
    return default_storage.save(_name(sha256, "pdf"), ContentFile(content))


def keep_file(path: Path, sha256: str, suffix: str = "pdf") -> str:
    """Store a file of this digest, in pieces, whole or not at all; return its name."""
    with path.open("rb") as file:
        return default_storage.save(_name(sha256, suffix), File(file))


def _name(sha256: str, suffix: str) -> str:
    return f"dossiers/{sha256[:2]}/{sha256}.{suffix}"


def read(name: str) -> bytes:
    """Return a stored PDF."""
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content


def fetch(name: str, target: Path) -> None:
    """Copy a stored file to ``target``, in pieces."""
    with default_storage.open(name) as file, target.open("wb") as out:
        for chunk in file.chunks():
            out.write(chunk)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(name: str) -> None:
    """Remove a file that no row names any more."""
    default_storage.delete(name)
