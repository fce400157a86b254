"""Reminders of days that come near or have passed; each is told once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import transaction

from ansm_portal.tenancy import OrganisationOwned
from assessments.enums import ActionState, NotificationKind
from assessments.models import Action, Answer, Evidence, Notification
from assessments.services.notification import notify

DUE_SOON: Final = dt.timedelta(days=7)
EXPIRING_SOON: Final = dt.timedelta(days=30)

Reminder = tuple[NotificationKind, OrganisationOwned, UUID | None, dt.date]


@transaction.atomic
def remind(organisation_id: UUID, *, on: dt.date) -> int:
    """Remind the people of an organisation, as of the day ``on``; return of how many things."""
    reminders = [
        *_of_answers(organisation_id, on),
        *_of_actions(organisation_id, on),
        *_of_evidence(organisation_id, on),
    ]
    told = set(
        Notification.objects.filter(
            organisation_id=organisation_id, day__in={day for *_, day in reminders}
        ).values_list("kind", "target", "recipient_id", "day")
    )
    news = [
        (kind, row, person, day)
        for kind, row, person, day in reminders
        if (kind.value, f"{row._meta.label_lower}:{row.pk}", person, day) not in told
    ]
    for kind, row, person, day in news:
        notify(kind, [person], row, actor=None, day=day)
    return len(news)


def _kind(day: dt.date, on: dt.date) -> NotificationKind:
    return NotificationKind.OVERDUE if day < on else NotificationKind.DUE


def _of_answers(organisation_id: UUID, on: dt.date) -> Iterable[Reminder]:
    for answer in Answer.objects.filter(
        organisation_id=organisation_id,
        owner__isnull=False,
        turn__lte=on + DUE_SOON,
        assessment__is_current=True,
    ).only("organisation_id", "owner_id", "due_on"):
        assert answer.due_on  # noqa: S101 -- the filter above
        yield _kind(answer.due_on, on), answer, answer.owner_id, answer.due_on


def _of_actions(organisation_id: UUID, on: dt.date) -> Iterable[Reminder]:
    actions = Action.objects.filter(organisation_id=organisation_id)
    for action in actions.filter(state=ActionState.OPEN, due_on__lte=on + DUE_SOON):
        yield _kind(action.due_on, on), action, action.owner_id, action.due_on
    for action in actions.filter(state=ActionState.DONE, check_on__lte=on + DUE_SOON):
        assert action.check_on  # noqa: S101 -- the filter above
        yield _kind(action.check_on, on), action, action.created_by_id, action.check_on


def _of_evidence(organisation_id: UUID, on: dt.date) -> Iterable[Reminder]:
    for evidence in Evidence.objects.filter(
        organisation_id=organisation_id,
        superseded_by=None,
        expires_on__gte=on,
        expires_on__lte=on + EXPIRING_SOON,
    ):
        assert evidence.expires_on  # noqa: S101 -- the filter above
        yield NotificationKind.EXPIRING, evidence, evidence.added_by_id, evidence.expires_on
