"""Filters of answers that people keep under a name.

What one keeps for oneself is a convenience, and no event. What is shared is work that others
rely on: the journal says who shared, changed or removed it.
"""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.models import SavedFilter


@transaction.atomic
def keep(
    *, organisation: Organisation, name: str, query: str, is_shared: bool, actor: User
) -> SavedFilter:
    """Keep a filter under a name that is new among those of ``actor``.

    Raises:
        PortalError: the name is taken.
    """
    saved = SavedFilter(
        organisation=organisation, owner=actor, name=name, query=query, is_shared=is_shared
    )
    _store(saved)
    if is_shared:
        record(
            "filter.share",
            saved,
            actor=actor,
            organisation_id=organisation.pk,
            name=name,
            filter=query,
        )
    return saved


@transaction.atomic
def change(pk: UUID, *, name: str, is_shared: bool, actor: User) -> SavedFilter:
    """Rename a filter of one's own, share it, or share it no longer.

    Raises:
        SavedFilter.DoesNotExist: ``actor`` has no such filter.
        PortalError: the name is taken.
    """
    saved = SavedFilter.objects.select_for_update(of=("self",)).get(pk=pk, owner=actor)
    changes = {
        field: [getattr(saved, field), value]
        for field, value in {"name": name, "is_shared": is_shared}.items()
        if getattr(saved, field) != value
    }
    if not changes:
        return saved
    was_shared = saved.is_shared
    saved.name, saved.is_shared = name, is_shared
    _store(saved)
    if was_shared or is_shared:
        record(
            "filter.change", saved, actor=actor, organisation_id=saved.organisation_id, **changes
        )
    return saved


@transaction.atomic
def remove(pk: UUID, *, actor: User) -> SavedFilter:
    """Remove a filter of one's own.

    Raises:
        SavedFilter.DoesNotExist: ``actor`` has no such filter.
    """
    saved = SavedFilter.objects.select_for_update(of=("self",)).get(pk=pk, owner=actor)
    SavedFilter.objects.filter(pk=saved.pk).delete()
    if saved.is_shared:
        record(
            "filter.remove",
            saved,
            actor=actor,
            organisation_id=saved.organisation_id,
            name=saved.name,
            filter=saved.query,
        )
    return saved


def _store(saved: SavedFilter) -> None:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise PortalError(
            _("You have a filter named “%(name)s” already. Choose another name.")
            % {"name": saved.name}
        ) from error
