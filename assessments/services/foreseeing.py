"""What a dossier would say, before anybody asks for it: its scope, its pages, a preview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models.functions import Length

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import JournalHead
from assessments.dossier.builder import build
from assessments.dossier.scope import Scope
from assessments.dossier.snapshot import Seal, Snapshot
from assessments.dossier.told import Told
from assessments.enums import ReviewState, Stakeholder
from assessments.extent import Extent
from assessments.models import Assessment, Dossier, PhaseReview, Requirement
from assessments.services.wishing import columns, frameworks_of
from devices.enums import LifecyclePhase

SUMMARY_PAGES: Final = 4
# Measured on the sample: cover, contents, method, glossary and the like; what an entry takes with
# its lines in the registers; how many characters of justification fill a page; and what a
# requirement of a neighbouring framework takes.
_FIXED_PAGES: Final = 9.0
_PAGES_AN_ENTRY: Final = 0.44
_CHARACTERS_A_PAGE: Final = 4500
_PAGES_A_REQUIREMENT: Final = 0.045


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a dossier of this extent would tell; ``pages`` is an estimate."""

    told: Told
    pages: int
    unsigned: Sequence[PhaseReview]


def foresee(
    assessment: Assessment, extent: Extent, frameworks: Collection[str] | None = None
) -> Foreseen:
    """Return what a dossier would tell of the assessment as it stands now.

    ``frameworks`` are those whose coverage it holds; None stands for the usual ones.
    """
    keys = frameworks_of(extent, frameworks)
    requirements = Requirement.objects.filter(
        framework__key__in=keys, framework__is_in_force=True
    ).count()
    every = list(
        assessment.answers.annotate(length=Length("justification")).values_list(
            "phase", "length", "recommendation__stakeholders"
        )
    )
    lengths = [
        length
        for phase, length, shares in every
        if extent.tells_of(phase) and (not extent.stakeholder or extent.stakeholder in shares)
    ]
    phases = [phase for phase in LifecyclePhase if extent.tells_of(phase)]
    left_out = [phase for phase in LifecyclePhase if not extent.tells_of(phase)]
    scope = Scope(
        phases=tuple(phases),
        phases_left_out=tuple(left_out),
        stakeholder=extent.stakeholder,
        recommendations=len(lengths),
        recommendations_left_out=len(every) - len(lengths),
        is_summary=extent.is_summary,
        with_history=extent.with_history,
        with_remarks=extent.with_remarks,
    )
    reviews = assessment.phase_reviews.exclude(state=ReviewState.SIGNED).order_by("position")
    return Foreseen(
        told=Told(
            scope,
            phases=[str(phase.label) for phase in phases],
            phases_left_out=[str(phase.label) for phase in left_out],
            stakeholder=str(Stakeholder(extent.stakeholder).label) if extent.stakeholder else "",
        ),
        pages=SUMMARY_PAGES if extent.is_summary else _pages(lengths, requirements),
        unsigned=[review for review in reviews if extent.tells_of(review.phase)],
    )


def _pages(lengths: Sequence[int], requirements: int) -> int:
    return round(
        _FIXED_PAGES
        + _PAGES_AN_ENTRY * len(lengths)
        + sum(lengths) / _CHARACTERS_A_PAGE
        + _PAGES_A_REQUIREMENT * requirements
    )


@transaction.atomic
def preview(
    assessment: Assessment,
    *,
    language: str,
    extent: Extent,
    actor: User,
    instant: dt.datetime,
    frameworks: Collection[str] | None = None,
) -> Snapshot:
    """Return what a dossier would say now. It has no number, and nobody seals it."""
    dossier = Dossier(
        organisation_id=assessment.organisation_id,
        assessment=assessment,
        language=language,
        requested_by=actor,
        frameworks=frameworks_of(extent, frameworks),
        **columns(extent),
    )
    head = JournalHead.objects.get(organisation_id=assessment.organisation_id)
    nobody = Seal(subject="", certificate_sha256="", is_test=False, level="")
    return build(dossier, head=head, seal=nobody, instant=instant)
