"""The counters of a phase, recounted in the transaction that changes an answer."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.enums import AnswerState, ReviewState, Verdict
from assessments.models import Answer, PhaseReview


def counted(*, organisation_id: UUID, assessment_id: UUID, phase: str) -> dict[str, int]:
    """Return the counters of a phase from its answers."""
    groups = (
        Answer.objects.filter(
            organisation_id=organisation_id, assessment_id=assessment_id, phase=phase
        )
        .order_by()
        .values_list("is_applicable", "verdict", "state", "to_confirm")
        .annotate(n=Count("pk"))
    )
    counts = dict.fromkeys(["applicable", "excluded", "accepted", "to_confirm", *Verdict.values], 0)
    for is_applicable, verdict, state, to_confirm, n in groups:
        counts["applicable" if is_applicable else "excluded"] += n
        if is_applicable:
            counts[verdict] += n
            counts["to_confirm"] += n if to_confirm else 0
        if state == AnswerState.ACCEPTED:
            counts["accepted"] += n
    return counts


def recount(reviews: QuerySet[PhaseReview]) -> None:
    """Set the counters of ``reviews`` from their answers."""
    for review in reviews.only("organisation_id", "assessment_id", "phase"):
        counts = counted(
            organisation_id=review.organisation_id,
            assessment_id=review.assessment_id,
            phase=review.phase,
        )
        PhaseReview.objects.filter(pk=review.pk).update(**counts)


class PhaseIsSubmitted(PortalError):
    """Nobody changes an answer while a reviewer reads it."""


def recount_unless_submitted(*, organisation_id: UUID, assessment_id: UUID, phase: str) -> None:
    """Recount one phase, an answer of which just changed.

    The update refuses a phase under review, and locks its row: a submission at the same
    instant, which locks the answers first, either sees the change or makes this one fail.

    Raises:
        PhaseIsSubmitted: the phase is under review.
    """
    reviews = PhaseReview.objects.filter(
        organisation_id=organisation_id, assessment_id=assessment_id, phase=phase
    )
    counts = counted(organisation_id=organisation_id, assessment_id=assessment_id, phase=phase)
    if not reviews.exclude(state=ReviewState.SUBMITTED).update(**counts):
        raise PhaseIsSubmitted(
            _("This phase is submitted. Take the submission back to change its answers.")
        )
