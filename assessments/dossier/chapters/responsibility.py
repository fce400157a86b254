"""Shared responsibility: who has a share in which recommendation that applies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assessments.dossier.view import EntryView, Label, PhaseView

if TYPE_CHECKING:
    from assessments.dossier.document import Document


@dataclass(frozen=True, slots=True)
class Responsibility:
    """The stakeholders with their numbers of shares, and the entries of each phase."""

    shares: list[tuple[Label, int]]
    phases: list[tuple[PhaseView, list[tuple[EntryView, list[bool]]]]]


def of(document: Document) -> Responsibility | None:
    """Return who has a share in what; None when nothing applies."""
    if not document.applicable:
        return None
    stakeholders = document.vocabulary["stakeholder"]
    shares = [
        (label, sum(key in entry.recommendation.stakeholders for entry in document.applicable))
        for key, label in stakeholders.items()
    ]
    return Responsibility(shares, list(_phases(document, tuple(stakeholders))))


def _phases(
    document: Document, keys: tuple[str, ...]
) -> Iterator[tuple[PhaseView, list[tuple[EntryView, list[bool]]]]]:
    for phase in document.phases:
        rows = [
            (entry, [key in entry.recommendation.stakeholders for key in keys])
            for entry in phase.entries
            if entry.applicability.is_applicable
        ]
        if rows:
            yield phase, rows
