"""Mappings in the hands of the catalogue's administrators: each change with who, when and why."""

from __future__ import annotations

from collections.abc import Mapping as Values
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.enums import MappingStatus
from assessments.models import Mapping, MappingChange, Recommendation, Requirement

EDITABLE: Final = (
    "relation",
    "rationale_fr",
    "rationale_en",
    "source",
    "confidence",
    "status",
)


class MappingRefused(PortalError):
    """The mapping cannot be so; the message says why."""


@transaction.atomic
def add(
    *,
    catalogue_key: str,
    code: str,
    requirement: Requirement,
    values: Values[str, Any],
    reason: str,
    actor: User,
) -> Mapping:
    """Map a recommendation to a requirement.

    Raises:
        MappingRefused: there is no such recommendation, the framework is no longer in force,
            or both are mapped already.
    """
    if not Recommendation.objects.filter(catalogue__key=catalogue_key, code=code).exists():
        raise MappingRefused(
            _("No edition of %(catalogue)s has a recommendation %(code)s.")
            % {"catalogue": catalogue_key, "code": code}
        )
    if not requirement.framework.is_in_force:
        raise MappingRefused(
            _("A newer edition of this framework is here: map to a requirement of that one.")
        )
    if Mapping.objects.filter(
        catalogue_key=catalogue_key, code=code, requirement=requirement
    ).exists():
        raise MappingRefused(_("This recommendation is mapped to it already."))
    mapping = Mapping.objects.create(
        catalogue_key=catalogue_key,
        code=code,
        requirement=requirement,
        **{name: values[name] for name in EDITABLE},
    )
    _keep(mapping, {name: ["", values[name]] for name in EDITABLE}, reason, actor)
    return mapping


@transaction.atomic
def change(
    pk: UUID, *, revision: int, values: Values[str, Any], reason: str, actor: User
) -> Mapping:
    """Say something else of a mapping; the same again changes nothing.

    Raises:
        MappingRefused: somebody changed it meanwhile, or there is no reason.
    """
    mapping = Mapping.objects.select_for_update(of=("self",)).get(pk=pk)
    changes = {
        name: [getattr(mapping, name), values[name]]
        for name in EDITABLE
        if name in values and getattr(mapping, name) != values[name]
    }
    if not changes:
        return mapping
    if mapping.revision != revision:
        raise MappingRefused(
            _("Somebody changed this mapping meanwhile. Open it again, then change it.")
        )
    if not reason.strip():
        raise MappingRefused(_("Say why the mapping changes."))
    for name, (_before, after) in changes.items():
        setattr(mapping, name, after)
    mapping.revision += 1
    mapping.save()
    _keep(mapping, changes, reason, actor)
    return mapping


def confirm(mapping: Mapping, *, actor: User) -> Mapping:
    """Say that a person has read a mapping beside both texts and agrees with it."""
    return change(
        mapping.pk,
        revision=mapping.revision,
        values={"status": MappingStatus.CONFIRMED.value},
        reason=_("Read beside both texts."),
        actor=actor,
    )


def _keep(mapping: Mapping, fields: dict[str, Any], reason: str, actor: User) -> None:
    MappingChange.objects.create(
        mapping=mapping,
        revision=mapping.revision,
        fields=fields,
        reason=reason.strip(),
        changed_by=actor,
    )
