"""The words that the dossier explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.dossier import glossary

if TYPE_CHECKING:
    from assessments.dossier.document import Document


def of(document: Document) -> list[tuple[str, str]]:
    """Return the words of the portal and the criteria of the edition, in order."""
    criteria = [
        (label.text.capitalize(), label.definition)
        for label in document.vocabulary["criterion"].values()
        if label.definition
    ]
    return sorted([*glossary.terms(), *criteria], key=lambda term: term[0].casefold())
