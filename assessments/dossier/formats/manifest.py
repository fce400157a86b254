"""The manifest of evidence: what a dossier cites, with the digest of each file."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from assessments.dossier.snapshot import Snapshot

SCHEMA: Final = "ansm-portal-evidence-manifest"
VERSION: Final = "2"


def manifest(snapshot: Snapshot, snapshot_sha256: str) -> dict[str, Any]:
    """Return the manifest: files are named by digest.

    ``enclosed`` is "attached" where the file is inside the PDF and "archived" where it is in the
    second file, under the name ``enclosed_as``: its number and its suffix; else it is empty.
    """
    cited: dict[str, list[str]] = defaultdict(list)
    for entry in snapshot.entries:
        for number in entry.answer.evidence:
            cited[number].append(entry.recommendation.code)
    for own in snapshot.own_requirements:
        for each in own.requirements:
            for number in each.evidence:
                cited[number].append(each.code)
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "dossier": snapshot.number,
        "snapshot_sha256": snapshot_sha256,
        "evidence": [
            {
                "number": piece.number,
                "kind": piece.kind,
                "title": piece.title,
                "document_revision": piece.document_revision,
                "document_on": piece.document_on.isoformat() if piece.document_on else None,
                "expires_on": piece.expires_on.isoformat() if piece.expires_on else None,
                "reference": piece.reference,
                "url": piece.url,
                "file_name": piece.file_name,
                "media_type": piece.media_type,
                "size_bytes": piece.size_bytes,
                "sha256": piece.sha256,
                "superseded_by": piece.superseded_by,
                "enclosed": piece.enclosed,
                "enclosed_as": piece.enclosed_as,
                "cited_by": cited[piece.number],
            }
            for piece in snapshot.evidence
        ],
    }
