"""Registering and changing versions of devices."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceVersion
from devices.services.changes import apply


@transaction.atomic
def register(device: Device, fields: dict[str, Any], *, actor: User) -> DeviceVersion:
    """Register a version of ``device``; it becomes the latest one."""
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    DeviceVersion.objects.filter(device=device, is_latest=True).update(is_latest=False)
    version = DeviceVersion.objects.create(
        organisation_id=device.organisation_id, device=device, is_latest=True, **fields
    )
    record(
        "version.register",
        version,
        actor=actor,
        organisation_id=device.organisation_id,
        device=str(device.pk),
        **fields,
    )
    return version


@transaction.atomic
def change(
    version: DeviceVersion, fields: dict[str, Any], *, revision: int, actor: User
) -> DeviceVersion:
    """Change label and dates of ``version``, which was read at ``revision``.

    Raises:
        RowMoved: somebody changed it in between.
    """
    version = DeviceVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    changes = apply(fields, version, revision=revision)
    if changes:
        record(
            "version.change",
            version,
            actor=actor,
            organisation_id=version.organisation_id,
            **changes,
        )
    return version


@transaction.atomic
def confirm_phase(
    version: DeviceVersion, *, phase: LifecyclePhase | str, actor: User
) -> DeviceVersion:
    """Say where ``version`` is in its life; confirming what is said already changes nothing."""
    version = DeviceVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    before = version.phase
    if before == phase:
        return version
    version.phase = phase
    version.revision += 1
    version.save()
    record(
        "version.confirm_phase",
        version,
        actor=actor,
        organisation_id=version.organisation_id,
        phase=[before, str(phase)],
    )
    return version
