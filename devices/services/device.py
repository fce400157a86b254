"""Registering and changing devices."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from devices.models import Device
from devices.services.changes import apply


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
        RowMoved: somebody changed it in between.
    """
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    changes = apply(fields, device, revision=revision)
    if changes:
        record(
            "device.change",
            device,
            actor=actor,
            organisation_id=device.organisation_id,
            **changes,
        )
    return device
