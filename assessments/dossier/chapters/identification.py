"""Device, version and profile: who makes it, what it is, which facts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.dossier.view import Label

if TYPE_CHECKING:
    from assessments.dossier.document import Document


def profile(document: Document) -> list[tuple[Label, bool]]:
    """Return each fact of the profile, and whether it holds."""
    return [
        (fact, key in document.snapshot.version.facts)
        for key, fact in document.vocabulary["fact"].items()
    ]
