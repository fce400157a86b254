"""The history: versions of the device, what changed since the last one, the course of this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assessments.dossier.past import Change, Event, History
from assessments.dossier.view import Label

if TYPE_CHECKING:
    from assessments.dossier.document import Document


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change in the language of the dossier; a verdict that was not there is None."""

    change: Change
    title: str
    before: Label | None
    after: Label | None
    is_told: bool

    @property
    def anchor(self) -> str:
        """The name of the entry that it is about."""
        return f"r-{self.change.code}"


@dataclass(frozen=True, slots=True)
class EventView:
    """A step of the assessment in words."""

    event: Event
    verb: Label
    about: str


@dataclass(frozen=True, slots=True)
class Past:
    """The history as its template shows it."""

    history: History
    changes: tuple[ChangeView, ...]
    events: tuple[EventView, ...]


def of(document: Document) -> Past | None:
    """Return the history; None when somebody wanted it left out."""
    history = document.snapshot.history
    if history is None:
        return None
    verdicts, phases = document.vocabulary["verdict"], document.vocabulary["phase"]
    codes = {entry.code for entry in document.entries}
    changes = history.predecessor.changes if history.predecessor else ()
    return Past(
        history=history,
        changes=tuple(
            ChangeView(
                change,
                document.text(change.title),
                verdicts.get(change.verdict_before),
                verdicts.get(change.verdict_after),
                change.code in codes,
            )
            for change in changes
        ),
        events=tuple(
            EventView(
                event,
                document.label("event", event.verb),
                phases[event.about].text if event.about in phases else event.about,
            )
            for event in history.events
        ),
    )
