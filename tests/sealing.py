"""Sealing in memory, as the portal does from file to file."""

from pathlib import Path
from tempfile import TemporaryDirectory

from assessments.services.sealing import sealed_file


def seal_for(pdf, identity, snapshot, authority, *, now=None):
    """Return the sealed dossier."""
    with TemporaryDirectory() as name:
        source, target = Path(name) / "unsealed.pdf", Path(name) / "sealed.pdf"
        source.write_bytes(pdf)
        sealed_file(source, target, identity, snapshot, authority, now=now)
        return target.read_bytes()
