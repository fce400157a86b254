"""Changing the profile of a version: first what it would do, then the change."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.forms import ProfileForm
from assessments.services.profile import change_profile, preview
from devices.models import DeviceVersion


@requires(Permission.DEVICE_EDIT)
def edit(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show the ten facts; say what a change does; change when that is confirmed."""
    version = get_object_or_404(
        DeviceVersion.objects.select_related("device", "organisation"), pk=pk
    )
    form = ProfileForm(request.POST if request.method == "POST" else None, version=version)
    effect, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            status = 200
            effect = preview(version, form.facts)
            if form.cleaned_data["confirmed"]:
                try:
                    change_profile(
                        version,
                        facts=form.facts,
                        revision=form.cleaned_data["revision"],
                        actor=request.user,
                    )
                except PortalError as refusal:
                    form.add_error(None, str(refusal))
                    status = 409
                else:
                    messages.success(request, _("The profile was changed."))
                    return redirect(version)
    context = {"form": form, "version": version, "effect": effect}
    return render(request, "assessments/version_profile.html", context, status=status)
