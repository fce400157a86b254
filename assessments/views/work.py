"""The workspace: phases and sections, the list of a filter, and the answer that is open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.answer_filters import AnswerFilter
from assessments.enums import Verdict
from assessments.models import Answer, Assessment
from assessments.views.answer import WITH_SUBJECT, context_of
from assessments.views.worklist import is_in_pane, outline_of, query_dict, say_where, worklist

SHOWN = (
    "code",
    "phase",
    "position",
    "is_applicable",
    "verdict",
    "state",
    "to_confirm",
    "is_gap",
    "evidence_count",
    "due_on",
    "owner__first_name",
    "owner__last_name",
    "owner__email",
    "recommendation__title_fr",
    "recommendation__title_en",
    "recommendation__section__key",
    "recommendation__section__title_fr",
    "recommendation__section__title_en",
)
FIELDS = ("verdict", "state", "owner", "criterion", "stakeholder")
TICKS = ("overdue", "without_evidence", "open_remarks", "to_confirm", "excluded")


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def workspace(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show the workspace, or only its pane when the workspace itself asks."""
    assessment = get_object_or_404(
        Assessment.objects.select_related("device", "version", "catalogue", "organisation"), pk=pk
    )
    work = worklist(request, pk, request.GET)
    shown: list[Answer] = []
    if not is_in_pane(request):
        shown = list(_with_titles(work.answers))
        work = replace(work, read=tuple(shown))
    answer = _opened(request, assessment, shown)
    context: dict[str, Any] = {
        "assessment": assessment,
        "work": work,
        "filter": work.filter,
        "outline": outline_of(assessment),
        "answers": shown,
        "answer": answer,
    }
    if not is_in_pane(request):
        context |= _filter_context(work.filter)
    if answer is not None:
        context |= context_of(request, answer, work=work)
    template = "assessments/work.html"
    if is_in_pane(request):
        template += "#pane"
        context["left"] = _left(request, assessment)
    response = render(request, template, context)
    if answer is not None and is_in_pane(request):
        say_where(response, request, work, answer.pk)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _filter_context(filter_: AnswerFilter) -> dict[str, Any]:
    """Return the parts of the filter as the list shows them; the outline chooses the place."""
    chosen = filter_.cleaned_data
    return {
        "places": [(name, chosen[name]) for name in ("phase", "section") if chosen.get(name)],
        "fields": [filter_[name] for name in FIELDS],
        "ticks": [filter_[name] for name in TICKS],
        "chips": [
            (text, filter_.query(without=name))
            for name, text in filter_.chips()
            if name not in {"phase", "section"}
        ],
    }


def _with_titles(answers: QuerySet[Answer]) -> QuerySet[Answer]:
    return answers.select_related("recommendation__section", "owner").only(*SHOWN)


def _opened(request: PortalRequest, assessment: Assessment, shown: list[Answer]) -> Answer | None:
    """Return the answer that the address names, or the first of the list that needs a verdict."""
    named = _key(request.GET.get("open", ""))
    answers = WITH_SUBJECT.filter(assessment=assessment)
    if named is not None:
        return get_object_or_404(answers, pk=named)
    if not shown:
        return None
    waiting = (answer for answer in shown if answer.verdict == Verdict.NOT_ASSESSED)
    return get_object_or_404(answers, pk=next(waiting, shown[0]).pk)


def _left(request: PortalRequest, assessment: Assessment) -> Answer | None:
    """Return the answer that was open before, whose line may have changed meanwhile."""
    before = query_dict((request.htmx.current_url or "").partition("?")[2])
    key = _key(before.get("open", ""))
    if key is None:
        return None
    return _with_titles(Answer.objects.filter(assessment=assessment)).filter(pk=key).first()


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
