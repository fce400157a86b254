"""Phases and sections of an assessment with their progress. No database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from devices.enums import LifecyclePhase


@dataclass(frozen=True, slots=True)
class SectionCount:
    """How many answers of a section apply, and how many of them are assessed."""

    phase: str
    key: str
    title: str
    applicable: int
    assessed: int


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """A phase of the outline: its sections in the order of the edition, and their sum."""

    phase: LifecyclePhase
    sections: tuple[SectionCount, ...]

    @property
    def applicable(self) -> int:
        """Answers that apply."""
        return sum(section.applicable for section in self.sections)

    @property
    def assessed(self) -> int:
        """Answers that apply and have a verdict."""
        return sum(section.assessed for section in self.sections)


def outline(counts: Iterable[SectionCount]) -> tuple[PhaseLine, ...]:
    """Return the five phases, each with its sections of ``counts``, in the order given."""
    sections = list(counts)
    return tuple(
        PhaseLine(phase, tuple(one for one in sections if one.phase == phase))
        for phase in LifecyclePhase
    )
