"""Who works in an organisation today."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db.models import Q, QuerySet

from ansm_portal.accounts.models import Membership, User
from ansm_portal.permissions import Role


def team_of(organisation_id: UUID, *, on: dt.date) -> QuerySet[User]:
    """Return the people of the team on the day ``on``, by name: members, auditors apart."""
    memberships = standing(organisation_id, on=on).exclude(role=Role.AUDITOR)
    return User.objects.filter(is_active=True, pk__in=memberships.values("user")).order_by(
        "last_name", "first_name", "email"
    )


def is_member(user: User, *, organisation_id: UUID, on: dt.date) -> bool:
    """Tell whether ``user`` belongs to the organisation on the day ``on``."""
    return user.is_active and standing(organisation_id, on=on).filter(user=user).exists()


def has_role(user: User, role: Role, *, organisation_id: UUID, on: dt.date) -> bool:
    """Tell whether ``user`` has ``role`` in the organisation on the day ``on``."""
    return standing(organisation_id, on=on).filter(user=user, role=role).exists()


def standing(organisation_id: UUID, *, on: dt.date) -> QuerySet[Membership]:
    """Return the memberships of the organisation that have not ended on the day ``on``."""
    return Membership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=on), organisation_id=organisation_id
    )
