"""The part of the record that tells how things came to be as they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assessments.dossier.edition import Text


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the device; ``editions`` are those it was assessed against."""

    label: str
    released_on: dt.date | None
    support_ends_on: dt.date | None
    editions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that is not as in the assessment before; ``kind`` is changed, added or removed.

    The verdict of an entry that did not apply is empty.
    """

    code: str
    title: Text
    kind: str
    verdict_before: str
    verdict_after: str
    is_justified_anew: bool
    evidence_added: tuple[str, ...]
    evidence_removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The assessment before this one, and what differs from it; ``unchanged`` are alike."""

    version: str
    edition: str
    unchanged: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A step of the assessment as the journal has it; ``about`` is a phase or a number."""

    sequence: int
    happened_at: dt.datetime
    verb: str
    by: str
    about: str
    reason: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A dossier of the same assessment that was issued before this one."""

    number: str
    issued_at: dt.datetime
    language: str
    is_provisional: bool
    is_whole: bool
    snapshot_sha256: str


@dataclass(frozen=True, slots=True)
class History:
    """Versions of the device, what changed since the last one assessed, and the course of this."""

    releases: tuple[Release, ...]
    predecessor: Predecessor | None
    events: tuple[Event, ...]
    dossiers: tuple[Issued, ...]
