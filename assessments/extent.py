"""How much of an assessment a dossier tells. No database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of an assessment somebody wants told; without ``phases``, all of them."""

    phases: tuple[str, ...] = ()
    stakeholder: str = ""
    is_summary: bool = False
    with_history: bool = True
    with_remarks: bool = True

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is left out."""
        return self == Extent()

    def in_order(self, phases: Iterable[str]) -> Extent:
        """Return the same with the phases in the order of ``phases``; all of them are none."""
        every = tuple(phases)
        kept = tuple(phase for phase in every if phase in self.phases)
        return replace(self, phases=() if kept == every else kept)

    def tells_of(self, phase: str) -> bool:
        """Tell whether a phase is in it."""
        return not self.phases or phase in self.phases
