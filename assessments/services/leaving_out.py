"""Leaving inferred recommendations out: what an organisation chooses, and each assessment."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from assessments.enums import AnswerState, ProvenanceStatus, ReviewState
from assessments.models import Answer, Assessment
from assessments.services.changes import lock_all, reopen, store
from assessments.services.counters import PhaseIsSubmitted, locked_reviews
from assessments.services.inheriting import begin
from devices.enums import LifecyclePhase


@transaction.atomic
def choose(organisation: Organisation, *, leaves_out: bool, actor: User) -> None:
    """Let assessments that start from now on leave inferred recommendations out, or not."""
    rows = Organisation.objects.filter(pk=organisation.pk)
    changed = rows.exclude(leaves_out_inferred=leaves_out).update(leaves_out_inferred=leaves_out)
    if changed:
        record(
            "organisation.leave_out",
            organisation,
            actor=actor,
            organisation_id=organisation.pk,
            name=organisation.name,
            leaves_out=leaves_out,
        )


@transaction.atomic
def leave_out(pk: UUID, *, leaves_out: bool, actor: User) -> Assessment:
    """Let one assessment leave inferred recommendations out, or answer them from now on.

    What was written stays, and comes back with them. Accepted answers are reopened.

    Raises:
        PhaseIsSubmitted: a phase is under review.
    """
    answers = lock_all(
        Answer.objects.filter(
            assessment=pk, recommendation__provenance_status=ProvenanceStatus.INFERRED
        ).select_related("device")
    )
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=pk)
    if assessment.leaves_out_inferred == leaves_out:
        return assessment
    phases = {(pk, phase) for phase in LifecyclePhase.values}
    reviews = locked_reviews(assessment.organisation_id, phases)
    if any(review.state == ReviewState.SUBMITTED for review in reviews):
        raise PhaseIsSubmitted(
            _("A phase is under review. Take the submission back to change what is left out.")
        )
    assessment.leaves_out_inferred = leaves_out
    assessment.save(update_fields=["leaves_out_inferred"])
    reason = _("The assessment leaves inferred recommendations out.")
    changes, begun, heirs = [], [], []
    for answer in answers:
        was = answer.is_applicable
        answer.is_set_aside = leaves_out
        is_left_out = leaves_out or bool(answer.missing_facts)
        if not is_left_out:
            answer.inclusion_reason, answer.included_by = "", None
        answer.is_applicable = not is_left_out or bool(answer.inclusion_reason)
        if answer.state == AnswerState.ACCEPTED and not answer.is_applicable:
            reopen(answer, actor=actor, reason=reason)
        begun += [answer] if answer.is_applicable and not was else []
        heirs += store(answer, author=None).get("heirs", ())
        if was != answer.is_applicable:
            told = {"answer": str(answer.pk), "code": answer.code, "revision": answer.revision}
            changes.append({**told, "fields": {"is_applicable": [was, answer.is_applicable]}})
    heirs += begin(begun, actor=actor)
    record(
        "assessment.leave_out",
        assessment,
        actor=actor,
        organisation_id=assessment.organisation_id,
        leaves_out=leaves_out,
        changes=changes,
        **({"heirs": heirs} if heirs else {}),
    )
    return assessment
