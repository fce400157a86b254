"""Reviews and approvals: who reviewed and signed which phase, and on what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assessments.dossier.document import Document


def of(document: Document) -> Document:
    """Return the document: its phases have their reviews and signatures."""
    return document
