"""Remarks and actions, when they are told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assessments.dossier.document import Document


def of(document: Document) -> Document | None:
    """Return the document; None when somebody wanted its remarks left out."""
    return document if document.snapshot.scope.with_remarks else None
