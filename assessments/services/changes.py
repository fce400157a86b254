"""What every change of an answer has in common: who may, what it reopens, who wrote."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.markdown import to_html
from assessments.enums import AnswerState, ReviewState
from assessments.models import Answer, Approval, Authorship
from assessments.services.counters import (
    Phase,
    PhaseIsSubmitted,
    locked_reviews,
    recount_unless_submitted,
)

CONTENT: Final = frozenset({"verdict", "justification", "to_confirm"})


class ReasonNeeded(PortalError):
    """An accepted answer is reopened by a change; whoever changes it says why."""


def lock(pk: UUID) -> Answer:
    """Return the answer, locked for a change of what it says.

    Raises:
        PortalError: it does not apply to the version, or it is under review.
    """
    answer = Answer.objects.select_for_update(of=("self",)).get(pk=pk)
    refuse_unless_open_to_change(answer)
    return answer


def refuse_unless_open_to_change(answer: Answer) -> None:
    """Refuse to change what does not apply, or is under review."""
    if not answer.is_applicable:
        raise PortalError(
            _("%(code)s does not apply to this version. Include it first, with a reason.")
            % {"code": answer.code}
        )
    if answer.state == AnswerState.READY:
        raise PhaseIsSubmitted(
            _("This phase is submitted. Take the submission back to change its answers.")
        )


def lock_all(answers: models.QuerySet[Answer]) -> list[Answer]:
    """Return ``answers`` in the order of their phases, locked for a change.

    Locks are taken in the order of the keys, so that two changes never wait for each other.
    """
    locked = answers.select_for_update(of=("self",)).order_by("pk")
    return sorted(locked, key=lambda answer: (answer.assessment_id, answer.position))


def differing(answer: Answer, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of ``wanted`` is not what ``answer`` says already."""
    return {name: value for name, value in wanted.items() if getattr(answer, name) != value}


def rewrite(
    answer: Answer, changes: Mapping[str, Any], *, actor: User, at: dt.datetime | None = None
) -> dict[str, list[Any]]:
    """Put ``changes`` into ``answer`` and return what each field was and is.

    Sets fields. The caller has opened again what was accepted, if :func:`is_rewritten`, and saves.
    """
    before = {name: getattr(answer, name) for name in changes}
    if is_rewritten(changes):
        answer.to_confirm = False  # who writes it stands behind it
        answer.answered_by, answer.answered_at = actor, at or timezone.now()
    for name, value in changes.items():
        setattr(answer, name, value)
    if "justification" in changes:
        answer.justification_html = to_html(answer.justification)
    return {name: [before[name], changes[name]] for name in changes}


def is_rewritten(changes: Iterable[str]) -> bool:
    """Tell whether what the answer says changes, not only whose it is and when it is due."""
    return not CONTENT.isdisjoint(changes)


def take_back(answer: Answer, *, reason: str) -> bool:
    """Take back the acceptance of ``answer``, if it was accepted; say whether it was.

    Sets fields of ``answer``; the caller saves it and reopens its phase.

    Raises:
        ReasonNeeded: ``reason`` is empty.
    """
    if answer.state != AnswerState.ACCEPTED:
        return False
    if not reason.strip():
        raise ReasonNeeded(
            _("This answer was accepted. Say why it changes: it goes back to review.")
        )
    answer.state = AnswerState.OPEN
    answer.accepted_by = answer.accepted_at = None
    answer.reopened_reason = reason
    return True


def reopen(answer: Answer, *, actor: User | None, reason: str) -> None:
    """Open an accepted answer again, and its phase with it; signatures become void.

    Sets fields of ``answer``; the caller saves it.

    Raises:
        ReasonNeeded: ``reason`` is empty.
    """
    if take_back(answer, reason=reason):
        reopen_phases([answer], actor=actor, reason=reason)


def reopen_phases(answers: Sequence[Answer], *, actor: User | None, reason: str) -> None:
    """Open the phases of ``answers``, of one organisation, again; signatures become void."""
    codes: dict[Phase, list[str]] = defaultdict(list)
    for answer in answers:
        codes[answer.assessment_id, answer.phase].append(answer.code)
    for review in locked_reviews(answers[0].organisation_id, codes.keys()) if answers else ():
        if review.state not in {ReviewState.ACCEPTED, ReviewState.SIGNED}:
            continue
        changed = ", ".join(codes[review.assessment_id, review.phase])
        why = _("%(code)s changed: %(reason)s") % {"code": changed, "reason": reason}
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
    _follow([answer], author=author)


def store_all(answers: Sequence[Answer], *, fields: Set[str], author: User | None) -> None:
    """Save ``fields`` of many changed answers, of one organisation, as :func:`store` does each.

    What is the same in all of them is one statement, and the first: it holds the stamps that
    constraints ask for beside a text. The rest is written in few, and each phase is recounted
    once.
    """
    if not answers:
        return
    first = answers[0]
    same = {
        name: getattr(first, name)
        for name in sorted(fields)
        if all(getattr(answer, name) == getattr(first, name) for answer in answers)
    }
    Answer.objects.filter(pk__in=[answer.pk for answer in answers]).update(
        revision=F("revision") + 1, **same
    )
    if different := sorted(fields - same.keys()):
        Answer.objects.bulk_update(answers, different)
    for answer in answers:
        answer.revision += 1
    _follow(answers, author=author)


def _follow(answers: Sequence[Answer], *, author: User | None) -> None:
    """Keep true what follows from changed answers: counters of their phases, authorship."""
    organisation_id = answers[0].organisation_id
    recount_unless_submitted(
        organisation_id, {(answer.assessment_id, answer.phase) for answer in answers}
    )
    if author is not None:
        Authorship.objects.bulk_create(
            [
                Authorship(organisation_id=organisation_id, answer=answer, user=author)
                for answer in answers
            ],
            ignore_conflicts=True,
        )
