"""The counters of a phase, recounted in the transaction that changes an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.enums import AnswerState, ReviewState, Verdict
from assessments.models import Answer, PhaseReview

# A phase of an assessment: the key of the assessment, and the phase.
Phase: TypeAlias = tuple[UUID, str]

COUNTERS = ("applicable", "excluded", "accepted", "to_confirm", *Verdict.values)


def counted(organisation_id: UUID, phases: Set[Phase]) -> dict[Phase, dict[str, int]]:
    """Return the counters of ``phases`` from their answers, in one query."""
    groups = (
        Answer.objects.filter(
            organisation_id=organisation_id,
            assessment_id__in={assessment_id for assessment_id, _phase in phases},
            phase__in={phase for _assessment_id, phase in phases},
        )
        .order_by()
        .values_list("assessment_id", "phase", "is_applicable", "verdict", "state", "to_confirm")
        .annotate(n=Count("pk"))
    )
    counts: dict[Phase, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTERS, 0))
    for assessment_id, phase, is_applicable, verdict, state, to_confirm, n in groups:
        of_phase = counts[assessment_id, phase]
        of_phase["applicable" if is_applicable else "excluded"] += n
        if is_applicable:
            of_phase[verdict] += n
            of_phase["to_confirm"] += n if to_confirm else 0
        if state == AnswerState.ACCEPTED:
            of_phase["accepted"] += n
    return counts


def _set(reviews: Iterable[PhaseReview]) -> None:
    """Set the counters of ``reviews``, of one organisation, from their answers."""
    reviews = list(reviews)
    if len(reviews) == 1:  # what happens all day long: two plain statements are the quickest
        [review] = reviews
        phase = (review.assessment_id, review.phase)
        for name, count in counted(review.organisation_id, {phase})[phase].items():
            setattr(review, name, count)
        review.save(update_fields=COUNTERS)
    elif reviews:
        PhaseReview.objects.filter(pk__in=[review.pk for review in reviews]).update(
            applicable=_number(is_applicable=True),
            excluded=_number(is_applicable=False),
            accepted=_number(state=AnswerState.ACCEPTED),
            to_confirm=_number(is_applicable=True, to_confirm=True),
            **{
                verdict.value: _number(is_applicable=True, verdict=verdict.value)
                for verdict in Verdict
            },
        )


def _number(**which: Any) -> Coalesce:
    """Return how many answers of the phase of a review are so, for a statement over many."""
    answers = Answer.objects.filter(
        organisation_id=OuterRef("organisation_id"),
        assessment_id=OuterRef("assessment_id"),
        phase=OuterRef("phase"),
        **which,
    )
    number = answers.order_by().values("phase").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def recount(reviews: QuerySet[PhaseReview]) -> None:
    """Set the counters of ``reviews``, of one organisation, from their answers."""
    _set(reviews.only("organisation_id", "assessment_id", "phase"))


class PhaseIsSubmitted(PortalError):
    """Nobody changes an answer while a reviewer reads it."""


def locked_reviews(organisation_id: UUID, phases: Set[Phase]) -> list[PhaseReview]:
    """Return the reviews of ``phases``, locked; always in one order, so that none wait in a circle.

    Answers are locked before them.
    """
    among = PhaseReview.objects.filter(
        organisation_id=organisation_id,
        assessment_id__in={assessment_id for assessment_id, _phase in phases},
        phase__in={phase for _assessment_id, phase in phases},
    )
    if len(phases) > 1:  # the phases asked for, not each phase of each assessment
        rows = among.values_list("pk", "assessment_id", "phase")
        among = PhaseReview.objects.filter(
            pk__in=[pk for pk, assessment_id, phase in rows if (assessment_id, phase) in phases]
        )
    # Platforms before what is built on them: a change goes from the one to the other.
    base = F("assessment__version__platform").asc(nulls_first=True)
    ordered = among.order_by(base, "assessment_id", "position")
    return list(ordered.select_for_update(of=("self",)))


def recount_unless_submitted(organisation_id: UUID, phases: Set[Phase]) -> None:
    """Recount phases, answers of which just changed: each once, whatever the number of answers.

    Their rows are locked before anything is counted. A submission at the same instant, which
    locks the answers first, either sees the change or makes this one fail; and of two changes
    in one phase the second counts what the first has written.

    Raises:
        PhaseIsSubmitted: one of the phases is under review.
    """
    reviews = locked_reviews(organisation_id, phases)
    if any(review.state == ReviewState.SUBMITTED for review in reviews):
        raise PhaseIsSubmitted(
            _("This phase is submitted. Take the submission back to change its answers.")
        )
    _set(reviews)
