"""Registering, showing and changing a device."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import CreateView, DetailView, UpdateView

from ansm_portal.permissions import Permission
from ansm_portal.views import PortalView
from devices.forms import DeviceForm
from devices.models import Device
from devices.services import device as services
from devices.views.edit import Add, Edit


class DeviceAdd(Add, CreateView[Device, DeviceForm]):
    """Register a device; its first version comes next."""

    access = Permission.DEVICE_EDIT
    model = Device
    form_class = DeviceForm
    template_name = "devices/device_form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        # The constraints need the organisation to say that a reference is taken.
        return super().get_form_kwargs() | {
            "instance": Device(organisation=self.request.organisation)
        }

    def register(self, form: DeviceForm) -> Device:
        device = services.register(
            form.service_fields, organisation=self.request.organisation, actor=self.request.user
        )
        messages.success(self.request, _("The device is registered. Add its first version."))
        return device


class DeviceDetail(PortalView, DetailView[Device]):
    """A device with its versions, newest first."""

    access = Permission.DEVICE_VIEW
    queryset = Device.objects.select_related("organisation")
    context_object_name = "device"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = list(self.object.versions.order_by("-pk"))
        latest = next((version for version in versions if version.is_latest), None)
        return super().get_context_data(
            versions=versions, latest=latest, today=timezone.localdate(), **kwargs
        )


class DeviceEdit(Edit, UpdateView[Device, DeviceForm]):
    """Change what identifies a device."""

    access = Permission.DEVICE_EDIT
    queryset = Device.objects.select_related("organisation")
    form_class = DeviceForm
    template_name = "devices/device_form.html"

    def save(self, form: DeviceForm) -> Device:
        device = services.change(
            self.object,
            form.service_fields,
            revision=form.cleaned_data["revision"],
            actor=self.request.user,
        )
        messages.success(self.request, _("The device was changed."))
        return device
