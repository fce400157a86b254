"""What a page says by itself while somebody writes: the draft so far, and that it is open."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.forms import AnswerForm
from assessments.models import Answer
from assessments.services.draft import discard_draft, keep_draft
from assessments.services.presence import others_at, see

WITH_PEOPLE = Answer.objects.select_related("organisation", "answered_by")


class OpenForm(PortalForm):
    """The revision that the page shows."""

    revision = forms.IntegerField(min_value=1)


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def keep(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Keep what was typed so far; answer with the time, or with what is wrong."""
    answer = get_object_or_404(WITH_PEOPLE, pk=pk)
    form = AnswerForm(request.POST, organisation=request.organisation)
    if not form.is_valid():
        sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
        return JsonResponse({"refusal": " ".join(sentences)}, status=422)
    data = form.cleaned_data
    keep_draft(
        answer.pk,
        revision=data["revision"],
        typed={
            "verdict": data["verdict"],
            "justification": data["justification"],
            "owner_id": data["owner"].pk if data["owner"] else None,
            "due_on": data["due_on"],
            "reason": data["reason"],
            "override_reason": data["override_reason"],
        },
        author=request.user,
    )
    return JsonResponse({"saved_at": formats.time_format(timezone.localtime(), "TIME_FORMAT")})


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def discard(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Forget the draft, and show what is saved."""
    answer = get_object_or_404(WITH_PEOPLE, pk=pk)
    discard_draft(pk, author=request.user)
    messages.success(request, _("The draft is discarded."))
    return redirect(answer)


@requires(Permission.ASSESSMENT_VIEW)
@require_POST
def presence(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Note that the answer is open here; answer with who else has it open, or saved it since."""
    answer = get_object_or_404(WITH_PEOPLE, pk=pk)
    form = OpenForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    see(answer, by=request.user)
    context = {
        "answer": answer,
        "others": others_at(answer, than=request.user),
        "is_newer": answer.revision > form.cleaned_data["revision"],
    }
    return render(request, "assessments/_presence.html", context)
