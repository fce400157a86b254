"""Answering differently than the platform, and following it again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.models import Answer, Authorship
from assessments.services.answer import AnswerMoved
from assessments.services.changes import (
    OverrideNeeded,
    catch_up,
    lock,
    lock_all,
    refuse_unless_open_to_change,
    store,
    take_back,
)
from assessments.services.changes import reopen_phases as reopen_phases_of


@transaction.atomic
def override(pk: UUID, *, revision: int, reason: str, actor: User) -> Answer:
    """Let an answer that repeats its platform stand on its own; what it says stays for now.

    Saying it twice is one event.

    Raises:
        AnswerMoved: it has a later revision than the one that was read.
        OverrideNeeded: ``reason`` is empty.
        PortalError: it comes from no platform, is under review, or does not apply.
    """
    answer = lock(pk)
    _refuse_unless_linked(answer)
    if not reason.strip():
        raise OverrideNeeded
    if answer.override_reason == reason:
        return answer
    if answer.revision != revision:
        raise AnswerMoved(answer)
    before, answer.override_reason = answer.override_reason, reason
    store(answer, author=None)
    record(
        "answer.override",
        answer,
        actor=actor,
        organisation_id=answer.organisation_id,
        override_reason=[before, reason],
    )
    return answer


@transaction.atomic
def inherit_again(pk: UUID, *, revision: int, actor: User) -> Answer:
    """Let an answer say again what its platform says; what was accepted is reopened.

    Raises:
        AnswerMoved: it has a later revision than the one that was read.
        PortalError: it comes from no platform, is under review, or does not apply; or the
            platform has not confirmed its own answer.
    """
    source_id = Answer.objects.values_list("inherited_from_id", flat=True).get(pk=pk)
    locked = {each.pk: each for each in lock_all(Answer.objects.filter(pk__in={pk, source_id}))}
    answer = locked[pk]
    refuse_unless_open_to_change(answer)
    _refuse_unless_linked(answer)
    if answer.is_inherited:
        return answer
    if answer.revision != revision:
        raise AnswerMoved(answer)
    source = locked.get(answer.inherited_from_id) if answer.inherited_from_id else None
    if source is None or not source.is_applicable or source.to_confirm:
        raise PortalError(_("The platform has no answer to follow: it is not confirmed there."))
    before, answer.override_reason = answer.override_reason, ""
    answer.to_confirm = False
    reason = _("It follows the platform again.")
    if take_back(answer, reason=reason):
        reopen_phases_of([answer], actor=actor, reason=reason)
    answer.save()
    Authorship.objects.get_or_create(
        organisation_id=answer.organisation_id, answer=answer, user=actor
    )
    changed = catch_up([(source, answer)], actor=actor)
    if not changed:
        store(answer, author=actor)
    record(
        "answer.inherit",
        answer,
        actor=actor,
        organisation_id=answer.organisation_id,
        override_reason=[before, ""],
        **(changed[0]["fields"] if changed else {}),
    )
    return answer


def _refuse_unless_linked(answer: Answer) -> None:
    if answer.inherited_from_id is None:
        raise PortalError(_("%(code)s comes from no platform.") % {"code": answer.code})
