"""Registering and changing devices."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from devices.models import Device, DeviceVersion
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
        PortalError: it becomes a platform, or ceases to be one, while versions depend on it.
    """
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    if fields.get("is_platform", device.is_platform) != device.is_platform:
        _refuse_unless_free(device)
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


def _refuse_unless_free(device: Device) -> None:
    if device.is_platform and DeviceVersion.objects.filter(platform__device=device).exists():
        raise PortalError(
            _("Versions of other devices are built on it. Choose no platform for them first.")
        )
    if DeviceVersion.objects.filter(device=device, platform__isnull=False).exists():
        raise PortalError(
            _("Its versions are built on a platform themselves: it cannot be one for others.")
        )
