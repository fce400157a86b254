"""Answers of a platform on the versions built on it: differing, following again, choosing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.forms_carrying import BuiltOnForm, OverrideForm, RevisionForm
from assessments.services.overriding import inherit_again, override
from assessments.services.platform import choose_platform
from assessments.views.answer import WITH_SUBJECT, page
from devices.models import DeviceVersion
from devices.services.changes import RowMoved


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def override_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Let an answer differ from that of the platform, with a reason."""
    get_object_or_404(WITH_SUBJECT, pk=pk)
    form = OverrideForm(request.POST)
    if not form.is_valid():
        refusal = _("Say why this version differs from its platform.")
        return _refused(request, pk, refusal, status=422)
    try:
        answer = override(pk, actor=request.user, **form.cleaned_data)
    except PortalError as refused:
        return _refused(request, pk, str(refused), status=409)
    messages.success(request, _("The answer no longer follows the platform. Change it now."))
    return redirect("assessments:answer-edit", request.organisation.slug, answer.pk)


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def inherit_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Let an answer say again what the platform says."""
    get_object_or_404(WITH_SUBJECT, pk=pk)
    form = RevisionForm(request.POST)
    if not form.is_valid():
        refusal = _("This page is incomplete. Look again, then follow the platform.")
        return _refused(request, pk, refusal, status=422)
    try:
        answer = inherit_again(pk, actor=request.user, **form.cleaned_data)
    except PortalError as refused:
        return _refused(request, pk, str(refused), status=409)
    messages.success(request, _("The answer says what the platform says."))
    return redirect("assessments:answer-edit", request.organisation.slug, answer.pk)


def _refused(request: PortalRequest, pk: UUID, refusal: str, *, status: int) -> HttpResponse:
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    return page(request, answer, status=status, refusal=refusal)


@requires(Permission.DEVICE_EDIT)
def choose(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Choose the platform that a version is built on."""
    version = get_object_or_404(
        DeviceVersion.objects.select_related("device", "platform__device", "organisation"), pk=pk
    )
    form = BuiltOnForm(request.POST if request.method == "POST" else None, version=version)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                choose_platform(version, actor=request.user, **form.cleaned_data)
            except RowMoved:
                status = 409
                form.add_error(
                    None, _("Somebody changed this version meanwhile. Look again, then save.")
                )
                form.data = request.POST.copy()
                form.data["revision"] = str(DeviceVersion.objects.get(pk=pk).revision)
            except PortalError as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, _("The platform was chosen."))
                return redirect(version)
    context = {"form": form, "version": version}
    return render(request, "assessments/version_platform.html", context, status=status)
