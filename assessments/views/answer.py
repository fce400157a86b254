"""One recommendation and the answer to it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.markdown import to_html
from ansm_portal.permissions import Permission, granted, requires
from assessments.differences import joined, marked
from assessments.enums import AnswerState
from assessments.forms import AnswerForm, EvidenceForm, ReasonForm
from assessments.forms_remark import RemarkForm
from assessments.models import Action, Answer, AnswerDraft, AnswerPresence, PhaseReview, Remark
from assessments.services.answer import AnswerMoved, exclude_again, include, save_answer
from assessments.services.carrying import changes_of
from assessments.services.changes import ReasonNeeded
from assessments.services.draft import draft_of
from assessments.services.presence import others_at
from assessments.views.action import listed
from assessments.views.threads import Said, threads_of
from assessments.views.worklist import Worklist, is_in_pane, say_where, swaps, worklist_of

_REVIEW = PhaseReview.objects.filter(
    organisation_id=OuterRef("organisation_id"),
    assessment_id=OuterRef("assessment_id"),
    phase=OuterRef("phase"),
)


def _existing(rows: type[models.Model]) -> Exists:
    """Tell whether the answer has such rows, so that a page asks only for those that are."""
    of_answer = {"organisation_id": OuterRef("organisation_id"), "answer": OuterRef("pk")}
    return Exists(rows._default_manager.filter(**of_answer))


WITH_SUBJECT = (
    Answer.objects.with_neighbours()
    .annotate(
        review_id=Subquery(_REVIEW.values("pk")[:1]),
        review_state=Subquery(_REVIEW.values("state")[:1]),
        has_drafts=_existing(AnswerDraft),
        has_presences=_existing(AnswerPresence),
        has_actions=_existing(Action),
        has_remarks=_existing(Remark),
    )
    .select_related(
        "recommendation__section",
        "recommendation__catalogue",
        "assessment__version",
        "assessment__device",
        "organisation",
        "owner",
        "answered_by",
        "accepted_by",
        "included_by",
    )
)
ORIGIN = Answer.objects.select_related("recommendation", "assessment__version__device")


@requires(Permission.ASSESSMENT_VIEW)
def edit(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show a recommendation with the answer; save the answer."""
    if request.method == "POST":
        if not granted(Permission.ASSESSMENT_EDIT, request.roles):
            refusal = _("Your roles let you read answers, not write them.")
            return _shown_again(request, pk, refusal=refusal, status=403)
        return _merged(request, pk) if "merge" in request.POST else _save(request, pk)
    answer = WITH_SUBJECT.filter(pk=pk).first()
    if answer is None:  # it may have left its assessment: what it said is in its history
        former = get_object_or_404(Answer.with_former, pk=pk)
        return redirect("assessments:answer-history", request.organisation.slug, former.pk)
    return page(request, answer)


def _save(request: PortalRequest, pk: UUID) -> HttpResponse:
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
    return redirect(_following(request, saved))


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
            typed=True,
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
    more: dict[str, Any] = {}
    if moved is not None:
        data = request.POST.copy()
        data["revision"] = str(moved.theirs.revision)
        form.data = data
        mine = form.cleaned_data.get("justification", "")
        more = {
            "moved": moved,
            "theirs": moved.theirs,
            "difference": marked(moved.theirs.justification, mine),
        }
    if "preview" in request.POST:
        more["preview"] = to_html(request.POST.get("justification", "")[:100_000])
    return page(request, answer, form=form, status=status, **more)


def _merged(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show the page again with both texts joined, or with the saved one. Nothing is saved."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    data = request.POST.copy()
    data["revision"] = str(answer.revision)
    if request.POST["merge"] == "theirs":
        data["justification"], data["verdict"] = answer.justification, answer.verdict
        data["owner"] = str(answer.owner_id or "")
        data["due_on"] = answer.due_on.isoformat() if answer.due_on else ""
        merged = _("This is what is saved. Save it again only if you change it.")
    else:
        data["justification"] = joined(answer.justification, data.get("justification", ""))
        merged = _("Both texts are joined below, theirs first where they differ. Read, then save.")
    form = AnswerForm(data, organisation=request.organisation)
    status = 200 if form.is_valid() else 422
    return page(request, answer, form=form, status=status, merged=merged)


def page(
    request: PortalRequest, answer: Answer, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render the page of an answer, or the pane of the workspace; see :func:`context_of`."""
    work = worklist_of(request, answer)
    context = context_of(request, answer, work=work, **context)
    template = "assessments/answer.html"
    if is_in_pane(request):
        template = "assessments/work.html#pane"
        context["swaps"] = swaps(answer.assessment, answer.pk)
    response = render(request, template, context, status=status)
    if work is not None and is_in_pane(request):
        say_where(response, request, work, answer.pk)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def context_of(
    request: PortalRequest,
    answer: Answer,
    *,
    work: Worklist | None,
    form: AnswerForm | None = None,
    said: Said | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return what the page of an answer shows.

    ``form`` is what was typed and not saved, else the draft is shown, else what is saved;
    ``said`` is a message of a thread that was refused.
    """
    today = timezone.localdate()
    _know_origin(answer)
    editable = (
        answer.is_applicable
        and answer.state != AnswerState.READY
        and granted(Permission.ASSESSMENT_EDIT, request.roles)
    )
    draft = None
    if form is None:
        draft = draft_of(answer, request.user) if editable and _has(answer, "drafts") else None
        form = AnswerForm.showing(answer, organisation=request.organisation, draft=draft)
    if work is not None:
        form.offer(work.filter.people)
    links = answer.evidence_links.select_related("evidence").order_by("evidence__number")
    actions = Action.objects.filter(answer=answer)
    return {
        "answer": answer,
        "entry": answer.recommendation,
        "form": form,
        "draft": draft,
        "work": work,
        "previous": work.link(work.before(answer)) if work else "",
        "following": work.link(work.after(answer)) if work else "",
        "others": list(others_at(answer, than=request.user)) if _has(answer, "presences") else [],
        "links": list(links) if answer.evidence_count else [],
        "actions": listed(actions, on=today) if _has(answer, "actions") else [],
        "threads": threads_of(answer, request, said=said) if _has(answer, "remarks") else [],
        "remark_form": RemarkForm(auto_id="remark_%s"),
        "include_form": ReasonForm(),
        "evidence_form": None,
        "blank_evidence": _blank_evidence(get_language() or "", answer.state),
        "editable": editable,
        "changes": changes_of(answer, today=today),
        "today": today,
        **more,
    }


def _know_origin(answer: Answer) -> None:
    """Read what the answer was carried over or is inherited from, if it is: most are neither."""
    if answer.to_confirm and answer.carried_from_id:
        answer.carried_from = ORIGIN.get(pk=answer.carried_from_id)
    if answer.is_applicable and answer.inherited_from_id:
        answer.inherited_from = ORIGIN.get(pk=answer.inherited_from_id)


@lru_cache(maxsize=16)
def _blank_evidence(_language: str, state: str) -> SafeString:
    """Draw the empty form of new evidence: always the same, and the slowest of the page."""
    form = EvidenceForm(auto_id="evidence_%s")
    return render_to_string("assessments/_evidence_form.html", {"form": form, "accepted": state})


def _has(answer: Answer, rows: str) -> bool:
    """Tell whether :data:`WITH_SUBJECT` found such rows."""
    return bool(getattr(answer, f"has_{rows}"))


def _following(request: PortalRequest, answer: Answer) -> str:
    """Return where to go on after saving: in the list of the person, or in the edition."""
    work = worklist_of(request, answer)
    goes_on = request.POST.get("then") == "next"
    if work is not None:
        return work.link((work.after(answer) if goes_on else None) or answer.pk)
    later = Answer.objects.applicable().filter(
        assessment_id=answer.assessment_id, position__gt=answer.position
    )
    pk = later.order_by("position").values_list("pk", flat=True).first() if goes_on else None
    return reverse("assessments:answer-edit", args=[request.organisation.slug, pk or answer.pk])


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def include_anyway(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Include a recommendation that the profile excludes, with a justification."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, answer, status=422, include_form=form)
    try:
        include(pk, reason=form.cleaned_data["reason"], actor=request.user)
    except PortalError as refusal:
        return page(request, answer, status=409, refusal=str(refusal))
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
        return page(request, answer, status=409, refusal=str(refusal))
    messages.success(request, _("%(code)s is left out again.") % {"code": answer.code})
    return redirect(answer)
