"""Parts of a dossier as its templates show them: in one language, with their links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from assessments.dossier.edition import Recommendation
from assessments.dossier.palette import SYMBOLS
from assessments.dossier.prose import to_html
from assessments.dossier.snapshot import (
    Action,
    Answer,
    Applicability,
    Approval,
    Evidence,
    Remark,
    Review,
)

GAPS: Final = ("not_assessed", "partly_followed", "not_followed")
UNFINISHED: Final = ("open", "done")


@dataclass(frozen=True, slots=True)
class Label:
    """A key of a closed list and what the reader sees for it."""

    key: str
    text: str
    definition: str = ""

    @property
    def symbol(self) -> str:
        """The sign of a verdict; empty for other lists."""
        return SYMBOLS.get(self.key, "")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A line of the register, and what cites it."""

    evidence: Evidence
    kind: Label
    cited_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemarkView:
    """A remark with its kind in words and a link to what it is about."""

    remark: Remark
    kind: Label

    @property
    def is_open(self) -> bool:
        """Tell whether whoever raised it has not closed it."""
        return self.remark.closed_at is None


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action with its state in words."""

    action: Action
    state: Label

    @property
    def is_open(self) -> bool:
        """Tell whether it still has to be done or checked."""
        return self.state.key in UNFINISHED


@dataclass(frozen=True, slots=True)
class EntryView:
    """A recommendation and its answer, in the language of the dossier."""

    recommendation: Recommendation
    applicability: Applicability
    answer: Answer
    title: str
    statement: str
    rationale: str
    expected_evidence: tuple[str, ...]
    stakeholders: tuple[Label, ...]
    criteria: tuple[Label, ...]
    provenance: Label
    confidence: Label
    provenance_note: str
    missing_facts: tuple[Label, ...]
    verdict: Label
    state: Label
    evidence: tuple[EvidenceView, ...]
    remarks: tuple[RemarkView, ...]
    actions: tuple[ActionView, ...]

    @property
    def code(self) -> str:
        """The code of the recommendation."""
        return self.recommendation.code

    @property
    def anchor(self) -> str:
        """The name that links lead to."""
        return f"r-{self.code}"

    @property
    def justification(self) -> SafeString:
        """The justification as HTML; made when it is shown, a page shows a part only."""
        return to_html(self.answer.justification)

    @property
    def is_gap(self) -> bool:
        """Tell whether it applies and is not, or not wholly, followed."""
        return self.applicability.is_applicable and self.answer.verdict in GAPS


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with its entries."""

    key: str
    title: str
    entries: tuple[EntryView, ...]

    @property
    def anchor(self) -> str:
        """The name that links lead to."""
        return f"section-{self.key}"


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase with its review, signatures and counts."""

    label: Label
    review: Review
    state: Label
    approvals: tuple[Approval, ...]
    sections: tuple[SectionView, ...]

    @property
    def anchor(self) -> str:
        """The name that links lead to."""
        return f"phase-{self.label.key}"

    @property
    def entries(self) -> Iterator[EntryView]:
        """The entries of all sections, in order."""
        return (entry for section in self.sections for entry in section.entries)

    @property
    def applicable(self) -> int:
        """How many of its recommendations apply."""
        return sum(entry.applicability.is_applicable for entry in self.entries)

    @property
    def excluded(self) -> int:
        """How many of its recommendations do not apply."""
        return sum(not entry.applicability.is_applicable for entry in self.entries)

    @property
    def counts(self) -> Counter[str]:
        """How many of the recommendations that apply have each verdict."""
        return verdicts(self.entries)

    @property
    def signed(self) -> Approval | None:
        """The signature that stands."""
        return next((one for one in self.approvals if one.voided_at is None), None)


def verdicts(entries: Iterable[EntryView]) -> Counter[str]:
    """Return how many of the entries that apply have each verdict."""
    return Counter(entry.answer.verdict for entry in entries if entry.applicability.is_applicable)
