"""The history of an answer, read from the journal; an earlier text comes back as a new change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Q, QuerySet, Value
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from assessments.history import OF_MANY, changes_in
from assessments.models import Action, Answer, BulkEntry, EvidenceLink, PhaseReview, Remark
from assessments.services.answer import save_answer

OF_EVIDENCE = ("evidence.supersede", "evidence.expire")
OF_VERSION = ("version.change_profile", "version.choose_platform")
OF_ASSESSMENT = (
    *("assessment.start", "assessment.confirm", "assessment.move", "assessment.move_back"),
)


def events_of(answer: Answer) -> QuerySet[AuditEvent]:
    """Return what happened to ``answer``, newest first.

    Its own events, bulk changes that name it, its remarks and actions, the review of its
    phase, the profile of its version, and the evidence that it cites, or that was superseded by
    what it cites.
    """
    found = _rows_of(answer)
    evidence = {f"assessments.evidence:{pk}" for label, pk in found if label == "evidence"}
    targets = {
        f"{Answer._meta.label_lower}:{answer.pk}",
        *(f"assessments.{label}:{pk}" for label, pk in found if label not in {"evidence", "of"}),
    }
    version = f"devices.deviceversion:{answer.assessment.version_id}"
    source = Q(target=f"{Answer._meta.label_lower}:{answer.inherited_from_id}")
    source |= Q(target__in=[f"assessments.bulkchange:{pk}" for label, pk in found if label == "of"])
    return AuditEvent.objects.filter(
        Q(target__in=targets)
        | Q(target__in=evidence, verb__in=OF_EVIDENCE)
        | Q(target=version, verb__in=OF_VERSION)
        | source & Q(data__has_key="heirs")
        | Q(target=f"assessments.assessment:{answer.assessment_id}", verb__in=OF_ASSESSMENT),
        organisation_id=answer.organisation_id,
    ).order_by("-sequence")


def _rows_of(answer: Answer) -> list[tuple[str, UUID]]:
    """Return model and key of what belongs to ``answer``, in one query."""

    def named(label: str, rows: QuerySet[Any], key: str = "pk") -> QuerySet[Any]:
        return rows.order_by().values_list(Value(label, CharField()), key)

    cited = EvidenceLink.objects.filter(answer=answer)
    return list(
        named("evidence", cited, "evidence_id").union(
            named(
                "evidence", cited.filter(evidence__supersedes__isnull=False), "evidence__supersedes"
            ),
            named("bulkchange", BulkEntry.objects.filter(answer=answer), "change_id"),
            named("of", BulkEntry.objects.filter(answer=answer.inherited_from_id), "change_id"),
            named("remark", Remark.objects.filter(answer=answer)),
            named("action", Action.objects.filter(answer=answer)),
            named(
                "phasereview",
                PhaseReview.objects.filter(assessment_id=answer.assessment_id, phase=answer.phase),
            ),
        )
    )


def concerns(event: AuditEvent, answer: Answer) -> bool:
    """Tell whether an event that names answers by their codes names ``answer``.

    An event of the platform's answer concerns it when it changed with that one.
    """
    if event.target == f"{Answer._meta.label_lower}:{answer.inherited_from_id}":
        return any(heir["answer"] == str(answer.pk) for heir in event.data.get("heirs", ()))
    if event.verb in OF_MANY:
        return bool(changes_in(event, str(answer.pk)))
    codes = event.data.get("answers")
    is_of_many = event.verb in {*OF_EVIDENCE, "assessment.confirm"}
    return not is_of_many or not isinstance(codes, list) or answer.code in codes


@transaction.atomic
def restore(pk: UUID, *, event: UUID, revision: int, actor: User, reason: str = "") -> Answer:
    """Let an answer say again what it said before ``event``, as a change of its own.

    The verdict stays: it is chosen today, by whoever restores.

    Raises:
        AnswerMoved: it has a later revision than the one that was read.
        ReasonNeeded: it was accepted, and ``reason`` is empty.
        PortalError: the event did not change its text, or it cannot change now.
    """
    answer = Answer.objects.get(pk=pk)
    found = events_of(answer).filter(pk=event).first()
    is_own = found is not None and concerns(found, answer)
    changes = changes_in(found, str(pk)) if found and is_own else {}
    if "justification" not in changes:
        raise PortalError(_("There is no earlier text of this answer to restore here."))
    return save_answer(
        pk,
        revision=revision,
        verdict=answer.verdict,
        justification=changes["justification"][0],
        owner_id=answer.owner_id,
        due_on=answer.due_on,
        actor=actor,
        reason=reason,
    )
