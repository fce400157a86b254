"""Remarks on answers, and what is said in their threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.forms_remark import RemarkForm
from assessments.models import Answer, Remark
from assessments.services import remark as services
from assessments.services.team import team_of
from assessments.views.answer import WITH_SUBJECT, page
from assessments.views.auditing import remarks_page
from assessments.views.threads import Said, form_of

WITH_ORGANISATION = Remark.objects.select_related("organisation")


@requires(Permission.ASSESSMENT_REVIEW)
@require_POST
def raise_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Raise a remark on an answer."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = RemarkForm(request.POST, auto_id="remark_%s")
    if form.is_valid():
        services.raise_remark(
            answer,
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            actor=request.user,
        )
        messages.success(request, _("The remark was raised."))
        return redirect(answer)
    return _page(request, answer, status=422, remark_form=form)


def _said(step: str, act: Callable[..., Any], done: Callable[[], str]) -> Callable[..., Any]:
    """Make a view that adds to the thread of a remark and goes back to what it is about."""

    @requires(Permission.REMARK_ANSWER)
    @require_POST
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        remark = get_object_or_404(WITH_ORGANISATION, pk=pk)
        form = form_of(pk, step, request.POST)
        said = Said(pk, step, form)
        if not form.is_valid():
            return _about(request, remark, status=422, said=said)
        try:
            act(pk, actor=request.user, **form.cleaned_data)
        except PortalError as refusal:
            return _about(request, remark, status=409, said=said, refusal=str(refusal))
        messages.success(request, done())
        return redirect(_home(remark))

    return view


reply_to = _said("reply", services.reply, lambda: _("The message was sent."))
reopen_one = _said("reopen", services.reopen, lambda: _("The remark is open again."))
change_kind_of_one = _said(
    "kind", services.change_kind, lambda: _("The kind of the remark was changed.")
)


@requires(Permission.REMARK_ANSWER)
@require_POST
def close_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Close a remark."""
    remark = get_object_or_404(WITH_ORGANISATION, pk=pk)
    try:
        services.close(pk, actor=request.user)
    except PortalError as refusal:
        return _about(request, remark, status=409, refusal=str(refusal))
    messages.success(request, _("The remark is closed."))
    return redirect(_home(remark))


@requires(Permission.REMARK_ANSWER)
@require_GET
def names(request: PortalRequest) -> HttpResponse:
    """List the names that a text can call, for the help while typing."""
    team = team_of(request.organisation.pk, on=timezone.localdate())
    people = [{"name": str(person), "email": person.email} for person in team]
    return JsonResponse({"people": people})


def _home(remark: Remark) -> str:
    """Return where a remark is talked over: at the answer, or at the dossier it is about."""
    if remark.answer_id is None:
        return remark.get_absolute_url()
    slug = remark.organisation.slug
    return reverse("assessments:answer-edit", args=[slug, remark.answer_id])


def _about(request: PortalRequest, remark: Remark, *, status: int, **more: Any) -> HttpResponse:
    """Show again what a remark is about."""
    if remark.answer_id is None:
        return remarks_page(request, remark.dossier_id, status=status, **more)
    return _page(
        request, get_object_or_404(WITH_SUBJECT, pk=remark.answer_id), status=status, **more
    )


def _page(request: PortalRequest, answer: Answer, *, status: int, **more: Any) -> HttpResponse:
    return page(request, answer, status=status, **more)
