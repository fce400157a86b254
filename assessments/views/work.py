"""The workspace: phases and sections, the list of a filter, and the answer that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.enums import Verdict
from assessments.models import Answer, Assessment
from assessments.views.answer import WITH_SUBJECT, context_of
from assessments.views.worklist import (
    Worklist,
    is_in_pane,
    lines_of,
    outline_of,
    query_dict,
    say_where,
    swaps,
    worklist,
)
from assessments.worklines import Line, places, rows

FIELDS = ("verdict", "state", "owner", "criterion", "stakeholder")
TICKS = ("overdue", "without_evidence", "open_remarks", "to_confirm", "excluded")


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def workspace(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show the workspace, or only its pane when the workspace itself asks."""
    work = worklist(request, pk, request.GET)
    shown: list[Line] = []
    if not is_in_pane(request):
        shown = lines_of(work.answers)
        work = replace(work, read=tuple((line.position, line.pk) for line in shown))
    answer = _opened(request, pk, shown)
    if answer is not None:
        assessment = answer.assessment
    else:
        assessment = get_object_or_404(
            Assessment.objects.select_related("device", "version"), pk=pk
        )
    context: dict[str, Any] = {"assessment": assessment, "answer": answer}
    if answer is not None:
        context |= context_of(request, answer, work=work)
    template = "assessments/work.html"
    if is_in_pane(request):
        template += "#pane"
        # The line of the answer that was open before may have changed meanwhile.
        context["swaps"] = swaps(assessment, answer.pk if answer else None, _left(request))
    else:
        context |= _list_context(assessment, work, shown, opened=answer.pk if answer else None)
    response = render(request, template, context)
    if answer is not None and is_in_pane(request):
        say_where(response, request, work, answer.pk)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _list_context(
    assessment: Assessment, work: Worklist, shown: Sequence[Line], *, opened: UUID | None
) -> dict[str, Any]:
    """Return the outline, the list, and its filter; the outline chooses phase and section."""
    filter_, chosen = work.filter, work.filter.cleaned_data
    return {
        "work": work,
        "filter": filter_,
        "outline": places(
            outline_of(assessment),
            phase=chosen.get("phase", ""),
            section=chosen.get("section", ""),
        ),
        "total": len(shown),
        "rows": rows(shown, query=work.query, opened=opened),
        "places": [(name, chosen[name]) for name in ("phase", "section") if chosen.get(name)],
        "fields": [filter_[name] for name in FIELDS],
        "ticks": [filter_[name] for name in TICKS],
        "chips": [
            (text, filter_.query(without=name))
            for name, text in filter_.chips()
            if name not in {"phase", "section"}
        ],
    }


def _opened(request: PortalRequest, assessment: UUID, shown: Sequence[Line]) -> Answer | None:
    """Return the answer that the address names, or the first of the list that needs a verdict."""
    named = _key(request.GET.get("open", ""))
    answers = WITH_SUBJECT.filter(assessment=assessment)
    if named is not None:
        return get_object_or_404(answers, pk=named)
    if not shown:
        return None
    waiting = (line for line in shown if line.verdict == Verdict.NOT_ASSESSED)
    return get_object_or_404(answers, pk=next(waiting, shown[0]).pk)


def _left(request: PortalRequest) -> UUID | None:
    """Return the key of the answer that was open before."""
    before = query_dict((request.htmx.current_url or "").partition("?")[2])
    return _key(before.get("open", ""))


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
