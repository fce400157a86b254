"""What every change of an answer has in common: who may, what it reopens, who wrote."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.markdown import to_html
from assessments.enums import AnswerState, ReviewState
from assessments.models import Answer, Approval, Authorship, PhaseReview
from assessments.services.counters import (
    Phase,
    PhaseIsSubmitted,
    locked_reviews,
    recount,
    recount_unless_submitted,
)
from assessments.services.repeating import (
    INHERITED,
    cite_alike,
    cited_by,
    difference,
    repeat,
    told_of,
)
from assessments.services.search import index

CONTENT: Final = frozenset({"verdict", "justification", "to_confirm"})
SEARCHED: Final = frozenset({"justification", "evidence_count"})


class ReasonNeeded(PortalError):
    """A change needs a reason, in the ``field`` of a form: what was accepted is reopened by it."""

    field = "reason"


class OverrideNeeded(ReasonNeeded):
    """The answer repeats that of its platform; whoever changes it says why it differs."""

    field = "override_reason"

    def __init__(self) -> None:
        super().__init__(
            _("It repeats the answer of its platform. Say why this version differs to change it.")
        )


def lock(pk: UUID) -> Answer:
    """Return the answer, locked for a change of what it says; its heirs are locked with it.

    Raises:
        PortalError: it does not apply to the version, or it is under review.
    """
    both = Answer.objects.filter(Q(pk=pk) | Q(inherited_from=pk)).select_related("device")
    locked = {each.pk: each for each in both.select_for_update(of=("self",)).order_by("pk")}
    if pk not in locked:
        raise Answer.DoesNotExist
    refuse_unless_open_to_change(locked[pk])
    return locked[pk]


def refuse_unless_own(answer: Answer) -> None:
    """Refuse to change what an answer rests on while it repeats that of its platform."""
    if answer.is_inherited:
        raise OverrideNeeded


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
    """Return ``answers`` by phase, locked for a change, with their heirs and their sources.

    Locks are taken in the order of the keys, so that two changes never wait for each other.
    """
    rows = list(answers.order_by().values_list("pk", "heirs", "inherited_from"))
    if any(heir or source for _answer, heir, source in rows):
        both = Answer.objects.filter(pk__in={pk for row in rows for pk in row if pk})
        list(both.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    locked = answers.select_for_update(of=("self",)).order_by("pk")
    return sorted(locked, key=lambda answer: (answer.assessment_id, answer.position))


def lock_with_sources(answers: models.QuerySet[Answer]) -> list[Answer]:
    """Return ``answers``, locked for a step of their review; what they inherit from is, too."""
    rows = answers.order_by().values_list("pk", "inherited_from_id")
    own = dict(rows)
    sources = {source_id for source_id in own.values() if source_id}
    both = Answer.objects.filter(pk__in={*own, *sources}).order_by("pk")
    return [answer for answer in both.select_for_update(of=("self",)) if answer.pk in own]


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


def store(answer: Answer, *, author: User | None) -> dict[str, Any]:
    """Save a changed answer under its next revision and recount its phase.

    Returns what its event says of the answers that inherit from it: nothing, or ``heirs``.
    """
    answer.revision += 1
    answer.save()
    index([answer])
    return _follow([answer], author=author)


def store_all(
    answers: Sequence[Answer], *, fields: Set[str], author: User | None
) -> dict[str, Any]:
    """Save ``fields`` of many changed answers, of one organisation, as :func:`store` does each.

    What is the same in all of them is one statement, and the first: it holds the stamps that
    constraints ask for beside a text. The rest is written in few, and each phase is recounted
    once.
    """
    if not answers:
        return {}
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
    if not SEARCHED.isdisjoint(fields):
        index(answers)
    return _follow(answers, author=author)


def _follow(answers: Sequence[Answer], *, author: User | None) -> dict[str, Any]:
    """Keep true what follows from changed answers: counters, authorship, what inherits."""
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
    sources = {answer.pk: answer for answer in answers if _may_have_heirs(answer)}
    if not sources:
        return {}
    heirs = (
        Answer.objects.repeating(sources, organisation_id=organisation_id)
        .filter(override_reason="")
        .select_related("assessment__version__device")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    pairs = [(sources[heir.inherited_from_id], heir) for heir in heirs if heir.inherited_from_id]
    moved = catch_up(pairs, actor=author)
    return {"heirs": moved} if moved else {}


def _may_have_heirs(answer: Answer) -> bool:
    """Tell from what is loaded: only the answers of a platform have heirs."""
    device = answer._state.fields_cache.get("device")
    return device is None or device.is_platform


def catch_up(pairs: Sequence[tuple[Answer, Answer]], *, actor: User | None) -> list[dict[str, Any]]:
    """Let each second answer say what the first, its source, says; return what changed in each.

    What was accepted is reopened. What is under review stays behind until it comes back, and
    is not accepted meanwhile. What does not apply to its version waits until it does. What the
    source has not confirmed is not inherited yet; when it ceases to apply, its heirs stand alone.
    """
    pairs = [pair for pair in pairs if pair[1].is_applicable and not pair[0].to_confirm]
    if not pairs:
        return []
    phases = {(heir.assessment_id, heir.phase) for _source, heir in pairs}
    locked = locked_reviews(pairs[0][1].organisation_id, phases)
    reviews = {(review.assessment_id, review.phase): review for review in locked}
    cited = cited_by([answer for pair in pairs for answer in pair])
    moved, reopened, told = [], [], []
    reason = _("The answer of the platform changed.")
    for source, heir in pairs:
        fields = difference(source, heir, cited)
        review = reviews[heir.assessment_id, heir.phase]
        if not fields or review.state == ReviewState.SUBMITTED:
            continue
        if take_back(heir, reason=reason):
            reopened.append(heir)
        if source.is_applicable:
            repeat(source, heir)
        else:
            heir.inherited_from = None
        heir.revision += 1
        moved.append((source, heir))
        told.append(told_of(heir, fields))
    if moved:
        reopen_phases(reopened, actor=actor, reason=reason)
        Answer.objects.bulk_update([heir for _source, heir in moved], INHERITED)
        cite_alike([pair for pair in moved if pair[0].is_applicable], cited)
        index([heir for _source, heir in moved])
        touched = {reviews[heir.assessment_id, heir.phase].pk for _source, heir in moved}
        recount(PhaseReview.objects.filter(pk__in=touched))
    return told
