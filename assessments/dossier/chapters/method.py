"""Method and its limits: what positions say, and what the catalogue is worth."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from assessments.dossier import glossary
from assessments.dossier.view import Label

if TYPE_CHECKING:
    from assessments.dossier.document import Document


class Method:
    """How the assessment was made."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @property
    def verdict_meanings(self) -> list[tuple[Label, str]]:
        """Each position and what it says."""
        meanings = glossary.verdict_meanings()
        verdicts = self.document.vocabulary["verdict"]
        return [(label, meanings[key]) for key, label in verdicts.items()]

    @property
    def provenance_counts(self) -> list[tuple[Label, int]]:
        """How many entries have each provenance."""
        counts = Counter(entry.provenance.key for entry in self.document.entries)
        provenances = self.document.vocabulary["provenance"]
        return [(label, counts[key]) for key, label in provenances.items()]
