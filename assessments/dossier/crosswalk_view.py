"""The chapter on neighbouring frameworks, in the language of the dossier."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from assessments.dossier import charts
from assessments.dossier.crosswalk import MappedFramework, MappedRequirement
from assessments.dossier.palette import support_series

if TYPE_CHECKING:
    from assessments.dossier.document import Document
    from assessments.dossier.view import EntryView, EvidenceView, Label

FOLLOWED = ("followed", "adapted")
WHOLE = ("equal", "superset")
RANK = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class RequirementView:
    """A requirement in the language of the dossier."""

    ref: str
    title: str
    support: Label | None
    confidence: Label | None
    is_confirmed: bool
    is_whole: bool
    entries: tuple[EntryView, ...]

    @property
    def followed(self) -> list[EntryView]:
        """Its recommendations that are followed, as written or by other means."""
        return [entry for entry in self.entries if _is_followed(entry)]

    @property
    def others(self) -> list[EntryView]:
        """Its recommendations that apply and are not followed, or only partly."""
        return [
            entry
            for entry in self.entries
            if entry.applicability.is_applicable and not _is_followed(entry)
        ]

    @property
    def left_out(self) -> list[EntryView]:
        """Its recommendations that the profile leaves out."""
        return [entry for entry in self.entries if not entry.applicability.is_applicable]

    @property
    def evidence(self) -> list[EvidenceView]:
        """What the followed ones rest on, each once, by number."""
        pieces = {
            piece.evidence.number: piece for entry in self.followed for piece in entry.evidence
        }
        return [pieces[number] for number in sorted(pieces)]


def _is_followed(entry: EntryView) -> bool:
    return entry.applicability.is_applicable and entry.verdict.key in FOLLOWED


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """A framework in the language of the dossier."""

    framework: MappedFramework
    short: str
    name: str
    edition: str
    source: str
    note: str
    nature: Label
    confidence: Label
    requirements: tuple[RequirementView, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many requirements have each support, headings left out."""
        return Counter(row.support.key for row in self.requirements if row.support)


@dataclass(frozen=True, slots=True)
class CrosswalkView:
    """The chapter on neighbouring frameworks."""

    status: str
    generated_on: dt.date | None
    supports: tuple[Label, ...]
    frameworks: tuple[FrameworkView, ...]

    @property
    def table(self) -> Iterator[tuple[FrameworkView, list[int]]]:
        """The counts of each framework, in the order of the kinds of support."""
        for each in self.frameworks:
            yield each, [each.counts[support.key] for support in self.supports]

    @property
    def chart(self) -> charts.Chart:
        """What the answers say for the requirements of each framework."""
        return charts.stacked_bars(
            "frameworks",
            _("Requirements by what the answers say for them"),
            [(each.short, each.counts) for each in self.frameworks],
            support_series({support.key: support for support in self.supports}),
        )


def chapter(document: Document) -> CrosswalkView | None:
    """Return what the chapter shows; nothing when no framework was chosen."""
    crosswalk = document.snapshot.crosswalk
    if crosswalk is None:
        return None
    entries = {entry.code: entry for entry in document.entries}
    return CrosswalkView(
        status=document.text(crosswalk.status),
        generated_on=crosswalk.generated_on,
        supports=tuple(document.vocabulary["support"].values()),
        frameworks=tuple(_framework(document, each, entries) for each in crosswalk.frameworks),
    )


def _framework(
    document: Document, framework: MappedFramework, entries: dict[str, EntryView]
) -> FrameworkView:
    return FrameworkView(
        framework=framework,
        short=document.text(framework.short),
        name=document.text(framework.name),
        edition=document.text(framework.edition),
        source=document.text(framework.source),
        note=document.text(framework.note),
        nature=document.label("framework_nature", framework.nature),
        confidence=document.label("confidence", framework.confidence),
        requirements=tuple(_requirements(document, framework.requirements, entries)),
    )


def _requirements(
    document: Document, rows: Iterable[MappedRequirement], entries: dict[str, EntryView]
) -> Iterator[RequirementView]:
    for row in rows:
        yield RequirementView(
            ref=row.ref,
            title=document.text(row.title),
            support=document.label("support", row.support) if row.support else None,
            confidence=_least(document, row),
            is_confirmed=all(each.status == "confirmed" for each in row.mappings),
            is_whole=any(each.relation in WHOLE for each in row.mappings),
            entries=tuple(entries[each.code] for each in row.mappings),
        )


def _least(document: Document, row: MappedRequirement) -> Label | None:
    """Return how sure the least sure of its mappings is."""
    if not row.mappings:
        return None
    return document.label("confidence", min((m.confidence for m in row.mappings), key=RANK.index))
