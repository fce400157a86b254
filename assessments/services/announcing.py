"""Who is told of what: rules from events of the journal to people.

Each rule reads one kind of event and names recipients. Connected to the journal when the
application starts, so that no service can forget to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from ansm_portal.accounts.models import Membership
from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from ansm_portal.tenancy import OrganisationOwned
from assessments.enums import NotificationKind
from assessments.models import (
    Answer,
    Assessment,
    Authorship,
    BulkChange,
    Dossier,
    PhaseReview,
    Remark,
)
from assessments.services.notification import notify

Told = Iterable[tuple[NotificationKind, Iterable[UUID | None], OrganisationOwned]]


def _with_role(row: OrganisationOwned, role: Role) -> Iterable[UUID]:
    return Membership.objects.filter(organisation_id=row.organisation_id, role=role).values_list(
        "user_id", flat=True
    )


def _answer_saved(event: AuditEvent, answer: Answer) -> Told:
    _before, owner = event.data.get("owner_id") or (None, None)
    if owner:
        yield NotificationKind.ASSIGNED, [UUID(owner)], answer


def _many_changed(event: AuditEvent, change: BulkChange) -> Told:
    changes = event.data.get("changes", [])
    owners = {one["fields"].get("owner_id", [None, None])[1] for one in changes}
    yield NotificationKind.ASSIGNED, [UUID(owner) for owner in owners if owner], change


def _concerned(remark: Remark) -> Iterable[UUID | None]:
    """Return whose answer or dossier it is about; of what an auditor raises managers hear, too."""
    if remark.answer is not None:
        yield remark.answer.owner_id
        yield from Authorship.objects.filter(answer=remark.answer).values_list("user_id", flat=True)
    if remark.dossier is not None:
        yield remark.dossier.requested_by_id
        yield from _with_role(remark, Role.MANAGER)
    if remark.raised_through is not None:
        yield remark.raised_through.created_by_id


def _remark_raised(event: AuditEvent, remark: Remark) -> Told:
    yield NotificationKind.REMARK, _concerned(remark), remark
    yield from _mentioned(event, remark)


def _remark_answered(event: AuditEvent, remark: Remark) -> Told:
    taking_part = remark.messages.values_list("author_id", flat=True)
    told = [remark.raised_by_id, *taking_part]
    if remark.dossier_id and event.actor_id == remark.raised_by_id:
        told += _concerned(remark)  # an auditor says more: nobody may have answered yet
    yield NotificationKind.REMARK, told, remark
    yield from _mentioned(event, remark)


def _mentioned(event: AuditEvent, remark: Remark) -> Told:
    yield NotificationKind.MENTIONED, map(UUID, event.data.get("mentions", [])), remark


def _submitter(review: PhaseReview) -> Iterable[UUID | None]:
    """Return who submitted the phase last; the row forgets it when the phase opens again."""
    return (
        AuditEvent.objects.filter(
            organisation_id=review.organisation_id,
            target=f"{review._meta.label_lower}:{review.pk}",
            verb="phase.submit",
        )
        .order_by("-sequence")
        .values_list("actor_id", flat=True)[:1]
    )


def _phase_submitted(event: AuditEvent, review: PhaseReview) -> Told:
    yield NotificationKind.SUBMITTED, _with_role(review, Role.REVIEWER), review


def _phase_returned(event: AuditEvent, review: PhaseReview) -> Told:
    yield NotificationKind.RETURNED, _submitter(review), review


def _phase_accepted(event: AuditEvent, review: PhaseReview) -> Told:
    yield NotificationKind.ACCEPTED, _submitter(review), review
    yield NotificationKind.SUBMITTED, _with_role(review, Role.APPROVER), review


def _phase_signed(event: AuditEvent, review: PhaseReview) -> Told:
    yield NotificationKind.ACCEPTED, [*_submitter(review), review.accepted_by_id], review


def _dossier_waits(event: AuditEvent, dossier: Dossier) -> Told:
    waiting = dossier.signatories.waiting().values_list("person_id", flat=True)
    yield NotificationKind.SUBMITTED, waiting, dossier


def _dossier_declined(event: AuditEvent, dossier: Dossier) -> Told:
    yield NotificationKind.RETURNED, [dossier.requested_by_id], dossier


def _evidence_moved(event: AuditEvent, evidence: OrganisationOwned) -> Told:
    """Tell who wrote the answers that a piece of evidence reopened."""
    of_evidence = Q(evidence_links__evidence=evidence)
    if "by" in event.data:  # the links are those of what supersedes it by now
        of_evidence = Q(evidence_links__evidence=event.data["by"])
    for answer in Answer.objects.filter(of_evidence).exclude(reopened_reason=""):
        yield NotificationKind.REOPENED, [answer.owner_id, answer.answered_by_id], answer


def _moved(event: AuditEvent, assessment: Assessment) -> Told:
    """Tell who owns an answer that has to be looked at again in the new edition."""
    answers = Answer.objects.filter(assessment=assessment).exclude(reopened_reason="")
    owners = answers.filter(to_confirm=True).values_list("owner_id", flat=True)
    yield NotificationKind.REOPENED, set(owners), assessment


RULES: Final[Mapping[str, Callable[[AuditEvent, Any], Told]]] = {
    "answer.save": _answer_saved,
    "answers.bulk": _many_changed,
    "remark.raise": _remark_raised,
    "remark.reply": _remark_answered,
    "remark.reopen": _remark_answered,
    "phase.submit": _phase_submitted,
    "phase.return": _phase_returned,
    "phase.accept": _phase_accepted,
    "phase.sign": _phase_signed,
    "dossier.wait": _dossier_waits,
    "dossier.decline": _dossier_declined,
    "evidence.supersede": _evidence_moved,
    "evidence.expire": _evidence_moved,
    "assessment.move": _moved,
}


def announce(*, event: AuditEvent, target: Any, **_: Any) -> None:
    """Tell whoever a rule names of what happened."""
    rule = RULES.get(event.verb)
    if rule is None:
        return
    for kind, recipients, row in rule(event, target):
        notify(kind, recipients, row, actor=event.actor)
