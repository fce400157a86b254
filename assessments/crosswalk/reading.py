"""Frameworks and mappings from the database, and the answers of an assessment beside them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from assessments.crosswalk.carrying import Carrying
from assessments.crosswalk.coverage import Link, Place, Position, counts, support
from assessments.crosswalk.ways import Way
from assessments.enums import Confidence, MappingRelation, MappingStatus, Support
from assessments.models import (
    Answer,
    Assessment,
    Catalogue,
    CrosswalkState,
    Evidence,
    EvidenceLink,
    Framework,
    Requirement,
)
from assessments.models import Mapping as MappingRow

DEFAULT_FRAMEWORKS: Final = ("mdr-annex-i", "mdcg-2019-16", "iec-81001-5-1")
QUESTIONNAIRE: Final = "ig-nb-cyber"
MOST_KEPT: Final = 100  # frameworks, some ten kilobytes each
MANY: Final = 500  # more keys than a query should name

# Frameworks never change once published; which are in force is asked each time.
_kept: dict[UUID, FrameworkText] = {}
CONFIRMED: Final = MappingStatus.CONFIRMED.value


@dataclass(frozen=True, slots=True)
class FrameworkText:
    """A framework with its requirements, in order."""

    framework: Framework
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class MappingLink(Link):
    """A mapping with what is said of it."""

    rationale_fr: str
    rationale_en: str
    source: str
    controls: tuple[str, ...]

    @property
    def symbol(self) -> str:
        """The sign of the relation."""
        return MappingRelation(self.relation).symbol

    @property
    def relation_label(self) -> str:
        """The relation in words."""
        return str(MappingRelation(self.relation).label)

    @property
    def confidence_label(self) -> str:
        """How sure it is, in words."""
        return str(Confidence(self.confidence).label)

    @property
    def status_label(self) -> str:
        """Whether a person has read it, in words."""
        return str(MappingStatus(self.status).label)


@dataclass(frozen=True, slots=True)
class Said(Position):
    """An answer as it speaks for requirements: where it is, and what it rests on."""

    pk: UUID
    title_fr: str
    title_en: str
    state: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """A requirement, and what the answers say for it."""

    requirement: Requirement
    place: Place[MappingLink]
    support: Support
    trail: tuple[tuple[MappingLink, Said], ...]

    @property
    def evidence(self) -> list[Evidence]:
        """What the followed ones rest on, each once, by number."""
        pieces = {
            piece.pk: piece
            for _link, said in self.trail
            if said.is_followed
            for piece in said.evidence
        }
        return sorted(pieces.values(), key=lambda piece: piece.number)

    @property
    def followed(self) -> list[tuple[MappingLink, Said]]:
        """The links whose recommendation is followed or adapted."""
        return [(link, said) for link, said in self.trail if said.is_followed]

    @property
    def is_without_evidence(self) -> bool:
        """Tell whether somebody says it is supported, and shows nothing."""
        return bool(self.followed) and not self.evidence


@dataclass(frozen=True)
class FrameworkCoverage:
    """A framework as the answers of one assessment cover it."""

    framework: Framework
    rows: tuple[Covered, ...]
    counts: Counter[Support] = field(default_factory=Counter)

    @cached_property
    def total(self) -> int:
        """How many requirements ask for something."""
        return self.counts.total()


def frameworks_in_force(keys: Collection[str] = ()) -> list[FrameworkText]:
    """Return the frameworks in force, or those of them named by ``keys``, with requirements."""
    rows = Framework.objects.filter(is_in_force=True, published_at__isnull=False)
    found = list((rows.filter(key__in=keys) if keys else rows).order_by("position", "key"))
    if len(_kept) > MOST_KEPT:
        _kept.clear()
    if missing := [each for each in found if each.pk not in _kept]:
        requirements: dict[UUID, list[Requirement]] = defaultdict(list)
        for row in Requirement.objects.filter(framework__in=missing).order_by("position"):
            requirements[row.framework_id].append(row)
        _kept.update(
            (each.pk, FrameworkText(each, tuple(requirements[each.pk]))) for each in missing
        )
    return [_kept[each.pk] for each in found]


_COLUMNS: Final = (
    "pk",
    "requirement_id",
    "catalogue_key",
    "code",
    "relation",
    "confidence",
    "status",
    "rationale_fr",
    "rationale_en",
    "source",
    "controls",
)


def links_to(
    requirements: Collection[UUID], *, catalogue: Catalogue
) -> dict[UUID, list[MappingLink]]:
    """Return the mappings that stand, by requirement: those of many, or all there are."""
    carrying = Carrying.to(catalogue)
    rows = _standing(carrying)
    if len(requirements) < MANY:
        rows = rows.filter(requirement__in=requirements)
    links: dict[UUID, dict[str, MappingLink]] = defaultdict(dict)
    for pk, requirement, key, code, *said in rows.order_by("code").values_list(*_COLUMNS):
        for way in carrying.carried(pk, key, code):
            _take(links[requirement], _link(way, said), is_own=pk in carrying.reread)
    return {
        requirement: sorted(found.values(), key=lambda link: link.code)
        for requirement, found in links.items()
        if found
    }


def _take(found: dict[str, MappingLink], link: MappingLink, *, is_own: bool) -> None:
    """Keep one mapping of an entry to a requirement: what was said of it as it is, comes first."""
    before = found.get(link.code)
    is_better = before is not None and link.status == CONFIRMED and before.status != CONFIRMED
    if before is None or is_own or is_better:
        found[link.code] = link


def _link(way: Way, said: Sequence[Any]) -> MappingLink:
    """Return a mapping of which ``said`` are the columns after its code.

    Nobody confirmed it for an entry that says something else than when it was read.
    """
    relation, confidence, status, rationale_fr, rationale_en, source, controls = said
    status = status if way.is_same else MappingStatus.PROPOSED.value
    texts = (rationale_fr, rationale_en, source)
    return MappingLink(way.code, relation, confidence, status, *texts, tuple(controls))


def _standing(carrying: Carrying) -> QuerySet[MappingRow]:
    return MappingRow.objects.filter(
        catalogue_key__in=carrying.keys, requirement__framework__is_in_force=True
    ).exclude(status=MappingStatus.WITHDRAWN)


def positions_of(assessment: Assessment) -> dict[str, Said]:
    """Return the answers of an assessment by code, with their evidence: two queries."""
    pieces: dict[UUID, list[Evidence]] = defaultdict(list)
    cited = EvidenceLink.objects.filter(
        organisation_id=assessment.organisation_id, answer__assessment=assessment
    ).select_related("evidence")
    for each in cited.order_by("evidence__number"):
        pieces[each.answer_id].append(each.evidence)
    answers = Answer.objects.filter(
        organisation_id=assessment.organisation_id, assessment=assessment
    ).order_by("position")
    columns_of_answer = ("pk", "code", "is_applicable", "verdict", "state")
    titles = ("recommendation__title_fr", "recommendation__title_en")
    return {
        code: Said(code, applies, verdict, pk, french, english, state, tuple(pieces[pk]))
        for pk, code, applies, verdict, state, french, english in answers.values_list(
            *columns_of_answer, *titles
        )
    }


def cover(
    texts: Sequence[FrameworkText],
    *,
    links: Mapping[UUID, Sequence[MappingLink]],
    positions: Mapping[str, Said],
) -> list[FrameworkCoverage]:
    """Return what ``positions`` say for each requirement of ``texts``."""
    found = []
    for text in texts:
        rows = []
        for requirement in text.requirements:
            of_it = [link for link in links.get(requirement.pk, ()) if link.code in positions]
            place = Place(requirement.ref, of_it, requirement.is_heading)
            trail = tuple((link, positions[link.code]) for link in of_it)
            rows.append(Covered(requirement, place, support(of_it, positions), trail))
        summed = counts([row.place for row in rows], positions)
        found.append(FrameworkCoverage(text.framework, tuple(rows), summed))
    return found


def coverage_of(assessment: Assessment, *, keys: Collection[str] = ()) -> list[FrameworkCoverage]:
    """Return the coverage of the frameworks in force, or of those named by ``keys``."""
    texts = frameworks_in_force(keys)
    wanted = [row.pk for text in texts for row in text.requirements]
    return cover(
        texts,
        links=links_to(wanted, catalogue=assessment.catalogue),
        positions=positions_of(assessment),
    )


def state_of_the_crosswalk() -> CrosswalkState | None:
    """Return what the loaded files say of themselves."""
    return CrosswalkState.objects.first()


def requirements_of(answer: Answer) -> list[tuple[MappingLink, Requirement]]:
    """Return the requirements that the recommendation of ``answer`` is mapped to."""
    carrying = Carrying.to(answer.recommendation.catalogue)
    rows = (
        _standing(carrying)
        .filter(code__in=carrying.from_codes(answer.code))
        .select_related("requirement__framework")
        .order_by("requirement__framework__position", "requirement__position", "code")
    )
    found: dict[UUID, dict[str, MappingLink]] = defaultdict(dict)
    requirements = {row.requirement_id: row.requirement for row in rows}
    for row in rows:
        said = [getattr(row, name) for name in _COLUMNS[4:]]
        for way in carrying.carried(row.pk, row.catalogue_key, row.code):
            if way.code == answer.code:
                link = _link(way, said)
                _take(found[row.requirement_id], link, is_own=row.pk in carrying.reread)
    return [(link, requirements[key]) for key, links in found.items() for link in links.values()]
