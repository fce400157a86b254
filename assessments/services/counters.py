"""The counters of a phase, recounted in the transaction that changes an answer."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.enums import AnswerState, ReviewState, Verdict
from assessments.models import Answer, PhaseReview

_CONDITIONS: dict[str, Q] = {
    "applicable": Q(is_applicable=True),
    "excluded": Q(is_applicable=False),
    "accepted": Q(state=AnswerState.ACCEPTED),
    **{verdict.value: Q(is_applicable=True, verdict=verdict) for verdict in Verdict},
}


def _count(condition: Q) -> Coalesce:
    answers = (
        Answer.objects.filter(
            organisation_id=OuterRef("organisation_id"),
            assessment_id=OuterRef("assessment_id"),
            phase=OuterRef("phase"),
        )
        .filter(condition)
        .order_by()
        .values("assessment_id")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(answers), 0, output_field=IntegerField())


def recount(reviews: QuerySet[PhaseReview]) -> int:
    """Set the counters of ``reviews`` from their answers, in one statement; return how many."""
    return reviews.update(**{name: _count(condition) for name, condition in _CONDITIONS.items()})


class PhaseIsSubmitted(PortalError):
    """Nobody changes an answer while a reviewer reads it."""


def recount_unless_submitted(*, organisation_id: UUID, assessment_id: UUID, phase: str) -> None:
    """Recount one phase, whose answer just changed.

    The statement also locks the row of the phase: a submission at the same instant
    either sees the change or makes this one fail.

    Raises:
        PhaseIsSubmitted: the phase is under review.
    """
    reviews = PhaseReview.objects.filter(
        organisation_id=organisation_id, assessment_id=assessment_id, phase=phase
    )
    if not recount(reviews.exclude(state=ReviewState.SUBMITTED)):
        raise PhaseIsSubmitted(
            _("This phase is submitted. Take the submission back to change its answers.")
        )
