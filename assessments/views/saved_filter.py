"""Keeping filters of answers under a name."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ansm_portal.errors import PortalError
from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.answer_filters import AnswerFilter
from assessments.models import SavedFilter
from assessments.services import saved_filter as services


class NameForm(PortalForm):
    """What a filter is called, and who sees it."""

    name = forms.CharField(label=gettext_lazy("Name of the filter"), max_length=80)
    is_shared = forms.BooleanField(
        label=gettext_lazy("Shared with the organisation"), required=False
    )


class KeepForm(NameForm):
    """A filter with its name."""

    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


@requires(Permission.ASSESSMENT_VIEW)
@require_POST
def keep(request: PortalRequest) -> HttpResponse:
    """Keep the filter that is shown."""
    form = KeepForm(request.POST)
    if not form.is_valid():
        return _asked_again(request, form)
    narrowing = AnswerFilter(
        QueryDict(form.cleaned_data["query"]),
        organisation=request.organisation,
        user=request.user,
    )
    form.cleaned_data["query"] = narrowing.query()  # what could be read, in one order
    try:
        saved = services.keep(
            organisation=request.organisation, actor=request.user, **form.cleaned_data
        )
    except PortalError as refusal:
        form.add_error("name", str(refusal))
        return _asked_again(request, form)
    messages.success(request, _("The filter “%(name)s” is kept.") % {"name": saved.name})
    return redirect(saved)


@requires(Permission.ASSESSMENT_VIEW)
@require_POST
def change(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Rename a filter of one's own, or share it."""
    get_object_or_404(SavedFilter, pk=pk, owner=request.user)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _asked_again(request, form)
    try:
        saved = services.change(pk, actor=request.user, **form.cleaned_data)
    except PortalError as refusal:
        form.add_error("name", str(refusal))
        return _asked_again(request, form)
    messages.success(request, _("The filter “%(name)s” is kept.") % {"name": saved.name})
    return redirect(saved)


@requires(Permission.ASSESSMENT_VIEW)
@require_POST
def remove(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Remove a filter of one's own."""
    try:
        saved = services.remove(pk, actor=request.user)
    except SavedFilter.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("The filter “%(name)s” is removed.") % {"name": saved.name})
    return redirect("assessments:answer-list", request.organisation.slug)


def _asked_again(request: PortalRequest, form: NameForm) -> HttpResponse:
    return render(request, "assessments/saved_filter.html", {"form": form}, status=422)
