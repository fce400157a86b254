"""Registering and changing versions of devices."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceVersion
from devices.services.changes import apply


@transaction.atomic
def register(device: Device, fields: dict[str, Any], *, actor: User) -> DeviceVersion:
    """Register a version of ``device``; it becomes the latest one.

    Raises:
        PortalError: it cannot be built on the platform that was chosen.
    """
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    DeviceVersion.objects.filter(device=device, is_latest=True).update(is_latest=False)
    platform: DeviceVersion | None = fields.get("platform")
    refuse_unless_platform(platform, for_device=device)
    version = DeviceVersion.objects.create(
        organisation_id=device.organisation_id, device=device, is_latest=True, **fields
    )
    told = {name: value for name, value in fields.items() if name != "platform"}
    if platform is not None:
        told["built_on"] = platform.full_name
    record(
        "version.register",
        version,
        actor=actor,
        organisation_id=device.organisation_id,
        device=str(device.pk),
        **told,
    )
    return version


def refuse_unless_platform(platform: DeviceVersion | None, *, for_device: Device) -> None:
    """Refuse a platform that a version of ``for_device`` cannot be built on.

    Their devices are locked, the platform's for as long as it is chosen.
    """
    if platform is None:
        return
    family = Device.objects.select_for_update(of=("self",)).get(pk=platform.device_id)
    if for_device.is_platform:
        raise PortalError(
            _("%(name)s is a platform itself: its versions are built on none.")
            % {"name": for_device.name}
        )
    if not family.is_platform or family.pk == for_device.pk:
        raise PortalError(_("%(name)s is no platform for this device.") % {"name": family.name})


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
