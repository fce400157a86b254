"""Progress and coverage from counts of verdicts. No database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Counted(Protocol):
    """Anything with the counters of a phase."""

    applicable: int
    not_assessed: int
    followed: int
    adapted: int
    partly_followed: int
    not_followed: int
    not_applicable: int
    excluded: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an assessment, or a phase of it, is."""

    applicable: int
    assessed: int
    accepted: int

    @property
    def percent(self) -> int:
        """Assessed of applicable, rounded down: 100 means all. Nothing to do is 100."""
        return 100 if not self.applicable else 100 * self.assessed // self.applicable


def progress(phases: Iterable[Counted]) -> Progress:
    """Add up phases."""
    counted = list(phases)
    applicable = sum(phase.applicable for phase in counted)
    return Progress(
        applicable=applicable,
        assessed=applicable - sum(phase.not_assessed for phase in counted),
        accepted=sum(phase.accepted for phase in counted),
    )
