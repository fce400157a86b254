"""Rows to the part of the record that tells of neighbouring frameworks."""

from __future__ import annotations

from collections.abc import Collection

from assessments.crosswalk.reading import (
    Covered,
    FrameworkCoverage,
    coverage_of,
    state_of_the_crosswalk,
)
from assessments.dossier.crosswalk import (
    Crosswalk,
    MappedFramework,
    MappedRecommendation,
    MappedRequirement,
)
from assessments.dossier.edition import Text
from assessments.models import Assessment


def build_crosswalk(assessment: Assessment, keys: Collection[str]) -> Crosswalk | None:
    """Return the coverage of the frameworks named by ``keys``; nothing when there is none."""
    coverages = coverage_of(assessment, keys=keys) if keys else []
    if not coverages:
        return None
    state = state_of_the_crosswalk()
    return Crosswalk(
        generated_on=state.generated_on if state else None,
        status=_text(state, "status") if state else Text(fr="", en=""),
        frameworks=tuple(_framework(each) for each in coverages),
    )


def _text(row: object, field: str) -> Text:
    return Text(fr=getattr(row, f"{field}_fr"), en=getattr(row, f"{field}_en"))


def _framework(coverage: FrameworkCoverage) -> MappedFramework:
    framework = coverage.framework
    return MappedFramework(
        key=framework.key,
        edition=_text(framework, "edition"),
        name=_text(framework, "name"),
        short=_text(framework, "short"),
        publisher=framework.publisher,
        address=framework.address,
        dated=framework.dated,
        nature=framework.nature,
        confidence=framework.confidence,
        source=_text(framework, "source"),
        note=_text(framework, "note"),
        content_sha256=framework.content_sha256,
        requirements=tuple(_requirement(row) for row in coverage.rows),
    )


def _requirement(row: Covered) -> MappedRequirement:
    return MappedRequirement(
        ref=row.requirement.ref,
        title=_text(row.requirement, "title"),
        confidence=row.requirement.confidence,
        support=str(row.support) if row.place.is_counted else "",
        mappings=tuple(
            MappedRecommendation(
                code=link.code,
                relation=link.relation,
                status=link.status,
                confidence=link.confidence,
                rationale=_text(link, "rationale"),
                source=link.source,
            )
            for link, _said in row.trail
        ),
    )
