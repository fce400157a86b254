"""Who works for whom: each change is an event of the organisation's journal."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ansm_portal.accounts.models import Membership, User
from ansm_portal.audit.services import record

FIELDS = ("user_id", "role", "ends_on")


@transaction.atomic
def save_membership(membership: Membership, *, actor: User) -> None:
    """Give a person a role, or change what is said of it.

    Moved to another organisation, it is removed from the one and added to the other.
    """
    before = Membership.objects.select_for_update().filter(pk=membership.pk).first()
    if before and before.organisation_id != membership.organisation_id:
        _record_removal(before, actor=actor)
    membership.save()
    if before is None or before.organisation_id != membership.organisation_id:
        record(
            "member.add",
            membership,
            actor=actor,
            organisation_id=membership.organisation_id,
            **_said_of(membership),
        )
    elif changes := _changes(before, membership):
        record(
            "member.change",
            membership,
            actor=actor,
            organisation_id=membership.organisation_id,
            **changes,
        )


@transaction.atomic
def remove_membership(membership: Membership, *, actor: User) -> None:
    """Take a role from a person."""
    _record_removal(membership, actor=actor)
    membership.delete()


def _record_removal(membership: Membership, *, actor: User) -> None:
    record(
        "member.remove",
        membership,
        actor=actor,
        organisation_id=membership.organisation_id,
        **_said_of(membership),
    )


def _said_of(membership: Membership) -> dict[str, Any]:
    return {name: getattr(membership, name) for name in FIELDS}


def _changes(before: Membership, after: Membership) -> dict[str, list[Any]]:
    pairs = {name: [getattr(before, name), getattr(after, name)] for name in FIELDS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
