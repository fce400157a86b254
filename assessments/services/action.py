"""Actions: planned, done by somebody, then checked: did it help?"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import ActionState
from assessments.models import Action, Answer, Remark
from assessments.services.team import is_member
from devices.models import Device


class ActionMoved(PortalError):
    """Somebody changed the action in between; ``theirs`` is what it says now."""

    def __init__(self, theirs: Action) -> None:
        super().__init__(
            _("Somebody changed %(label)s while you were writing. Compare, then save again.")
            % {"label": theirs.label}
        )
        self.theirs = theirs


@transaction.atomic
def plan(
    *,
    organisation: Organisation,
    title: str,
    description: str,
    owner: User,
    due_on: dt.date,
    actor: User,
    answer: Answer | None = None,
    remark: Remark | None = None,
    device: Device | None = None,
) -> Action:
    """Say what will be done, by whom, until when: on an answer, on a remark, or free.

    The device of an answer is that of the action.
    """
    _refuse_strangers(owner, organisation.pk)
    # The row of the organisation puts two people who plan at the same instant in line.
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    last = Action.objects.filter(organisation=organisation).aggregate(n=Max("number"))
    answer = remark.answer if remark else answer
    action = Action(
        organisation=organisation,
        number=(last["n"] or 0) + 1,
        title=title,
        description=description,
        answer=answer,
        remark=remark,
        device_id=answer.device_id if answer else device.pk if device else None,
        owner=owner,
        due_on=due_on,
        created_by=actor,
    )
    action.save(force_insert=True)
    _record(
        "plan",
        action,
        actor,
        number=action.number,
        title=title,
        description=description,
        owner_id=owner.pk,
        due_on=due_on,
        answer=answer.code if answer else "",
    )
    return action


@transaction.atomic
def change(
    pk: UUID,
    *,
    revision: int,
    title: str,
    description: str,
    owner: User,
    due_on: dt.date,
    actor: User,
) -> Action:
    """Plan an open action, read at ``revision``, otherwise; what is there already is no change.

    Raises:
        ActionMoved: it has a later revision that says something else.
        PortalError: it is not open, or the owner is no member.
    """
    action = _locked(pk, ActionState.OPEN)
    wanted = {
        "title": title,
        "description": description,
        "owner_id": owner.pk,
        "due_on": due_on,
    }
    changes = {name: value for name, value in wanted.items() if getattr(action, name) != value}
    if not changes:
        return action
    if action.revision != revision:
        raise ActionMoved(action)
    if "owner_id" in changes:
        _refuse_strangers(owner, action.organisation_id)
    before = {name: getattr(action, name) for name in changes}
    for name, value in changes.items():
        setattr(action, name, value)
    _store(action)
    _record("change", action, actor, **{name: [before[name], changes[name]] for name in changes})
    return action


@transaction.atomic
def finish(pk: UUID, *, outcome: str, check_on: dt.date, actor: User) -> Action:
    """Say that an open action is done, how, and when to look whether it helped."""
    action = _locked(pk, ActionState.OPEN)
    if not outcome.strip():
        raise PortalError(_("Say what was done."))
    action.state = ActionState.DONE
    action.outcome, action.check_on = outcome, check_on
    action.done_by, action.done_at = actor, timezone.now()
    _store(action)
    _record("finish", action, actor, outcome=outcome, check_on=check_on)
    return action


@transaction.atomic
def confirm_effective(pk: UUID, *, note: str, actor: User) -> Action:
    """Say that what was done helped; the action is over."""
    action = _checked(pk, note=note, actor=actor)
    action.state = ActionState.CHECKED
    action.check_note = note
    action.checked_by, action.checked_at = actor, timezone.now()
    _store(action)
    _record("check", action, actor, check_note=note)
    return action


@transaction.atomic
def reopen(pk: UUID, *, note: str, due_on: dt.date, actor: User) -> Action:
    """Say that what was done did not help: it is open again until the day ``due_on``."""
    action = _checked(pk, note=note, actor=actor)
    action.state = ActionState.OPEN
    action.check_note, action.due_on = note, due_on
    # What was done stays in the history of the action.
    action.outcome, action.check_on = "", None
    action.done_by = action.done_at = None
    _store(action)
    _record("reopen", action, actor, check_note=note, due_on=due_on)
    return action


@transaction.atomic
def cancel(pk: UUID, *, reason: str, actor: User) -> Action:
    """Give up an open action, saying why; the reason is what became of it."""
    action = _locked(pk, ActionState.OPEN)
    if not reason.strip():
        raise PortalError(_("Say why it will not be done."))
    action.state = ActionState.CANCELLED
    action.outcome = reason
    _store(action)
    _record("cancel", action, actor, reason=reason)
    return action


def _checked(pk: UUID, *, note: str, actor: User) -> Action:
    """Return the action that is done, locked; whoever did it does not judge it."""
    action = _locked(pk, ActionState.DONE)
    if action.done_by_id == actor.pk:
        raise PortalError(_("You did it: somebody else checks whether it helped."))
    if not note.strip():
        raise PortalError(_("Say what the check found."))
    return action


def _locked(pk: UUID, state: ActionState) -> Action:
    action = Action.objects.select_for_update(of=("self",)).get(pk=pk)
    if action.state != state:
        words = {"label": action.label, "state": action.get_state_display()}
        raise PortalError(_("%(label)s is %(state)s: this step is not possible now.") % words)
    return action


def _refuse_strangers(owner: User, organisation_id: UUID) -> None:
    if not is_member(owner, organisation_id=organisation_id, on=timezone.localdate()):
        raise PortalError(_("%(name)s is no member any more.") % {"name": owner})


def _store(action: Action) -> None:
    action.revision += 1
    action.save()


def _record(step: str, action: Action, actor: User, **details: Any) -> None:
    record(f"action.{step}", action, actor=actor, organisation_id=action.organisation_id, **details)
