"""What a dossier says of its changes since an earlier one: frozen, canonical like its record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assessments.dossier.edition import Text


@dataclass(frozen=True, slots=True)
class Move:
    """A value that is not what it was, both as text; ``name`` says of what."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """A recommendation whose answer differs. The justifications are empty when they are alike."""

    kind: str
    code: str
    phase: str
    title: Text
    moves: tuple[Move, ...]
    justification_before: str
    justification_after: str
    evidence_came: tuple[str, ...]
    evidence_went: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many applicable recommendations of a phase had, and have, one verdict."""

    verdict: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ChangedPhase:
    """The counts of a phase that both records tell of."""

    phase: str
    accepted_before: int
    accepted_after: int
    verdicts: tuple[Count, ...]
    alike: int
    changed: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class ChangedEvidence:
    """A piece that is new in the register, no longer in it, or superseded since."""

    kind: str
    number: str
    title: str
    superseded_by: str


@dataclass(frozen=True, slots=True)
class ChangedRemark:
    """A remark raised, closed or opened again since, or open then and not in the later record."""

    kind: str
    number: str
    code: str
    remark_kind: str
    text: str
    raised_by: str


@dataclass(frozen=True, slots=True)
class ChangedAction:
    """An action planned since (nothing before), or whose state changed."""

    number: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedApproval:
    """A signature made or voided since, or of a record that is not continued."""

    kind: str
    phase: str
    name: str
    role: str
    signed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from an earlier dossier, which is named with the digest of its record.

    ``phases_left`` and ``phases_new`` are told of by one record only, and are not compared;
    ``members_left`` and ``members_new`` are those that one form of the record lacks.
    """

    number: str
    schema_version: str
    snapshot_sha256: str
    issued_at: dt.datetime
    device: str
    version: str
    edition: str
    moves: tuple[Move, ...]
    phases: tuple[ChangedPhase, ...]
    phases_left: tuple[str, ...]
    phases_new: tuple[str, ...]
    entries: tuple[ChangedEntry, ...]
    restated: tuple[str, ...]
    evidence: tuple[ChangedEvidence, ...]
    remarks: tuple[ChangedRemark, ...]
    actions: tuple[ChangedAction, ...]
    approvals: tuple[ChangedApproval, ...]
    members_left: tuple[str, ...]
    members_new: tuple[str, ...]
