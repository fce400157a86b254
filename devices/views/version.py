"""Registering, showing and changing a version; confirming its phase."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, UpdateView

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from devices.enums import LifecyclePhase
from devices.forms import FACT_FIELDS, NewVersionForm, PhaseForm, VersionForm
from devices.models import Device, DeviceProfile, DeviceVersion
from devices.services import version as services
from devices.views.edit import Add, Edit

WITH_DEVICE = DeviceVersion.objects.select_related("device", "platform__device", "organisation")


class VersionAdd(Add, CreateView[DeviceVersion, NewVersionForm]):
    """Register a version; the form starts with the profile of the latest one."""

    access = Permission.DEVICE_EDIT
    model = DeviceVersion
    form_class = NewVersionForm
    template_name = "devices/version_form.html"

    @cached_property
    def device(self) -> Device:
        return get_object_or_404(
            Device.objects.select_related("organisation"), pk=self.kwargs["pk"]
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "instance": DeviceVersion(organisation=self.request.organisation, device=self.device)
        }

    @cached_property
    def latest(self) -> DeviceVersion | None:
        return self.device.versions.filter(is_latest=True).first()

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.latest, name) for name in FACT_FIELDS} if self.latest else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(device=self.device, latest=self.latest, **kwargs)

    def register(self, form: NewVersionForm) -> DeviceVersion:
        version = services.register(self.device, form.service_fields, actor=self.request.user)
        messages.success(self.request, _("The version is registered. You can assess it now."))
        return version


class VersionDetail(PortalView, DetailView[DeviceVersion]):
    """A version: dates, phase, profile; its assessments load beside."""

    access = Permission.DEVICE_VIEW
    queryset = WITH_DEVICE
    template_name = "devices/version_detail.html"
    context_object_name = "version"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        order = list(LifecyclePhase)
        now = order.index(LifecyclePhase(self.object.phase))
        return super().get_context_data(
            today=today,
            suggested=self.object.phase_suggested(today),
            built_on_it=self.object.built_on.select_related("device").order_by(
                "device__name", "pk"
            ),
            may_build=DeviceVersion.objects.platforms(self.object.device).exists(),
            phases=[(phase, index < now, index == now) for index, phase in enumerate(order)],
            facts=[
                (fact.label, getattr(self.object, name))
                for fact, name in DeviceProfile.FACT_FIELDS.items()
            ],
            **kwargs,
        )


class VersionEdit(Edit, UpdateView[DeviceVersion, VersionForm]):
    """Change label and dates of a version."""

    access = Permission.DEVICE_EDIT
    queryset = WITH_DEVICE
    form_class = VersionForm
    template_name = "devices/version_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(device=self.object.device, **kwargs)

    def save(self, form: VersionForm) -> DeviceVersion:
        version = services.change(
            self.object,
            form.service_fields,
            revision=form.cleaned_data["revision"],
            actor=self.request.user,
        )
        messages.success(self.request, _("The version was changed."))
        return version


@requires(Permission.DEVICE_EDIT)
@require_POST
def confirm(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Confirm the phase of a version."""
    version = get_object_or_404(WITH_DEVICE, pk=pk)
    form = PhaseForm(request.POST)
    if form.is_valid():
        services.confirm_phase(version, phase=form.cleaned_data["phase"], actor=request.user)
        messages.success(request, _("The phase is confirmed."))
        return HttpResponseRedirect(version.get_absolute_url())
    return HttpResponse(_("This is not one of the five phases."), status=422)
