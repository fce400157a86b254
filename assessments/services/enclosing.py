"""Evidence files that go with a dossier: those attached, and those in a second file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import rfc8785
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.dossier.embedding import embed
from assessments.dossier.enclosing import Damaged, Enclosure, placed
from assessments.dossier.formats.manifest import manifest
from assessments.dossier.second_file import write_archive
from assessments.dossier.snapshot import (
    ARCHIVED,
    ATTACHED,
    Evidence,
    Snapshot,
    digest,
    to_canonical_json,
)
from assessments.models import Evidence as EvidenceRow

MANIFEST: Final = "evidence-manifest.json"


class EvidenceDamaged(PortalError):
    """A file of evidence is not, or not any more, what was registered."""


def attach(snapshot: Snapshot, rendered: Path) -> Path:
    """Attach to a rendered dossier what its record says; return the file that holds it all.

    Raises:
        EvidenceDamaged: a file is missing, or has another content than was registered.
    """
    files = _files(placed(snapshot.evidence, ATTACHED))
    if not files:
        return rendered
    target = rendered.with_name("attached.pdf")
    try:
        embed(rendered, target, files, instant=snapshot.issued_at)
    except Damaged as damaged:
        raise _refusal(damaged) from damaged
    rendered.unlink()
    return target


def set_aside(snapshot: Snapshot, target: Path) -> tuple[Path | None, str]:
    """Write the second file, if the record says that there is one; return it and its digest.

    Raises:
        EvidenceDamaged: a file is missing, or has another content than was registered.
    """
    files = _files(placed(snapshot.evidence, ARCHIVED))
    if not files:
        return None, ""
    content = rfc8785.dumps(manifest(snapshot, digest(to_canonical_json(snapshot))))
    try:
        write_archive(target, files, manifest=(MANIFEST, content), instant=snapshot.issued_at)
    except Damaged as damaged:
        raise _refusal(damaged) from damaged
    with target.open("rb") as file:
        return target, hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(damaged: Damaged) -> EvidenceDamaged:
    return EvidenceDamaged(
        _(
            "The file of %(number)s is missing, or its content is not the one that was registered. "
            "Bring it back from a backup, then try again."
        )
        % {"number": damaged}
    )


def _files(pieces: Sequence[Evidence]) -> list[Enclosure]:
    """Return what is to be copied; rows say where files lie, the record what they must be."""
    paths = {
        row.label: row.file
        for row in EvidenceRow.objects.filter(sha256__in={piece.sha256 for piece in pieces})
    }
    return [
        Enclosure(
            number=piece.number,
            name=piece.enclosed_as,
            title=piece.title,
            media_type=piece.media_type or "application/octet-stream",
            size_bytes=piece.size_bytes or 0,
            sha256=piece.sha256,
            opened=_Opening(paths[piece.number]),
        )
        for piece in pieces
    ]


class _Opening:
    """Opens a stored file, each time from its beginning."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self) -> IO[bytes]:
        return default_storage.open(self._path)
