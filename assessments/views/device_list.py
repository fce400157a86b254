"""The devices of an organisation with the progress of their assessments."""

from __future__ import annotations

from typing import Any

from django.views.generic import ListView

from ansm_portal.permissions import Permission
from ansm_portal.views import PortalView
from assessments.filters import DeviceFilter
from devices.models import Device

SORTABLE = 30


class DeviceList(PortalView, ListView[Device]):
    """Search, filters, order and pages; one query for the rows, whatever their number."""

    access = Permission.DEVICE_VIEW
    fragment = "devices"
    template_name = "assessments/device_list.html"
    context_object_name = "devices"
    paginate_by = 25

    def get_queryset(self) -> Any:
        self.filter = DeviceFilter(self.request.GET)
        self.sort = self.request.GET.get("sort", "name")[:SORTABLE]
        return self.filter.apply(Device.objects.all(), sort=self.sort)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            filter=self.filter, chips=self.filter.chips(), sort=self.sort, **kwargs
        )
