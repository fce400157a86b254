"""What every change of an answer has in common: who may, what it reopens, who wrote."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.enums import AnswerState, ReviewState
from assessments.models import Answer, Approval, Authorship, PhaseReview
from assessments.services.counters import PhaseIsSubmitted, recount_unless_submitted


class ReasonNeeded(PortalError):
    """An accepted answer is reopened by a change; whoever changes it says why."""


def lock(pk: UUID) -> Answer:
    """Return the answer, locked for a change of what it says.

    Raises:
        PortalError: it does not apply to the version, or it is under review.
    """
    answer = Answer.objects.select_for_update(of=("self",)).get(pk=pk)
    if not answer.is_applicable:
        raise PortalError(
            _("%(code)s does not apply to this version. Include it first, with a reason.")
            % {"code": answer.code}
        )
    if answer.state == AnswerState.READY:
        raise PhaseIsSubmitted(
            _("This phase is submitted. Take the submission back to change its answers.")
        )
    return answer


def lock_all(answers: models.QuerySet[Answer]) -> list[Answer]:
    """Return ``answers`` in the order of their phases, locked for a change.

    Locks are taken in the order of the keys, so that two changes never wait for each other.
    """
    locked = answers.select_for_update(of=("self",)).order_by("pk")
    return sorted(locked, key=lambda answer: (answer.assessment_id, answer.position))


def reopen(answer: Answer, *, actor: User | None, reason: str) -> None:
    """Open an accepted answer again, and its phase with it; signatures become void.

    Sets fields of ``answer``; the caller saves it.

    Raises:
        ReasonNeeded: ``reason`` is empty.
    """
    if answer.state != AnswerState.ACCEPTED:
        return
    if not reason.strip():
        raise ReasonNeeded(
            _("This answer was accepted. Say why it changes: it goes back to review.")
        )
    answer.state = AnswerState.OPEN
    answer.accepted_by = answer.accepted_at = None
    answer.reopened_reason = reason
    review = PhaseReview.objects.select_for_update(of=("self",)).get(
        organisation_id=answer.organisation_id,
        assessment_id=answer.assessment_id,
        phase=answer.phase,
    )
    if review.state in {ReviewState.ACCEPTED, ReviewState.SIGNED}:
        why = _("%(code)s changed: %(reason)s") % {"code": answer.code, "reason": reason}
        review.state = ReviewState.OPEN
        review.submitted_by = review.submitted_at = None
        review.accepted_by = review.accepted_at = None
        review.comment, review.commented_by = why, actor
        review.save()
        Approval.objects.filter(phase_review=review, voided_at=None).update(
            voided_at=timezone.now(), void_reason=why
        )


def store(answer: Answer, *, author: User | None) -> None:
    """Save a changed answer under its next revision and recount its phase."""
    answer.revision += 1
    answer.save()
    recount_unless_submitted(
        organisation_id=answer.organisation_id,
        assessment_id=answer.assessment_id,
        phase=answer.phase,
    )
    if author is not None:
        Authorship.objects.bulk_create(
            [Authorship(organisation_id=answer.organisation_id, answer=answer, user=author)],
            ignore_conflicts=True,
        )
