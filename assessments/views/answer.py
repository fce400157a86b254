"""One recommendation and the answer to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.markdown import to_html
from ansm_portal.permissions import Permission, granted, requires
from assessments.differences import marked
from assessments.enums import AnswerState, Verdict
from assessments.forms import AnswerForm, EvidenceForm, ReasonForm
from assessments.forms_remark import RemarkForm
from assessments.models import Action, Answer
from assessments.services.answer import AnswerMoved, exclude_again, include, save_answer
from assessments.services.carrying import changes_of
from assessments.services.changes import ReasonNeeded
from assessments.views.action import listed
from assessments.views.threads import Said, threads_of

WITH_SUBJECT = Answer.objects.with_neighbours().select_related(
    "recommendation__section",
    "recommendation__catalogue",
    "assessment__version",
    "assessment__device",
    "organisation",
    "owner",
    "answered_by",
    "accepted_by",
    "included_by",
    "carried_from__recommendation",
    "carried_from__assessment__version",
    "inherited_from__assessment__version__device",
)


@requires(Permission.ASSESSMENT_VIEW)
def edit(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show a recommendation with the answer; save the answer."""
    if request.method == "POST":
        return _save(request, pk)
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = AnswerForm.showing(answer, organisation=request.organisation)
    return page(request, answer, form=form)


def _save(request: PortalRequest, pk: UUID) -> HttpResponse:
    if not granted(Permission.ASSESSMENT_EDIT, request.roles):
        refusal = _("Your roles let you read answers, not write them.")
        return _shown_again(request, pk, refusal=refusal, status=403)
    form = AnswerForm(request.POST, organisation=request.organisation)
    if request.POST.get("owner"):
        current = Answer.objects.select_related("owner").only("owner").filter(pk=pk).first()
        form.fields["owner"].current = current.owner if current else None  # type: ignore[attr-defined]
    if "preview" in request.POST or not form.is_valid():
        status = 200 if "preview" in request.POST else 422
        return _shown_again(request, pk, form=form, status=status)
    try:
        saved = _store(form, pk, actor=request.user)
    except AnswerMoved as moved:
        return _shown_again(request, pk, form=form, moved=moved, status=409)
    except ReasonNeeded as refused:
        form.add_error(refused.field, str(refused))
        return _shown_again(request, pk, form=form, status=422)
    except PortalError as refused:
        return _shown_again(request, pk, refusal=str(refused), form=form, status=409)
    messages.success(request, _("%(code)s is saved.") % {"code": saved.code})
    following = _following(saved) if request.POST.get("then") == "next" else None
    return redirect("assessments:answer-edit", request.organisation.slug, following or pk)


def _store(form: AnswerForm, pk: UUID, *, actor: User) -> Answer:
    data = form.cleaned_data
    try:
        return save_answer(
            pk,
            revision=data["revision"],
            verdict=data["verdict"],
            justification=data["justification"],
            owner_id=data["owner"].pk if data["owner"] else None,
            due_on=data["due_on"],
            actor=actor,
            reason=data["reason"],
            override_reason=data["override_reason"],
        )
    except Answer.DoesNotExist as error:
        raise Http404 from error


def _shown_again(
    request: PortalRequest,
    pk: UUID,
    *,
    status: int,
    refusal: str = "",
    form: AnswerForm | None = None,
    moved: AnswerMoved | None = None,
) -> HttpResponse:
    """Show the page again with what was typed, and why it was not saved."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = form or AnswerForm(request.POST, organisation=request.organisation)
    form.is_valid()
    if refusal:
        form.add_error(None, refusal)
    theirs: dict[str, Any] = {}
    if moved is not None:
        data = request.POST.copy()
        data["revision"] = str(moved.theirs.revision)
        form.data = data
        theirs = {
            "moved": moved,
            "theirs": moved.theirs,
            "their_verdict": Verdict(moved.theirs.verdict).label,
            "difference": marked(
                moved.theirs.justification, form.cleaned_data.get("justification", "")
            ),
        }
    if "preview" in request.POST:
        theirs["preview"] = to_html(request.POST.get("justification", "")[:100_000])
    return page(request, answer, form=form, status=status, **theirs)


def page(
    request: PortalRequest,
    answer: Answer,
    *,
    form: AnswerForm,
    status: int = 200,
    said: Said | None = None,
    **more: Any,
) -> HttpResponse:
    """Render the page of an answer; ``said`` is a message of a thread that was refused."""
    today = timezone.localdate()
    links = list(answer.evidence_links.select_related("evidence").order_by("evidence__number"))
    context = {
        "answer": answer,
        "entry": answer.recommendation,
        "form": form,
        "links": links,
        "actions": listed(Action.objects.filter(answer=answer), on=today),
        "threads": threads_of(answer, request, said=said),
        "remark_form": RemarkForm(auto_id="remark_%s"),
        "include_form": ReasonForm(),
        "evidence_form": EvidenceForm(auto_id="evidence_%s"),
        "editable": answer.is_applicable
        and answer.state != AnswerState.READY
        and granted(Permission.ASSESSMENT_EDIT, request.roles),
        "changes": changes_of(answer, today=today),
        "today": today,
        **more,
    }
    return render(request, "assessments/answer.html", context, status=status)


def _following(answer: Answer) -> UUID | None:
    """Return the key of the applicable answer after this one in the catalogue."""
    answers = Answer.objects.applicable().filter(assessment_id=answer.assessment_id)
    later = answers.filter(position__gt=answer.position).order_by("position")
    return later.values_list("pk", flat=True).first()


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def include_anyway(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Include a recommendation that the profile excludes, with a justification."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    shown = AnswerForm.showing(answer, organisation=request.organisation)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, answer, form=shown, status=422, include_form=form)
    try:
        include(pk, reason=form.cleaned_data["reason"], actor=request.user)
    except PortalError as refusal:
        return page(request, answer, form=shown, status=409, refusal=str(refusal))
    messages.success(request, _("%(code)s is included.") % {"code": answer.code})
    return redirect(answer)


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def exclude(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Take back the inclusion of a recommendation."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    try:
        exclude_again(pk, actor=request.user)
    except PortalError as refusal:
        shown = AnswerForm.showing(answer, organisation=request.organisation)
        return page(request, answer, form=shown, status=409, refusal=str(refusal))
    messages.success(request, _("%(code)s is left out again.") % {"code": answer.code})
    return redirect(answer)
