"""What an edition needs and a file of others does not say: chosen, or left open in the draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from assessments.catalogue.reading import Problem

LANGUAGES: Final = ("en", "fr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person chose for a file; what stays empty the draft lacks.

    ``phases`` name a phase for some groups of the file, ``phase`` that of all others.
    """

    key: str = ""
    edition: str = ""
    issuer: str = ""
    published: dt.date | None = None
    language: str = ""
    phase: str = ""
    phases: Mapping[str, str] = field(default_factory=dict)
    stakeholders: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    applies_when: tuple[str, ...] = ()
    status: str = ""
    confidence: str = ""

    def phase_of(self, group: str) -> str:
        """Return the phase of a group of the file, by its key."""
        return self.phases.get(group) or self.phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file says, in the shape of our own file, not checked yet.

    ``groups`` (key, title) are what a phase has to be chosen for; ``notes`` are sentences on what
    was made, left out or not understood. A file of ours needs no choice: ``is_ours``. What is
    ``withdrawn`` are codes that the file names for nothing else.
    """

    document: Mapping[str, Any]
    places: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_ours: bool = True
    groups: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any], places: Iterable[str] = (), **more: Any) -> Found:
        """Return what was found, with its places."""
        return cls(document=document, places=tuple(places), **more)
