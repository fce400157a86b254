"""Registering and changing devices."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from devices.models import Device


@transaction.atomic
def register(fields: dict[str, Any], *, organisation: Organisation, actor: User) -> Device:
    """Register a device of ``organisation``."""
    device = Device.objects.create(organisation=organisation, **fields)
    record("device.register", device, actor=actor, organisation_id=organisation.pk, **fields)
    return device


@transaction.atomic
def change(device: Device, fields: dict[str, Any], *, revision: int, actor: User) -> Device:
    """Change what is registered of ``device``, which was read at ``revision``.

    Raises:
        PortalError: somebody changed it in between.
    """
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    before = {name: getattr(device, name) for name in fields}
    changed = {name: value for name, value in fields.items() if before[name] != value}
    if not changed:
        return device
    if device.revision != revision:
        raise PortalError(_("Somebody changed this device meanwhile. Look again, then save."))
    for name, value in changed.items():
        setattr(device, name, value)
    device.revision += 1
    device.save()
    record(
        "device.change",
        device,
        actor=actor,
        organisation_id=device.organisation_id,
        **{name: [before[name], value] for name, value in changed.items()},
    )
    return device
