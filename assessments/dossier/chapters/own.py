"""Requirements of the organisation's own, beside the recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.dossier.own import OwnRequirements
from assessments.dossier.own_view import OwnRow, OwnView
from assessments.dossier.prose import to_html

if TYPE_CHECKING:
    from assessments.dossier.document import Document


def of(document: Document) -> list[OwnView] | None:
    """Return each edition of requirements; None when there is none."""
    return [_view(document, each) for each in document.snapshot.own_requirements] or None


def _view(document: Document, edition: OwnRequirements) -> OwnView:
    return OwnView(
        edition.key,
        edition.edition,
        document.text(edition.title),
        edition.content_sha256,
        tuple(
            OwnRow(
                row,
                document.text(row.title),
                document.text(row.statement),
                document.label("phase", row.phase),
                document.label("verdict", row.verdict),
                document.label("answer_state", row.state),
                to_html(row.justification),
            )
            for row in edition.requirements
        ),
    )
