"""Submitting several phases: what can be, and doing it.

Each phase is submitted as if alone, in a transaction and with an event of its own
(``phase.submit``): the review of a phase is the unit that people return, accept and sign, and
the answers of one phase are locked before its review, never after that of another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.enums import AnswerState, ReviewState
from assessments.models import Answer, PhaseReview
from assessments.services.counters import Phase
from assessments.services.review import lacking, submit


@dataclass(frozen=True, slots=True)
class Submission:
    """A phase, and what prevents its submission as sentences; empty when nothing does."""

    review: PhaseReview
    obstacles: list[str]


def submissions(answers: Iterable[Answer]) -> list[Submission]:
    """Say of each phase that one of ``answers`` is in whether it can be submitted."""
    phases = {(answer.assessment_id, answer.phase) for answer in answers}
    in_phases = {
        "assessment_id__in": {assessment_id for assessment_id, _phase in phases},
        "phase__in": {phase for _assessment_id, phase in phases},
    }
    still_open: dict[Phase, list[Answer]] = defaultdict(list)
    for answer in Answer.objects.filter(
        **in_phases, is_applicable=True, state=AnswerState.OPEN
    ).order_by("position"):
        still_open[answer.assessment_id, answer.phase].append(answer)
    reviews = (
        PhaseReview.objects.filter(**in_phases)
        .select_related("assessment__device", "assessment__version", "organisation")
        .order_by("assessment__device__name", "assessment_id", "position")
    )
    return [
        Submission(review, _obstacles(review, still_open[review.assessment_id, review.phase]))
        for review in reviews
        if (review.assessment_id, review.phase) in phases
    ]


def _obstacles(review: PhaseReview, answers: Iterable[Answer]) -> list[str]:
    if review.state != ReviewState.OPEN:
        return [_("This phase is %(state)s.") % {"state": review.get_state_display()}]
    if not review.applicable:
        return [_("No recommendation of this phase applies.")]
    return [missing.sentence for missing in lacking(answers)]


def submit_each(pks: Collection[UUID], *, actor: User) -> list[Submission]:
    """Submit the phases of these reviews; return each with what prevented it, if anything."""
    reviews = PhaseReview.objects.filter(pk__in=pks).select_related(
        "assessment__device", "assessment__version", "organisation"
    )
    done = []
    for review in reviews.order_by("assessment_id", "position"):
        try:
            submit(review.pk, actor=actor)
        except PortalError as refusal:
            done.append(Submission(review, [str(refusal)]))
        else:
            done.append(Submission(review, []))
    return done
