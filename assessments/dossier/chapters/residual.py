"""Residual risks: what applies and is not, or not wholly, followed, and what is done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assessments.dossier.view import EntryView

if TYPE_CHECKING:
    from assessments.dossier.document import Document

# What weighs most comes first.
_ORDER: Final = ("not_followed", "not_assessed", "partly_followed")
# As many as fit on a page of a summary, whatever their titles.
_BRIEF: Final = 12


class Residual:
    """The gaps of the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.with_actions = document.snapshot.scope.with_remarks
        self.gaps = sorted(document.gaps, key=lambda entry: _ORDER.index(entry.verdict.key))

    @property
    def foremost(self) -> list[EntryView]:
        """The gaps that a summary names."""
        return self.gaps[:_BRIEF]

    @property
    def unnamed(self) -> int:
        """How many more there are."""
        return len(self.gaps) - len(self.foremost)

    @property
    def without_action(self) -> int:
        """How many have no action that is open."""
        return sum(not any(one.is_open for one in entry.actions) for entry in self.gaps)
