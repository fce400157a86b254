"""Remarks on answers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.forms import AnswerForm, RemarkForm, ReplyForm
from assessments.models import Answer, Remark
from assessments.services import remark as services
from assessments.views.answer import WITH_SUBJECT, page


@requires(Permission.ASSESSMENT_REVIEW)
@require_POST
def raise_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Raise a remark on an answer."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = RemarkForm(request.POST)
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


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def reply_to(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Reply to a remark."""
    remark = get_object_or_404(Remark, pk=pk)
    form = ReplyForm(request.POST)
    answer = get_object_or_404(WITH_SUBJECT, pk=remark.answer_id)
    if not form.is_valid():
        return _page(request, answer, status=422, reply_form=form, replying=remark.pk)
    try:
        services.reply(pk, text=form.cleaned_data["text"], actor=request.user)
    except PortalError as refusal:
        more = {"refusal": str(refusal), "reply_form": form, "replying": remark.pk}
        return _page(request, answer, status=409, **more)
    messages.success(request, _("The reply was saved."))
    return redirect(answer)


@requires(Permission.ASSESSMENT_REVIEW)
@require_POST
def close_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Close a remark."""
    remark = get_object_or_404(Remark, pk=pk)
    answer = get_object_or_404(WITH_SUBJECT, pk=remark.answer_id)
    try:
        services.close(pk, actor=request.user)
    except PortalError as refusal:
        return _page(request, answer, status=409, refusal=str(refusal))
    messages.success(request, _("The remark is closed."))
    return redirect(answer)


def _page(request: PortalRequest, answer: Answer, *, status: int, **more: object) -> HttpResponse:
    shown = AnswerForm.showing(answer, organisation=request.organisation)
    return page(request, answer, form=shown, status=status, **more)
