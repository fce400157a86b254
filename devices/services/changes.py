"""What every change of a device or version has in common."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from devices.models import Device, DeviceVersion


class RowMoved(PortalError):
    """Somebody saved the row in between; ``theirs`` is what it says now."""

    def __init__(self, theirs: Device | DeviceVersion) -> None:
        super().__init__(
            _("Somebody changed this while you were writing. Look at both, then save again.")
        )
        self.theirs = theirs


def apply(
    fields: dict[str, Any], row: Device | DeviceVersion, *, revision: int
) -> dict[str, list[Any]]:
    """Save ``fields`` into a locked ``row`` that was read at ``revision``.

    Returns the old and the new value of each field that changed; saving what is there
    already changes nothing, whatever the revision.

    Raises:
        RowMoved: it has a later revision that says something else.
    """
    before = {name: getattr(row, name) for name in fields}
    changes = {name: [before[name], new] for name, new in fields.items() if before[name] != new}
    if not changes:
        return {}
    if row.revision != revision:
        raise RowMoved(row)
    for name, (_old, new) in changes.items():
        setattr(row, name, new)
    row.revision += 1
    row.save()
    return changes
