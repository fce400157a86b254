"""Submitting, returning, accepting and signing a phase."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rfc8785
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.completeness import Lack, lack_of
from assessments.enums import AnswerState, ReviewState
from assessments.models import Answer, Approval, Authorship, EvidenceLink, PhaseReview, Remark
from assessments.services.changes import catch_up, lock_with_sources
from assessments.services.counters import recount
from assessments.services.open_remarks import open_remarks, reason_for
from assessments.services.repeating import behind
from assessments.workflow import RULES, Transition, steps_from


class TransitionRefused(PortalError):
    """The step is not possible now; the message is for the person asking."""


class WrongPassword(TransitionRefused):
    """Whoever signs did not give their own password."""


def steps(review: PhaseReview) -> frozenset[Transition]:
    """Return the steps that the state of ``review`` allows."""
    return steps_from(ReviewState(review.state))


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that still prevents the submission of a phase, as a sentence."""

    answer: Answer
    sentence: str


def missing(review: PhaseReview) -> list[Missing]:
    """List what prevents the submission of a phase; empty when it can be submitted."""
    return lacking(_answers(review).filter(is_applicable=True, state=AnswerState.OPEN))


def lacking(answers: Iterable[Answer]) -> list[Missing]:
    """List what open answers that apply lack before they can be submitted."""
    sentences = {
        Lack.VERDICT: _("%(code)s has no verdict."),
        Lack.JUSTIFICATION: _("%(code)s is “%(verdict)s” and needs a justification."),
        Lack.EVIDENCE: _(
            "%(code)s is “%(verdict)s” and needs evidence, or a reason why there is none."
        ),
        Lack.CONFIRMATION: _("%(code)s was carried over and is not confirmed yet."),
    }
    found = []
    for answer in answers:
        lack = lack_of(
            answer.verdict,
            justification=answer.justification,
            evidence_count=answer.evidence_count,
            to_confirm=answer.to_confirm,
        )
        if lack:
            words = {"code": answer.code, "verdict": answer.get_verdict_display()}
            found.append(Missing(answer, sentences[lack] % words))
    return found


@transaction.atomic
def submit(pk: UUID, *, actor: User) -> PhaseReview:
    """Hand a phase to the reviewers.

    Raises:
        TransitionRefused: it is not open, or something is missing.
    """
    review = _locked(pk, Transition.SUBMIT)
    if still := missing(review):
        raise TransitionRefused(" ".join(item.sentence for item in still))
    if not review.applicable:
        raise TransitionRefused(_("No recommendation of this phase applies."))
    review.submitted_by, review.submitted_at = actor, timezone.now()
    review.comment, review.commented_by = "", None
    _answers(review).filter(is_applicable=True, state=AnswerState.OPEN).update(
        state=AnswerState.READY, reopened_reason=""
    )
    return _step(review, Transition.SUBMIT, actor=actor)


@transaction.atomic
def withdraw(pk: UUID, *, actor: User) -> PhaseReview:
    """Take a submission back, to change answers."""
    review = _locked(pk, Transition.WITHDRAW)
    _open(review)
    return _step(review, Transition.WITHDRAW, actor=actor, **_caught_up(review, actor=actor))


@transaction.atomic
def return_phase(pk: UUID, *, comment: str, actor: User) -> PhaseReview:
    """Give a phase back to its authors, saying what must be corrected."""
    review = _locked(pk, Transition.RETURN)
    if not comment.strip():
        raise TransitionRefused(_("Say what must be corrected."))
    _open(review)
    review.comment, review.commented_by = comment, actor
    heirs = _caught_up(review, actor=actor)
    return _step(review, Transition.RETURN, actor=actor, comment=comment, **heirs)


@transaction.atomic
def accept_answer(pk: UUID, *, actor: User) -> Answer:
    """Accept one answer of a phase under review.

    Raises:
        TransitionRefused: it is not under review, or the actor had a hand in it.
    """
    [answer] = lock_with_sources(Answer.objects.filter(pk=pk))
    if answer.state != AnswerState.READY:
        raise TransitionRefused(_("%(code)s is not under review.") % {"code": answer.code})
    _refuse_authors([answer], actor)
    _refuse_behind([answer])
    answer.state = AnswerState.ACCEPTED
    answer.accepted_by, answer.accepted_at = actor, timezone.now()
    answer.save()
    recount(PhaseReview.objects.filter(assessment_id=answer.assessment_id, phase=answer.phase))
    record("answer.accept", answer, actor=actor, organisation_id=answer.organisation_id)
    return answer


@transaction.atomic
def accept_phase(pk: UUID, *, actor: User) -> PhaseReview:
    """Accept a phase, with all its answers that are still under review.

    Raises:
        TransitionRefused: it is not submitted, or the actor had a hand in an answer
            that nobody else has accepted.
    """
    review = _locked(pk, Transition.ACCEPT)
    ready = list(_answers(review).filter(state=AnswerState.READY))
    _refuse_authors(ready, actor)
    _refuse_behind(list(_answers(review)))
    now = timezone.now()
    _answers(review).filter(state=AnswerState.READY).update(
        state=AnswerState.ACCEPTED, accepted_by=actor, accepted_at=now
    )
    review.accepted_by, review.accepted_at = actor, now
    return _step(review, Transition.ACCEPT, actor=actor, answers=[answer.code for answer in ready])


@dataclass(frozen=True, slots=True)
class Content:
    """What a signature on a phase is bound to: canonical JSON and its SHA-256."""

    text: str
    sha256: str
    open_remarks: tuple[Remark, ...]


def content_of(review: PhaseReview, *, open_remarks_reason: str = "") -> Content:
    """Return what a person who signs the phase signs, as it stands now.

    ``open_remarks_reason`` is why it is signed although the non-conformities in it are open.
    """
    assessment = review.assessment
    links = Prefetch("evidence_links", EvidenceLink.objects.select_related("evidence"))
    answers = _answers(review).select_related("accepted_by").prefetch_related(links)
    remarks = open_remarks(review)
    data: dict[str, Any] = {
        "assessment": str(assessment.pk),
        "device": [assessment.device.reference, assessment.device.name],
        "version": assessment.version.label,
        "catalogue": str(assessment.catalogue),
        "catalogue_sha256": assessment.catalogue.content_sha256,
        "phase": review.phase,
        "answers": [_answer_content(answer) for answer in answers],
        "open_remarks": [
            {"code": remark.code, "kind": remark.kind, "text": remark.text} for remark in remarks
        ],
        "open_remarks_reason": open_remarks_reason,
    }
    text = rfc8785.dumps(data)
    return Content(text.decode(), hashlib.sha256(text).hexdigest(), tuple(remarks))


def _answer_content(answer: Answer) -> dict[str, Any]:
    return {
        "code": answer.code,
        "applies": answer.is_applicable,
        "missing_facts": answer.missing_facts,
        "inclusion_reason": answer.inclusion_reason,
        "verdict": answer.verdict,
        "justification": answer.justification,
        "evidence": sorted(
            [link.evidence.number, link.evidence.sha256, link.evidence.reference, link.evidence.url]
            for link in answer.evidence_links.all()
        ),
        "accepted_by": str(answer.accepted_by_id) if answer.accepted_by_id else None,
    }


@transaction.atomic
def sign(
    pk: UUID,
    *,
    actor: User,
    password: str,
    role: str,
    meaning: str,
    sha256: str,
    open_remarks_reason: str = "",
) -> Approval:
    """Sign an accepted phase: re-authenticated, with a meaning, bound to what was read.

    A reason why it is signed although non-conformities are open is signed with it.

    Raises:
        WrongPassword: ``password`` is not the actor's.
        TransitionRefused: the phase is not accepted, it changed since ``sha256`` was
            read, or the actor only wrote.
        OpenRemarks: a non-conformity is open, and ``open_remarks_reason`` is empty.
    """
    if not actor.check_password(password):
        raise WrongPassword(_("This is not your password. Nothing was signed."))
    review = _locked(pk, Transition.SIGN)
    content = content_of(review)
    if content.sha256 != sha256:
        raise TransitionRefused(_("The phase changed while you were reading. Read it again."))
    reason = reason_for(content.open_remarks, open_remarks_reason)
    if reason:
        content = content_of(review, open_remarks_reason=reason)
    if _only_wrote(review, actor):
        raise TransitionRefused(
            _("You wrote answers of this phase and reviewed none: somebody else signs it.")
        )
    approval = Approval.objects.create(
        organisation_id=review.organisation_id,
        phase_review=review,
        signed_by=actor,
        signed_at=timezone.now(),
        signer_name=str(actor),
        signer_role=role,
        meaning=meaning,
        open_remarks_reason=reason,
        content=content.text,
        content_sha256=content.sha256,
    )
    _step(
        review,
        Transition.SIGN,
        actor=actor,
        approval=str(approval.pk),
        sha256=content.sha256,
        meaning=meaning,
        role=role,
        reason=reason,
    )
    return approval


def _only_wrote(review: PhaseReview, actor: User) -> bool:
    answers = _answers(review)
    wrote = Authorship.objects.filter(answer__in=answers.values("pk"), user=actor).exists()
    return wrote and not answers.filter(accepted_by=actor).exists()


def _refuse_authors(answers: list[Answer], actor: User) -> None:
    own = set(
        Authorship.objects.filter(
            answer__in=[answer.pk for answer in answers], user=actor
        ).values_list("answer_id", flat=True)
    )
    if own:
        raise TransitionRefused(
            _("You wrote %(codes)s: somebody else accepts what you wrote.")
            % {"codes": ", ".join(answer.code for answer in answers if answer.pk in own)}
        )


def _refuse_behind(answers: list[Answer]) -> None:
    if late := behind(answers):
        raise TransitionRefused(
            _(
                "The platform changed its answer to %(codes)s since this phase was submitted. "
                "Return the phase: it then says what the platform says."
            )
            % {"codes": ", ".join(answer.code for answer in late)}
        )


def _caught_up(review: PhaseReview, *, actor: User) -> dict[str, Any]:
    """Let answers of a phase that opens again say what their platform says meanwhile.

    Returns what the event says of it.
    """
    inherited = _answers(review).filter(inherited_from__isnull=False, override_reason="")
    heirs = list(inherited.select_related("inherited_from", "assessment__version__device"))
    if not heirs:
        return {}
    review.state = ReviewState.OPEN
    review.save()
    moved = catch_up([(heir.inherited_from, heir) for heir in heirs], actor=actor)
    return {"heirs": moved} if moved else {}


def _answers(review: PhaseReview) -> Any:
    return Answer.objects.filter(
        organisation_id=review.organisation_id,
        assessment_id=review.assessment_id,
        phase=review.phase,
    ).order_by("position")


def _locked(pk: UUID, transition: Transition) -> PhaseReview:
    """Return the review, its answers locked before it: the order every change keeps."""
    review = PhaseReview.objects.get(pk=pk)
    lock_with_sources(_answers(review))
    review = (
        PhaseReview.objects.select_for_update(of=("self",))
        .select_related("assessment__device", "assessment__version", "assessment__catalogue")
        .get(pk=pk)
    )
    if review.state not in RULES[transition].sources:
        raise TransitionRefused(
            _("This phase is %(state)s.") % {"state": review.get_state_display()}
        )
    return review


def _open(review: PhaseReview) -> None:
    review.submitted_by = review.submitted_at = None
    _answers(review).filter(state=AnswerState.READY).update(state=AnswerState.OPEN)


def _step(
    review: PhaseReview, transition: Transition, *, actor: User, **details: Any
) -> PhaseReview:
    review.state = RULES[transition].target
    review.save()
    recount(PhaseReview.objects.filter(pk=review.pk))
    record(
        f"phase.{transition.value}",
        review,
        actor=actor,
        organisation_id=review.organisation_id,
        assessment=str(review.assessment_id),
        phase=review.phase,
        **details,
    )
    return review
