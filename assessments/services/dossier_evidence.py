"""Evidence as an issued dossier cites it: found by number and digest, never a newer piece."""

from __future__ import annotations

from assessments.dossier.reading import Record
from assessments.enums import EvidenceKind
from assessments.models import Dossier, Evidence


def issued_file(dossier: Dossier, number: str) -> Evidence | None:
    """Return the file that the record of ``dossier`` names ``number``, or None."""
    register = Record(dossier.snapshot, language=dossier.language).register
    piece = next((one for one in register if one.evidence["number"] == number), None)
    if piece is None or not piece.is_file:
        return None
    return Evidence.objects.filter(
        organisation_id=dossier.organisation_id,
        number=int(number.rpartition("-")[2]),
        kind=EvidenceKind.FILE,
        sha256=piece.evidence["sha256"],
    ).first()
