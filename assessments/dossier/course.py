"""Rows to a snapshot: the versions of the device, and how this assessment came to be."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Final
from uuid import UUID

from django.db.models import Q

from ansm_portal.audit.models import AuditEvent
from assessments.dossier import past
from assessments.dossier.edition import Text
from assessments.extent import Extent
from assessments.models import Answer, Assessment, Dossier, EvidenceLink, PhaseReview
from devices.models import DeviceVersion

# The steps that an auditor asks about; answers and evidence say theirs where they stand.
OF_ASSESSMENT: Final = ("assessment.start", "assessment.confirm")
OF_VERSION: Final = ("version.change_profile", "version.choose_platform", "version.confirm_phase")
OF_PHASE: Final = (
    *("phase.submit", "phase.withdraw", "phase.return"),
    *("phase.accept", "phase.sign", "phase.reopen"),
)
OF_DOSSIER: Final = ("dossier.issue", "dossier.withdraw")
VERBS: Final = (*OF_ASSESSMENT, *OF_VERSION, *OF_PHASE, *OF_DOSSIER)


def history(assessment: Assessment, extent: Extent, *, until: dt.datetime) -> past.History:
    """Return the past of ``assessment`` until an instant, as far as ``extent`` tells of it."""
    return past.History(
        releases=_releases(assessment),
        predecessor=_predecessor(assessment, extent),
        events=_events(assessment, extent),
        dossiers=tuple(
            past.Issued(
                number=row.number,
                issued_at=row.issued_at,
                language=row.language,
                is_provisional=row.is_provisional,
                is_whole=row.extent.is_whole,
                snapshot_sha256=row.snapshot_sha256,
            )
            for row in assessment.dossiers.filter(issued_at__lt=until)
            .defer("snapshot")
            .order_by("issued_at")
            if row.issued_at
        ),
    )


def _releases(assessment: Assessment) -> tuple[past.Release, ...]:
    editions: dict[UUID, list[str]] = defaultdict(list)
    assessed = Assessment.objects.filter(device=assessment.device_id).select_related("catalogue")
    for row in assessed.order_by("started_at", "pk"):
        editions[row.version_id].append(f"{row.catalogue.key} {row.catalogue.edition}")
    versions = DeviceVersion.objects.filter(device=assessment.device_id).order_by("pk")
    return tuple(
        past.Release(
            version.label,
            version.released_on,
            version.support_ends_on,
            tuple(editions[version.pk]),
        )
        for version in versions
    )


def _predecessor(assessment: Assessment, extent: Extent) -> past.Predecessor | None:
    """Compare with the assessment it started from, or the last one of an earlier version."""
    others = Assessment.objects.filter(device=assessment.device_id).exclude(pk=assessment.pk)
    before = (
        others.filter(
            Q(pk=assessment.started_from_id)
            if assessment.started_from_id
            else Q(version_id__lt=assessment.version_id)  # UUIDv7: later sorts later
        )
        .select_related("version", "catalogue")
        .order_by("-version_id", "-started_at")
        .first()
    )
    sides = _sides(before, assessment, extent)
    if before is None:
        return None
    changes = [
        change
        for code in dict.fromkeys(code for side in reversed(sides) for code in side)
        if (change := _change(code, sides[0].get(code), sides[1].get(code)))
    ]
    alike = sides[0].keys() & sides[1].keys() - {change.code for change in changes}
    return past.Predecessor(
        version=before.version.label,
        edition=f"{before.catalogue.key} {before.catalogue.edition}",
        unchanged=len(alike),
        changes=tuple(changes),
    )


def _sides(
    before: Assessment | None, after: Assessment, extent: Extent
) -> tuple[dict[str, _Said], dict[str, _Said]]:
    """Return what applies on either side, by code, in the order of the edition."""
    rows = (
        Answer.objects.filter(
            assessment__in=[before, after] if before else [after], is_applicable=True
        )
        .select_related("recommendation")
        .order_by("position")
    )
    links = EvidenceLink.objects.filter(answer__in=rows.order_by().values("pk"))
    cited: dict[UUID, set[str]] = defaultdict(set)
    for link in links.select_related("evidence"):
        cited[link.answer_id].add(link.evidence.label)
    sides: tuple[dict[str, _Said], dict[str, _Said]] = ({}, {})
    for row in rows:
        of = row.recommendation.stakeholders
        if extent.tells_of(row.phase) and (not extent.stakeholder or extent.stakeholder in of):
            side = sides[row.assessment_id == after.pk]
            side[row.code] = _Said(row, cited[row.pk])
    return sides


class _Said:
    """What an answer says, as far as a reader of two dossiers would see a difference."""

    def __init__(self, row: Answer, evidence: set[str]) -> None:
        self.title = Text(fr=row.recommendation.title_fr, en=row.recommendation.title_en)
        self.verdict = str(row.verdict)
        self.justification = row.justification
        self.evidence = evidence


def _change(code: str, before: _Said | None, after: _Said | None) -> past.Change | None:
    shown = after or before
    if shown is None:
        return None
    old, new = (side.evidence if side else set() for side in (before, after))
    is_justified_anew = bool(before and after and before.justification != after.justification)
    is_same_verdict = bool(before and after and before.verdict == after.verdict)
    if is_same_verdict and old == new and not is_justified_anew:
        return None
    return past.Change(
        code=code,
        title=shown.title,
        kind="changed" if before and after else "added" if after else "removed",
        verdict_before=before.verdict if before else "",
        verdict_after=after.verdict if after else "",
        is_justified_anew=is_justified_anew,
        evidence_added=tuple(sorted(new - old)),
        evidence_removed=tuple(sorted(old - new)),
    )


def _events(assessment: Assessment, extent: Extent) -> tuple[past.Event, ...]:
    phases = {
        f"{PhaseReview._meta.label_lower}:{review.pk}": review.phase
        for review in assessment.phase_reviews.all()
        if extent.tells_of(review.phase)
    }
    keys = assessment.dossiers.values_list("pk", flat=True)
    dossiers = [f"{Dossier._meta.label_lower}:{pk}" for pk in keys]
    rows = (
        AuditEvent.objects.filter(
            Q(target=f"{Assessment._meta.label_lower}:{assessment.pk}", verb__in=OF_ASSESSMENT)
            | Q(
                target=f"{DeviceVersion._meta.label_lower}:{assessment.version_id}",
                verb__in=OF_VERSION,
            )
            | Q(target__in=list(phases), verb__in=OF_PHASE)
            | Q(target__in=dossiers, verb__in=OF_DOSSIER),
            organisation_id=assessment.organisation_id,
        )
        .select_related("actor")
        .order_by("sequence")
    )
    return tuple(
        past.Event(
            sequence=row.sequence,
            happened_at=row.happened_at,
            verb=row.verb,
            by=str(row.actor) if row.actor else "",
            about=phases.get(row.target) or str(row.data.get("number", "")),
            reason=str(row.data.get("reason") or row.data.get("comment") or ""),
        )
        for row in rows
    )
