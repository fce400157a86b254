"""The whole of a dossier as its templates show it: chapters, tables, plots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from django.utils.translation import gettext as _

from assessments.dossier import charts, glossary
from assessments.dossier.changes_view import ChangesView
from assessments.dossier.edition import Text
from assessments.dossier.palette import verdict_series
from assessments.dossier.prose import to_html
from assessments.dossier.snapshot import Entry, Phase, Section, Snapshot
from assessments.dossier.view import (
    ActionView,
    Chapter,
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
        self.changes = (
            ChangesView(snapshot.changes, label=self.label, text=self.text)
            if snapshot.changes
            else None
        )
        self.phases = tuple(self._phase(phase) for phase in snapshot.phases)
        self.regulation = self.label("regulation", snapshot.device.regulation)
        self.version_phase = self.label("phase", snapshot.version.phase)
        self.catalogue_title = self.text(snapshot.catalogue.title)
        self.disclaimer = self.text(snapshot.catalogue.disclaimer)
        self.legal_value = self.text(snapshot.catalogue.legal_value)
        self.glossary = sorted(
            [*glossary.terms(), *self._criteria()], key=lambda term: term[0].casefold()
        )
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
            justification=to_html(answer.justification),
            evidence=tuple(self.evidence[number] for number in answer.evidence),
            remarks=tuple(
                remark for remark in self.remarks if remark.remark.code == recommendation.code
            ),
            actions=tuple(
                action for action in self.actions if action.action.code == recommendation.code
            ),
        )

    def _criteria(self) -> Iterator[tuple[str, str]]:
        for criterion in self.vocabulary["criterion"].values():
            if criterion.definition:
                yield criterion.text.capitalize(), criterion.definition

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
    def excluded(self) -> tuple[EntryView, ...]:
        """The entries that the profile leaves out."""
        return tuple(entry for entry in self.entries if not entry.applicability.is_applicable)

    @property
    def judged_not_applicable(self) -> tuple[EntryView, ...]:
        """The entries that the profile keeps and somebody judged not applicable."""
        return tuple(entry for entry in self.applicable if entry.verdict.key == "not_applicable")

    @property
    def included_all_the_same(self) -> tuple[EntryView, ...]:
        """The entries that the profile leaves out and somebody kept."""
        return tuple(entry for entry in self.applicable if entry.applicability.inclusion_reason)

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

    @property
    def verdict_meanings(self) -> list[tuple[Label, str]]:
        """Each position and what it says."""
        meanings = glossary.verdict_meanings()
        return [(label, meanings[key]) for key, label in self.vocabulary["verdict"].items()]

    @property
    def provenance_counts(self) -> list[tuple[Label, int]]:
        """How many entries have each provenance."""
        counts = Counter(entry.provenance.key for entry in self.entries)
        return [(label, counts[key]) for key, label in self.vocabulary["provenance"].items()]

    @property
    def verdict_table(self) -> Iterator[tuple[PhaseView, list[int]]]:
        """The counts of each phase, in the order of the verdicts."""
        for phase in self.phases:
            yield phase, [phase.counts[verdict] for verdict in self.vocabulary["verdict"]]

    @property
    def verdict_totals(self) -> list[int]:
        """The counts of all phases, in the order of the verdicts."""
        return [self.counts[verdict] for verdict in self.vocabulary["verdict"]]

    @property
    def profile(self) -> list[tuple[Label, bool]]:
        """Each fact of the profile, and whether it holds."""
        return [
            (fact, key in self.snapshot.version.facts)
            for key, fact in self.vocabulary["fact"].items()
        ]

    @property
    def responsibility(self) -> Iterator[tuple[PhaseView, list[tuple[EntryView, list[bool]]]]]:
        """Who has a share in each recommendation that applies, by phase."""
        for phase in self.phases:
            rows = [
                (entry, [key in entry.recommendation.stakeholders for key in self.stakeholders])
                for entry in phase.entries
                if entry.applicability.is_applicable
            ]
            if rows:
                yield phase, rows

    @property
    def stakeholders(self) -> dict[str, Label]:
        """Those who can have a share, in order."""
        return self.vocabulary["stakeholder"]

    @property
    def shares(self) -> list[tuple[Label, int]]:
        """How many recommendations each of them has a share in."""
        return [
            (label, sum(key in entry.recommendation.stakeholders for entry in self.applicable))
            for key, label in self.stakeholders.items()
        ]

    @property
    def chart_by_phase(self) -> charts.Chart:
        """Verdicts by phase."""
        rows = [(phase.label.text, phase.counts) for phase in self.phases]
        return charts.stacked_bars(
            "by-phase", _("Positions by phase"), rows, verdict_series(self.vocabulary["verdict"])
        )

    @property
    def chart_by_criterion(self) -> charts.Chart:
        """Verdicts by criterion; a recommendation counts for each of its criteria."""
        rows = [
            (
                criterion.text,
                verdicts(e for e in self.entries if criterion.key in e.recommendation.criteria),
            )
            for criterion in self.vocabulary["criterion"].values()
        ]
        return charts.stacked_bars(
            "by-criterion",
            _("Positions by criterion"),
            rows,
            verdict_series(self.vocabulary["verdict"]),
        )

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """The chapters, numbered."""
        before: list[tuple[str, str]] = [
            ("summary", _("Summary")),
            ("identification", _("Device, version and profile")),
            ("method", _("Method and its limits")),
        ]
        after = [
            ("applicability", _("Statement of applicability")),
            ("responsibility", _("Shared responsibility")),
            ("gaps", _("What is not, or not wholly, followed")),
            ("evidence", _("Register of evidence")),
            ("remarks", _("Remarks and actions")),
            ("approvals", _("Reviews and approvals")),
            *self._of_changes(),
            ("glossary", _("Glossary")),
            ("verification", _("How to verify this dossier")),
        ]
        parts: list[tuple[str, str, str, PhaseView | None]] = [
            *((name, name, title, None) for name, title in before),
            *(("phase", phase.anchor, phase.label.text, phase) for phase in self.phases),
            *((name, name, title, None) for name, title in after),
        ]
        return tuple(
            Chapter(f"dossier/_{template}.html", anchor, number, title, phase)
            for number, (template, anchor, title, phase) in enumerate(parts, start=1)
        )

    def _of_changes(self) -> Iterator[tuple[str, str]]:
        """Yield the chapter on what changed, if the record compares itself with another."""
        if self.snapshot.changes:
            number = self.snapshot.changes.number
            yield "changes", _("What changed since dossier %(number)s") % {"number": number}
