"""Undoing the move of an assessment: every row is again what it was.

Only the revisions of answers go on counting, so that nobody who read an answer meanwhile saves
over what was put back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.models import (
    Action,
    Answer,
    AnswerDraft,
    AnswerPresence,
    Approval,
    Assessment,
    Authorship,
    EditionMove,
    EvidenceLink,
    PhaseReview,
    Remark,
    SearchEntry,
)
from assessments.services.changes import lock_all
from assessments.services.counters import locked_reviews, recount
from assessments.services.moving_change import OF_REVIEW, PLACE
from assessments.services.search import index
from devices.enums import LifecyclePhase


def may_undo(move: EditionMove, *, actor: User, manages: bool) -> bool:
    """Tell whether ``actor`` may undo: whoever moved, or a manager; once."""
    return move.undone_at is None and (manages or move.made_by_id == actor.pk)


@transaction.atomic
def move_back(pk: UUID, *, actor: User, manages: bool = False) -> EditionMove:
    """Put everything back that a move changed.

    Raises:
        PortalError: it was undone, ``actor`` may not, or something new was answered since.
    """
    made = EditionMove.objects.get(pk=pk)
    answers = lock_all(Answer.with_former.filter(assessment=made.assessment_id))
    made = EditionMove.objects.select_for_update(of=("self",)).get(pk=pk)
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=made.assessment_id)
    phases = {(assessment.pk, phase) for phase in LifecyclePhase.values}
    reviews = locked_reviews(assessment.organisation_id, phases)
    if made.undone_at is not None:
        raise PortalError(_("This move was undone already."))
    if not may_undo(made, actor=actor, manages=manages):
        raise PortalError(_("Whoever moved the assessment undoes it, or a manager."))
    _refuse_unless_untouched(made, assessment, answers, reviews)
    was = made.before
    _take_away([UUID(pk) for pk in was["created"]])
    _put_back_answers(made, {str(answer.pk): answer for answer in answers})
    for name, model in (("remarks", Remark), ("actions", Action), ("drafts", AnswerDraft)):
        for row, answer_id in was[name].items():
            model._default_manager.filter(pk=row).update(answer=answer_id)
    for heir, fields in was["heirs"].items():
        Answer.with_former.filter(pk=heir, inherited_from=None).update(
            inherited_from=fields["inherited_from_id"][0],
            override_reason=fields["override_reason"][0],
        )
    made.undone_by, made.undone_at = actor, timezone.now()
    made.save(update_fields=["undone_by", "undone_at"])
    for review in reviews:
        if values := was["reviews"].get(str(review.pk)):
            _restore(review, values)
            review.save(update_fields=[name.removesuffix("_id") for name in OF_REVIEW])
    Approval.objects.filter(voided_by_move=made).update(
        voided_at=None, void_reason="", voided_by_move=None
    )
    assessment.catalogue_id = made.from_catalogue_id
    assessment.save(update_fields=["catalogue"])
    recount(PhaseReview.objects.filter(assessment=assessment))
    record(
        "assessment.move_back",
        assessment,
        actor=actor,
        organisation_id=assessment.organisation_id,
        move=str(made.pk),
        before=str(made.to_catalogue),
        after=str(made.from_catalogue),
        changes=_told(made, answers),
    )
    return made


def obstacle(made: EditionMove) -> str:
    """Say why ``made`` cannot be undone any more, or nothing."""
    answers = Answer.with_former.filter(assessment=made.assessment_id)
    try:
        _refuse_unless_untouched(
            made,
            made.assessment,
            answers.only("code", "revision", "left_by"),
            made.assessment.phase_reviews.only("state", "phase"),
        )
    except PortalError as refusal:
        return str(refusal)
    return ""


def _refuse_unless_untouched(
    made: EditionMove,
    assessment: Assessment,
    answers: Iterable[Answer],
    reviews: Iterable[PhaseReview],
) -> None:
    if assessment.catalogue_id != made.to_catalogue_id:
        raise PortalError(_("The assessment moved on since."))
    left_at: Mapping[str, int] = made.before["left_at"]
    changed = [
        answer.code
        for answer in answers
        if answer.left_by_id is None and left_at.get(str(answer.pk)) != answer.revision
    ]
    changed += [
        str(review.get_phase_display())
        for review in reviews
        if made.before["left_in"].get(str(review.pk)) != review.state
    ]
    if changed:
        raise PortalError(
            _("Something new was answered or reviewed since: %(what)s. The move stays.")
            % {"what": ", ".join(changed)}
        )
    new = [UUID(pk) for pk in made.before["created"]]
    written = [
        *Remark.objects.filter(answer__in=new).values_list("answer__code", flat=True),
        *Action.objects.filter(answer__in=new).values_list("answer__code", flat=True),
        *AnswerDraft.objects.filter(answer__in=new).values_list("answer__code", flat=True),
    ]
    if written:
        raise PortalError(
            _("There are remarks, actions or drafts on %(codes)s, which is new. The move stays.")
            % {"codes": ", ".join(sorted(set(written)))}
        )


def _take_away(created: list[UUID]) -> None:
    """Delete answers that the move made, with what hangs on them."""
    for model in (SearchEntry, AnswerPresence, EvidenceLink, Authorship):
        model._default_manager.filter(answer__in=created).delete()
    try:
        Answer.objects.filter(pk__in=created).delete()
    except ProtectedError as error:
        raise PortalError(
            _("Another version starts from the new answers. The move stays.")
        ) from error


def _put_back_answers(made: EditionMove, answers: Mapping[str, Answer]) -> None:
    was = made.before
    changed, names = [], {"revision"}
    for key, place in was["places"].items():
        answer = answers[key]
        values = dict(zip(PLACE, place, strict=True)) | was["answers"].get(key, {})
        _restore(answer, values)
        names |= set(values)
        if key in was["answers"]:
            answer.revision += 1
        changed.append(answer)
    Answer.with_former.bulk_update(changed, [name.removesuffix("_id") for name in sorted(names)])
    for key, cited in was["cited"].items():
        EvidenceLink.objects.filter(answer=key).exclude(evidence__in=cited).delete()
        Authorship.objects.filter(answer=key).exclude(pk__in=was["authors"]).delete()
    index(changed)


def _restore(row: models.Model, values: Mapping[str, Any]) -> None:
    """Set fields of ``row`` to what JSON has of them."""
    for name, value in values.items():
        column: Any = row._meta.get_field(name.removesuffix("_id"))
        to_python = column.target_field.to_python if column.is_relation else column.to_python
        setattr(row, name, to_python(value))


def _told(made: EditionMove, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Return what the event says of answers whose content is again what it was."""
    became: dict[str, Mapping[str, list[Any]]] = {
        one["answer"]: one["fields"] for one in made.before["told"]
    }
    return [
        {
            "answer": str(answer.pk),
            "code": answer.code,
            "revision": answer.revision,
            "fields": {name: [after, before] for name, (before, after) in fields.items()},
        }
        for answer in answers
        if (fields := became.get(str(answer.pk)))
    ]
