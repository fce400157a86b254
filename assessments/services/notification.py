"""Telling people: in the portal at once, by mail as each of them prefers.

A notification is a copy of what the journal says, for one person; it leaves no event of its
own. Whoever did something is not told of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from ansm_portal.accounts.models import Membership, User
from ansm_portal.tenancy import OrganisationOwned
from assessments.enums import Delivery, NotificationKind
from assessments.models import Notification, NotificationPreference

USUAL: Final[Mapping[NotificationKind, Delivery]] = {
    **dict.fromkeys(NotificationKind, Delivery.DIGEST),
    NotificationKind.MENTIONED: Delivery.NOW,
    NotificationKind.RETURNED: Delivery.NOW,
}
DIGEST_AT: Final = dt.time(7, 0)


def notify(
    kind: NotificationKind,
    recipients: Iterable[UUID | None],
    row: OrganisationOwned,
    *,
    actor: User | None,
    day: dt.date | None = None,
) -> None:
    """Tell the members among ``recipients`` of ``row``, but for ``actor``.

    What is about a ``day`` is told once; anything else not again while it is unread.
    """
    asked = {pk for pk in recipients if pk is not None} - {actor.pk if actor else None}
    if not asked:
        return
    organisation_id, target = row.organisation_id, f"{row._meta.label_lower}:{row.pk}"
    now = timezone.now()
    members = set(
        Membership.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=timezone.localdate(now)),
            organisation_id=organisation_id,
            user__in=asked,
            user__is_active=True,
        ).values_list("user_id", flat=True)
    )
    unread = Q(read_at=None) if day is None else Q(day=day)
    members -= set(
        Notification.objects.filter(
            unread,
            organisation_id=organisation_id,
            recipient__in=members,
            kind=kind,
            target=target,
        ).values_list("recipient_id", flat=True)
    )
    if not members:
        return
    chosen = dict(
        NotificationPreference.objects.filter(user__in=members, kind=kind).values_list(
            "user_id", "delivery"
        )
    )
    Notification.objects.bulk_create(
        Notification(
            organisation_id=organisation_id,
            recipient_id=member,
            kind=kind,
            actor=actor,
            target=target,
            day=day,
            mail_due_at=_mail_due_at(Delivery(chosen.get(member, USUAL[kind])), now),
        )
        for member in sorted(members)
    )
    recount(organisation_id, members)


def _mail_due_at(delivery: Delivery, now: dt.datetime) -> dt.datetime | None:
    """Return when the mail leaves: now, at the next digest, or not at all."""
    if delivery == Delivery.OFF:
        return None
    if delivery == Delivery.NOW:
        return now
    local = timezone.localtime(now)
    digest = timezone.make_aware(dt.datetime.combine(local.date(), DIGEST_AT))
    return digest if local < digest else digest + dt.timedelta(days=1)


def recount(organisation_id: UUID, people: Iterable[UUID]) -> None:
    """Set how many notifications each of ``people`` has not read."""
    people = sorted(people)
    unread = dict(
        Notification.objects.filter(
            organisation_id=organisation_id, recipient__in=people, read_at=None
        )
        .order_by()
        .values_list("recipient_id")
        .annotate(n=Count("pk"))
    )
    for person in people:
        Membership.objects.filter(organisation_id=organisation_id, user_id=person).update(
            unread_count=unread.get(person, 0)
        )


@transaction.atomic
def mark_read(organisation_id: UUID, *, person: User, pk: UUID | None = None) -> None:
    """Mark one notification of ``person`` as read, or all; a mail still due does not leave."""
    unread = Notification.objects.filter(
        organisation_id=organisation_id, recipient=person, read_at=None
    )
    if pk is not None:
        unread = unread.filter(pk=pk)
    unread.update(read_at=timezone.now(), mail_due_at=None)
    recount(organisation_id, [person.pk])


@transaction.atomic
def prefer(person: User, choices: Mapping[str, str]) -> None:
    """Keep how ``person`` wants to hear of each kind."""
    for kind, delivery in choices.items():
        NotificationPreference.objects.update_or_create(
            user=person, kind=kind, defaults={"delivery": delivery}
        )


def preferences(person: User) -> dict[NotificationKind, Delivery]:
    """Return how ``person`` hears of each kind."""
    chosen = dict(
        NotificationPreference.objects.filter(user=person).values_list("kind", "delivery")
    )
    return {kind: Delivery(chosen.get(kind, USUAL[kind])) for kind in NotificationKind}
