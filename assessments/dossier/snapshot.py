"""The record of a dossier: frozen dataclasses that need nothing else to be understood.

Closed lists appear as their keys, which ``vocabulary`` explains; texts of the catalogue
are in both languages, texts of people as they wrote them. The canonical JSON of a
:class:`Snapshot` is what is digested, printed as a PDF and attached to it.
``SCHEMA_VERSION`` changes with any field.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assessments.dossier import canonical
from assessments.dossier.changed import Changes
from assessments.dossier.crosswalk import Crosswalk
from assessments.dossier.edition import Catalogue, Recommendation, Term, Text
from assessments.dossier.own import OwnRequirements
from assessments.dossier.past import History
from assessments.dossier.scope import Scope

SCHEMA: Final = "ansm-portal-dossier"
SCHEMA_VERSION: Final = "4"
# What the record and the seal are called inside the PDF.
SNAPSHOT_NAME: Final = "snapshot.json"
SEAL_FIELD: Final = "seal"
# Where the file of a piece of evidence lies: in the PDF, or in the second file beside it.
ATTACHED: Final = "attached"
ARCHIVED: Final = "archived"
SIGNATURE_FIELD: Final = "signature-"  # and a number, from 1


@dataclass(frozen=True, slots=True)
class Organisation:
    """The manufacturer that the dossier speaks for."""

    name: str
    address: str
    srn: str


@dataclass(frozen=True, slots=True)
class Device:
    """The device, as identified on the day of the dossier."""

    name: str
    reference: str
    basic_udi_di: str
    regulation: str
    device_class: str
    safety_class: str
    is_implantable: bool
    intended_purpose: str


@dataclass(frozen=True, slots=True)
class Version:
    """The assessed version; ``facts`` are the keys of its profile that hold."""

    label: str
    udi_di: str
    phase: str
    released_on: dt.date | None
    sale_ends_on: dt.date | None
    support_ends_on: dt.date | None
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether the entry applies: facts that the profile lacks, or why it is included anyway.

    ``is_set_aside``: it is inferred, and the assessment takes verified and recalled ones only.
    """

    is_applicable: bool
    is_set_aside: bool
    missing_facts: tuple[str, ...]
    inclusion_reason: str
    included_by: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Another version that says the same, or something else for a ``reason``: see ``kind``."""

    kind: str
    device: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The position on one recommendation. ``justification`` is Markdown."""

    verdict: str
    justification: str
    owner: str
    due_on: dt.date | None
    state: str
    answered_by: str
    answered_at: dt.datetime | None
    authors: tuple[str, ...]
    accepted_by: str
    accepted_at: dt.datetime | None
    reopened_reason: str
    evidence: tuple[str, ...]
    origin: Origin | None
    revision: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A recommendation, whether it applies, and the answer to it."""

    recommendation: Recommendation
    applicability: Applicability
    answer: Answer


@dataclass(frozen=True, slots=True)
class Section:
    """A group of entries inside a phase."""

    key: str
    title: Text
    title_status: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """The review of a phase. ``comment`` is why it was last returned or reopened."""

    state: str
    submitted_by: str
    submitted_at: dt.datetime | None
    accepted_by: str
    accepted_at: dt.datetime | None
    comment: str
    commented_by: str


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the five phases, with its review and its entries in order."""

    key: str
    review: Review
    sections: tuple[Section, ...]

    @property
    def entries(self) -> Iterator[Entry]:
        """The entries of all sections, in order."""
        return (entry for section in self.sections for entry in section.entries)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the register; ``superseded_by`` is the number of the newer piece.

    ``enclosed`` says where its file lies, if it was asked for: "attached" to the PDF, or
    "archived" in the second file, under the name ``enclosed_as``.
    """

    number: str
    kind: str
    title: str
    document_revision: str
    document_on: dt.date | None
    expires_on: dt.date | None
    reference: str
    url: str
    file_name: str
    media_type: str
    size_bytes: int | None
    sha256: str
    added_by: str
    added_at: dt.datetime
    superseded_by: str
    enclosed: str
    enclosed_as: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message in the thread of a remark."""

    author: str
    text: str
    sent_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """What was raised and what became of it.

    ``code`` is empty when it is about a dossier as a whole; ``dossier`` is the number of the
    one that an auditor read, empty when the team raised it.
    """

    number: str
    code: str
    dossier: str
    kind: str
    text: str
    raised_by: str
    raised_at: dt.datetime
    messages: tuple[Message, ...]
    closed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Action:
    """What will be done about an answer; ``remark`` is the number of the one it follows from."""

    number: str
    code: str
    remark: str
    title: str
    description: str
    owner: str
    due_on: dt.date
    state: str
    outcome: str
    done_by: str
    done_at: dt.datetime | None
    check_on: dt.date | None
    check_note: str
    checked_by: str
    checked_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's signature on a phase; void when the phase changed after it."""

    phase: str
    name: str
    role: str
    meaning: str
    open_remarks_reason: str
    signed_at: dt.datetime
    content_sha256: str
    voided_at: dt.datetime | None
    void_reason: str


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The end of the organisation's journal when the snapshot was taken."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Seal:
    """The certificate that the dossier is to be sealed with, and at which level."""

    subject: str
    certificate_sha256: str
    is_test: bool
    level: str


@dataclass(frozen=True, slots=True)
class Signatory:
    """A person who is to sign with a certificate of their own before the seal, and where."""

    field: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Press:
    """What printed the record: another edition of the portal, or other tools, may print otherwise.

    ``edition_sha256`` is the digest of the portal's files that pages follow from.
    """

    edition_sha256: str
    tools: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a dossier says. ``number`` is empty until it is issued.

    Where ``register_is_printed`` is false, the lines of the register of evidence stand in a table
    that is attached instead: they would have been too many pages.
    """

    schema: str
    schema_version: str
    number: str
    language: str
    issued_at: dt.datetime
    requested_by: str
    is_provisional: bool
    scope: Scope
    register_is_printed: bool
    seal: Seal
    signatories: tuple[Signatory, ...]
    organisation: Organisation
    device: Device
    version: Version
    catalogue: Catalogue
    leaves_out_inferred: bool
    phases: tuple[Phase, ...]
    evidence: tuple[Evidence, ...]
    remarks: tuple[Remark, ...]
    actions: tuple[Action, ...]
    approvals: tuple[Approval, ...]
    own_requirements: tuple[OwnRequirements, ...]
    history: History | None
    journal: JournalHead
    crosswalk: Crosswalk | None
    vocabulary: tuple[Term, ...]
    public_url: str
    press: Press
    changes: Changes | None

    @property
    def entries(self) -> Iterator[Entry]:
        """The entries of all phases, in order."""
        return (entry for phase in self.phases for entry in phase.entries)


def to_canonical_json(snapshot: Snapshot) -> bytes:
    """Return the record in its canonical form (RFC 8785)."""
    return canonical.encode(snapshot)


def digest(content: bytes) -> str:
    """Return the digest printed in the dossier: SHA-256 of the canonical JSON, hex."""
    return hashlib.sha256(content).hexdigest()


def from_json(content: bytes) -> Snapshot:
    """Read a record back.

    Raises:
        NotCanonical: not a record of this schema version, or not in its canonical form.
    """
    snapshot = canonical.decode(content, Snapshot)
    if (snapshot.schema, snapshot.schema_version) != (SCHEMA, SCHEMA_VERSION):
        raise canonical.NotCanonical("$.schema: another schema")
    return snapshot
