"""The part of the record that says what a dossier tells of, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What the record tells of the assessment, and how much of it there is besides.

    Without a ``stakeholder`` it is everybody's; a summary prints less of the same record.
    """

    phases: tuple[str, ...]
    phases_left_out: tuple[str, ...]
    stakeholder: str
    recommendations: int
    recommendations_left_out: int
    is_summary: bool
    with_history: bool
    with_remarks: bool

    @property
    def is_extract(self) -> bool:
        """Tell whether recommendations of the assessment are missing in it."""
        return bool(self.phases_left_out or self.stakeholder)

    @property
    def is_whole(self) -> bool:
        """Tell whether it says everything that a dossier can say."""
        return not (self.is_extract or self.is_summary) and self.with_history and self.with_remarks
