"""Who may own an answer."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from ansm_portal.accounts.models import User


def members_of(organisation_id: UUID) -> QuerySet[User]:
    """Return the people who may own an answer, by name."""
    return (
        User.objects.filter(memberships__organisation_id=organisation_id, is_active=True)
        .exclude(memberships__role="auditor")
        .distinct()
        .order_by("last_name", "first_name", "email")
    )
