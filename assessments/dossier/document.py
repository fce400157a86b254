"""The whole of a dossier as its templates show it; ``chapters`` has what each adds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property

from django.utils.translation import gettext as _

from assessments.dossier import told
from assessments.dossier.chapters import Chapter, chapters
from assessments.dossier.edition import Text
from assessments.dossier.snapshot import Entry, Phase, Section, Snapshot
from assessments.dossier.view import (
    ActionView,
    EntryView,
    EvidenceView,
    Label,
    PhaseView,
    RemarkView,
    SectionView,
    verdicts,
)

FOLLOWED = ("followed", "adapted")


class Document:
    """A snapshot in its language; build it and use it under that language."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.vocabulary: dict[str, dict[str, Label]] = defaultdict(dict)
        for term in snapshot.vocabulary:
            self.vocabulary[term.vocabulary][term.key] = Label(
                term.key, self.text(term.label), self.text(term.definition)
            )
        self.evidence = self._register()
        self.remarks = tuple(
            RemarkView(remark, self.label("remark_kind", remark.kind))
            for remark in snapshot.remarks
        )
        self.actions = tuple(
            ActionView(action, self.label("action_state", action.state))
            for action in snapshot.actions
        )
        self._remarks_about: dict[str, list[RemarkView]] = defaultdict(list)
        for raised in self.remarks:
            self._remarks_about[raised.remark.code].append(raised)
        self._actions_about: dict[str, list[ActionView]] = defaultdict(list)
        for planned in self.actions:
            self._actions_about[planned.action.code].append(planned)
        self.phases = tuple(self._phase(phase) for phase in snapshot.phases)
        self.regulation = self.label("regulation", snapshot.device.regulation)
        self.version_phase = self.label("phase", snapshot.version.phase)
        self.catalogue_title = self.text(snapshot.catalogue.title)
        self.disclaimer = self.text(snapshot.catalogue.disclaimer)
        self.legal_value = self.text(snapshot.catalogue.legal_value)
        self.yes_no = _("yes,no")

    def text(self, text: Text) -> str:
        """Return a text of the catalogue in the language of the dossier."""
        return text.fr if self.snapshot.language == "fr" else text.en

    def label(self, vocabulary: str, key: str) -> Label:
        """Return what the reader sees for a key."""
        return self.vocabulary[vocabulary][key]

    def labels(self, vocabulary: str, keys: Iterable[str]) -> tuple[Label, ...]:
        """Return what the reader sees for some keys of one list."""
        return tuple(self.label(vocabulary, key) for key in keys)

    def _register(self) -> dict[str, EvidenceView]:
        cited_by: dict[str, list[str]] = defaultdict(list)
        for entry in self.snapshot.entries:
            for number in entry.answer.evidence:
                cited_by[number].append(entry.recommendation.code)
        return {
            piece.number: EvidenceView(
                piece, self.label("evidence_kind", piece.kind), tuple(cited_by[piece.number])
            )
            for piece in self.snapshot.evidence
        }

    def _phase(self, phase: Phase) -> PhaseView:
        return PhaseView(
            label=self.label("phase", phase.key),
            review=phase.review,
            state=self.label("review_state", phase.review.state),
            approvals=tuple(one for one in self.snapshot.approvals if one.phase == phase.key),
            sections=tuple(self._section(section) for section in phase.sections),
        )

    def _section(self, section: Section) -> SectionView:
        entries = tuple(self._entry(entry) for entry in section.entries)
        return SectionView(section.key, self.text(section.title), entries)

    def _entry(self, entry: Entry) -> EntryView:
        recommendation, answer = entry.recommendation, entry.answer
        expected = recommendation.expected_evidence
        return EntryView(
            recommendation=recommendation,
            applicability=entry.applicability,
            answer=answer,
            title=self.text(recommendation.title),
            statement=self.text(recommendation.statement),
            rationale=self.text(recommendation.rationale),
            expected_evidence=expected.fr if self.snapshot.language == "fr" else expected.en,
            stakeholders=self.labels("stakeholder", recommendation.stakeholders),
            criteria=self.labels("criterion", recommendation.criteria),
            provenance=self.label("provenance", recommendation.provenance.status),
            confidence=self.label("confidence", recommendation.provenance.confidence),
            provenance_note=self.text(recommendation.provenance.note),
            missing_facts=self.labels("fact", entry.applicability.missing_facts),
            verdict=self.label("verdict", answer.verdict),
            state=self.label("answer_state", answer.state),
            evidence=tuple(self.evidence[number] for number in answer.evidence),
            remarks=tuple(self._remarks_about[recommendation.code]),
            actions=tuple(self._actions_about[recommendation.code]),
        )

    @cached_property
    def entries(self) -> tuple[EntryView, ...]:
        """All entries, in order."""
        return tuple(entry for phase in self.phases for entry in phase.entries)

    @cached_property
    def applicable(self) -> tuple[EntryView, ...]:
        """The entries that apply to the version."""
        return tuple(entry for entry in self.entries if entry.applicability.is_applicable)

    @property
    def followed(self) -> int:
        """How many of those that apply are followed, as written or by other means."""
        return sum(self.counts[verdict] for verdict in FOLLOWED)

    @property
    def gaps(self) -> tuple[EntryView, ...]:
        """The entries that apply and are not, or not wholly, followed."""
        return tuple(entry for entry in self.entries if entry.is_gap)

    @property
    def enclosed(self) -> Counter[str]:
        """How many files of evidence are attached, and lie in the second file."""
        return Counter(piece.enclosed for piece in self.snapshot.evidence)

    @property
    def open_remarks(self) -> int:
        """How many remarks nobody has closed."""
        return sum(remark.is_open for remark in self.remarks)

    @property
    def open_actions(self) -> int:
        """How many actions still have to be done or checked."""
        return sum(action.is_open for action in self.actions)

    @property
    def signed_phases(self) -> int:
        """How many phases bear a signature that stands."""
        return sum(phase.signed is not None for phase in self.phases)

    @cached_property
    def counts(self) -> Counter[str]:
        """How many of the recommendations that apply have each verdict."""
        return verdicts(self.entries)

    @cached_property
    def told(self) -> told.Told:
        """What the dossier tells of, and what it leaves out, in words."""
        scope = self.snapshot.scope
        return told.Told(
            scope,
            phases=[self.label("phase", key).text for key in scope.phases],
            phases_left_out=[self.label("phase", key).text for key in scope.phases_left_out],
            stakeholder=self.label("stakeholder", scope.stakeholder).text
            if scope.stakeholder
            else "",
        )

    @cached_property
    def whereabouts(self) -> dict[str, str]:
        """In which chapter each name is that links can lead to."""
        found = {chapter.anchor: chapter.anchor for chapter in self.chapters}
        for name, rows in (
            ("evidence", [one.evidence.number for one in self.evidence.values()]),
            ("remarks", [one.remark.number for one in self.remarks]),
            ("remarks", [one.action.number for one in self.actions]),
        ):
            if name in found:
                found |= dict.fromkeys(rows, name)
        for phase in self.phases:
            if phase.anchor in found:
                found |= {section.anchor: phase.anchor for section in phase.sections}
                found |= {entry.anchor: phase.anchor for entry in phase.entries}
        return found

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """The chapters, numbered."""
        return tuple(chapters(self))
