"""Changing the profile of a version: first what it would do, then the change."""

from __future__ import annotations

from typing import Any
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
from devices.services.changes import RowMoved


@requires(Permission.DEVICE_EDIT)
def edit(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show the ten facts; say what a change does; change when that is confirmed."""
    version = get_object_or_404(
        DeviceVersion.objects.select_related("device", "organisation"), pk=pk
    )
    form = ProfileForm(request.POST if request.method == "POST" else None, version=version)
    if request.method != "POST":
        return _page(request, form, version)
    if not form.is_valid():
        return _page(request, form, version, status=422)
    if not form.cleaned_data["confirmed"]:
        return _page(request, form, version, effect=preview(version, form.facts))
    revision = form.cleaned_data["revision"]
    try:
        change_profile(version, facts=form.facts, revision=revision, actor=request.user)
    except RowMoved as moved:
        return _moved(request, form, version, moved)
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        effect = preview(version, form.facts)
        return _page(request, form, version, effect=effect, status=409)
    messages.success(request, _("The profile was changed."))
    return redirect(version)


def _moved(
    request: PortalRequest, form: ProfileForm, version: DeviceVersion, moved: RowMoved
) -> HttpResponse:
    """Show what is saved beside what was ticked; the form goes on from the former."""
    version.refresh_from_db()
    words = {True: _("yes"), False: _("no")}
    theirs = [
        (fact.label, words[fact in version.facts], words[fact in form.facts])
        for fact in DeviceVersion.FACT_FIELDS
        if fact in version.facts ^ form.facts
    ]
    effect = preview(version, form.facts)
    form.data = request.POST.copy()
    form.data["revision"] = str(version.revision)
    return _page(request, form, version, effect=effect, moved=moved, theirs=theirs, status=409)


def _page(
    request: PortalRequest,
    form: ProfileForm,
    version: DeviceVersion,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"form": form, "version": version, "effect": None, "moved": None, "theirs": ()}
    return render(request, "assessments/version_profile.html", context | more, status=status)
