"""Changing many answers: choosing, seeing what becomes of each, doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.answer_filters import AnswerFilter
from assessments.forms_bulk import MOST_AT_ONCE, SUBMIT, BulkForm, selection, too_many
from assessments.models import Answer, Evidence
from assessments.services.bulk import apply, preview
from assessments.services.submission import Submission, submissions, submit_each
from assessments.views.bulk_done import MOST_NAMED, say_left
from assessments.views.bulk_rows import planned_rows

RECENT_EVIDENCE = 6
SELECTS = frozenset({"all", "assessment", *AnswerFilter.base_fields})
WITH_SUBJECT = (
    Answer.objects.select_related("device", "assessment__version", "owner")
    .defer("justification_html")
    .order_by("device__name", "assessment_id", "position")
)


def _keys(sent: Iterable[str]) -> set[UUID]:
    keys = set()
    for word in sent:
        try:
            keys.add(UUID(word))
        except ValueError:
            continue
    return keys


def _chosen(request: PortalRequest) -> QuerySet[Answer]:
    """Return the answers that the address names: each by key, or all that match a filter.

    Raises:
        PortalError: the filter cannot be read; without it, it would be more answers than the
            person sees.
    """
    if "all" not in request.GET:
        return WITH_SUBJECT.filter(pk__in=_keys(request.GET.getlist("answer")))
    narrowing = AnswerFilter(request.GET, organisation=request.organisation, user=request.user)
    answers = narrowing.apply(WITH_SUBJECT)
    if narrowing.errors or not SELECTS.issuperset(request.GET):
        raise PortalError(_("This filter cannot be used here. Tick the answers instead."))
    if "assessment" in request.GET:
        answers = answers.filter(assessment__in=_keys([request.GET["assessment"]]))
    return answers


@requires(Permission.ASSESSMENT_EDIT)
@require_GET
def choose(request: PortalRequest) -> HttpResponse:
    """Show the answers that were selected, and ask what is to be done to them."""
    try:
        answers = list(_chosen(request)[: MOST_AT_ONCE + 1])
    except PortalError as refusal:
        return _refused(request, str(refusal))
    if len(answers) > MOST_AT_ONCE:
        return _refused(request, too_many())
    form = BulkForm(initial={"answers": selection(answers)}, organisation=request.organisation)
    return _asked(request, form, answers)


def _refused(request: PortalRequest, refusal: str) -> HttpResponse:
    return render(request, "assessments/bulk_choose.html", {"refusal": refusal}, status=409)


def _asked(
    request: PortalRequest, form: BulkForm, answers: Sequence[Answer], *, status: int = 200
) -> HttpResponse:
    pieces = form.found or list(Evidence.objects.standing().order_by("-number")[:RECENT_EVIDENCE])
    context = {"form": form, "answers": answers, "pieces": pieces}
    return render(request, "assessments/bulk_choose.html", context, status=status)


def _read(request: PortalRequest) -> tuple[BulkForm, list[Answer]]:
    """Return the form that was sent, checked, with the answers it names."""
    form = BulkForm(request.POST, organisation=request.organisation)
    form.is_valid()
    answers = list(WITH_SUBJECT.filter(pk__in=form.cleaned_data.get("answers", {})))
    if not answers and not form.errors:
        form.add_error("answers", _("These answers are not there any longer. Choose again."))
    return form, answers


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def show(request: PortalRequest) -> HttpResponse:
    """Say row by row what would change and what would not; write nothing."""
    form, answers = _read(request)
    if not form.is_valid():
        return _asked(request, form, answers, status=422)
    if "back" in request.POST:
        return _asked(request, form, answers)
    return _previewed(request, form, answers)


def _previewed(
    request: PortalRequest,
    form: BulkForm,
    answers: Sequence[Answer],
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "answers": answers, "refusal": refusal}
    if form.cleaned_data["do"] == SUBMIT:
        found = submissions(answers)
        ready = {(s.review.assessment_id, s.review.phase) for s in found if not s.obstacles}
        agreed = [a for a in answers if (a.assessment_id, a.phase) in ready]
        context |= {"submissions": found, "ready": len(ready)}
    else:
        planned = preview(answers, form.order)
        agreed = [each.answer for each in planned if not each.refused]
        rows = planned_rows(planned, people=_people(form), evidence=form.order.evidence)
        context |= {
            "changing": [row for row in rows if not row.refused],
            "staying": [row for row in rows if row.refused],
            "reasons": Counter(row.refused for row in rows if row.refused).most_common(),
        }
    # Only what was shown to change is sent back: nobody agreed to the rest.
    token = form.cleaned_data["token"] if refusal else None
    context["carried"] = form.carried(answers=selection(agreed), token=token or uuid4())
    context["again"] = form.carried(answers=selection(answers), token=uuid4())
    return render(request, "assessments/bulk_preview.html", context, status=status)


def _people(form: BulkForm) -> dict[str, str]:
    return {str(key): str(name) for key, name in form.fields["owner"].choices if key}  # type: ignore[attr-defined]


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def do(request: PortalRequest) -> HttpResponse:
    """Do what was shown, to the answers that still are as they were shown."""
    form, answers = _read(request)
    if not form.is_valid():
        return _asked(request, form, answers, status=422)
    if form.cleaned_data["do"] == SUBMIT:
        return _submitted(request, answers)
    try:
        done = apply(
            form.cleaned_data["answers"],
            form.order,
            organisation=request.organisation,
            token=form.cleaned_data["token"] or uuid4(),
            actor=request.user,
        )
    except PortalError as refusal:
        return _previewed(request, form, answers, refusal=str(refusal), status=409)
    changed = len(done.change.changes)
    messages.success(
        request,
        ngettext("%(number)s answer was changed.", "%(number)s answers were changed.", changed)
        % {"number": changed},
    )
    say_left(request, done.left)
    return redirect("assessments:bulk-detail", request.organisation.slug, done.change.pk)


def _submitted(request: PortalRequest, answers: Sequence[Answer]) -> HttpResponse:
    reviews = {found.review.pk: found for found in submissions(answers)}
    done = submit_each(list(reviews), actor=request.user)
    submitted = [each for each in done if not each.obstacles]
    if submitted:
        messages.success(
            request,
            ngettext(
                "%(number)s phase is submitted to the reviewers.",
                "%(number)s phases are submitted to the reviewers.",
                len(submitted),
            )
            % {"number": len(submitted)},
        )
    for each in [each for each in done if each.obstacles][:MOST_NAMED]:
        messages.warning(request, f"{each.review.full_name}: {' '.join(each.obstacles)}")
    return redirect(_after(request, done))


def _after(request: PortalRequest, done: Sequence[Submission]) -> str:
    """Return the page that shows what was submitted: of the phase, or of all assessments."""
    if len(done) == 1:
        return done[0].review.get_absolute_url()
    return reverse("assessments:assessment-list", args=[request.organisation.slug])
