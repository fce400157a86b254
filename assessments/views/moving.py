"""Moving assessments to another edition: what it would do, doing it, what it did, undoing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, Role, requires
from ansm_portal.views import PortalView
from assessments.catalogue.transition import Fate
from assessments.models import Answer, Assessment, Catalogue, EditionMove, EditionRun
from assessments.moving import Step
from assessments.services.moving import Way, move, preview
from assessments.services.moving_back import may_undo, move_back, obstacle
from assessments.services.moving_many import enqueue, movable
from assessments.services.moving_many import request as ask
from assessments.services.transitions import later_editions, transition

FATES = {
    Fate.REWORDED: gettext_lazy("Reworded: kept, to be confirmed"),
    Fate.SPLIT: gettext_lazy("Split: the text is offered to each part, to be confirmed"),
    Fate.MERGED: gettext_lazy("Merged: the texts are joined, to be confirmed"),
    Fate.ADDED: gettext_lazy("Added: open"),
    Fate.GONE: gettext_lazy("Retired: leaves the assessment, and stays in its history"),
    Fate.ELSEWHERE: gettext_lazy("Moved elsewhere in the edition: kept"),
    Fate.KEPT: gettext_lazy("Unchanged: kept"),
}
WITH_SUBJECT = Assessment.objects.select_related("device", "version", "catalogue", "organisation")


@requires(Permission.ASSESSMENT_START)
def move_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Say what moving the assessment would do; move it when that is confirmed."""
    assessment = get_object_or_404(WITH_SUBJECT, pk=pk)
    editions = later_editions(assessment.catalogue)
    asked = request.POST.get("to") or request.GET.get("to", "")
    chosen = next((each for each in editions if str(each.pk) == asked), None)
    if not asked:
        chosen = next(iter(editions), None)
    way = Way.of(transition(assessment.catalogue, chosen)) if chosen else None
    refusal, status = "", 200
    if request.method == "POST":
        refusal, status = _("Choose the edition again: that one is not offered."), 422
        if way is not None:
            try:
                made = move(pk, way, actor=request.user)
            except PortalError as refused:
                refusal, status = str(refused), 409
            else:
                messages.success(request, _("The assessment is now by %s.") % way.edition)
                return redirect("assessments:move-detail", request.organisation.slug, made.pk)
    steps = preview(assessment, way) if way else []
    context = {
        "assessment": assessment,
        "editions": editions,
        "chosen": chosen,
        "groups": _groups(steps),
        "begins": [step for step in steps if step.begins],
        "ceases": [step for step in steps if step.ceases],
        "reopened": sum(step.reopens for step in steps),
        "refusal": refusal,
    }
    return render(request, "assessments/assessment_move.html", context, status=status)


def _groups(steps: list[Step]) -> list[tuple[str, str, list[Step]]]:
    """Return the steps by what becomes of answers: what needs work first."""
    return [
        (fate.value, str(label), rows)
        for fate, label in FATES.items()
        if (rows := [step for step in steps if step.fate == fate])
    ]


class MoveDetail(PortalView, DetailView[EditionMove]):
    """What a move did, what left the assessment by it, and whether it can be undone."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/move_detail.html"
    context_object_name = "move"
    queryset = EditionMove.objects.select_related(
        *("assessment__device", "assessment__version", "assessment__catalogue", "organisation"),
        *("from_catalogue", "to_catalogue", "made_by", "undone_by"),
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        made = self.object
        manages = Role.MANAGER in self.request.roles
        undoable = may_undo(made, actor=self.request.user, manages=manages)
        former = Answer.with_former.filter(left_by=made).select_related("recommendation")
        return super().get_context_data(
            groups=[
                (str(label), made.outcome.get(fate.value, [])) for fate, label in FATES.items()
            ],
            former=list(former.order_by("code")),
            undoable=undoable,
            obstacle=obstacle(made) if undoable else "",
            **kwargs,
        )


@requires(Permission.ASSESSMENT_START)
@require_POST
def undo_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Put back what a move changed."""
    made = get_object_or_404(EditionMove, pk=pk)
    try:
        move_back(pk, actor=request.user, manages=Role.MANAGER in request.roles)
    except PortalError as refusal:
        view = MoveDetail()
        view.setup(request, pk=pk)
        view.object = view.get_object()
        response = view.render_to_response(view.get_context_data(refusal=str(refusal)))
        response.status_code = 409
        return response
    messages.success(request, _("The assessment is again what it was before."))
    return redirect("assessments:assessment-detail", request.organisation.slug, made.assessment_id)


@requires(Permission.ASSESSMENT_START)
def move_many(request: PortalRequest) -> HttpResponse:
    """Choose assessments of the organisation, and the edition that they move to."""
    rows = movable(request.organisation)
    editions = {each.pk: each for row in rows for each in row.editions}
    asked = request.POST.get("to") or request.GET.get("to", "")
    chosen = next((each for each in editions.values() if str(each.pk) == asked), None)
    chosen = chosen or next(iter(sorted(editions.values(), key=_newest, reverse=True)), None)
    shown = [row.assessment for row in rows if chosen in row.editions]
    refusal, status = "", 200
    if request.method == "POST" and chosen is None:
        refusal, status = _("There is no later edition to move to."), 422
    elif request.method == "POST" and chosen is not None:
        ticked = set(request.POST.getlist("assessment"))
        keys = [each.pk for each in shown if str(each.pk) in ticked]
        try:
            run = ask(request.organisation, catalogue=chosen, chosen=keys, actor=request.user)
        except PortalError as refused:
            refusal, status = str(refused), 422
        else:
            return redirect("assessments:run-detail", request.organisation.slug, run.pk)
    context = {
        "rows": shown,
        "editions": list(editions.values()),
        "chosen": chosen,
        "refusal": refusal,
    }
    return render(request, "assessments/assessments_move.html", context, status=status)


def _newest(edition: Catalogue) -> Any:
    return edition.published_at, edition.pk


class RunDetail(PortalView, DetailView[EditionRun]):
    """How far a move of many is, and what stayed, with the reason."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/run_detail.html"
    context_object_name = "run"
    fragment = "run"
    queryset = EditionRun.objects.select_related("catalogue", "organisation", "requested_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.object
        moved = run.moves.count()
        reasons = dict(run.refused)
        stayed = Assessment.objects.filter(pk__in=reasons).select_related("device", "version")
        return super().get_context_data(
            moved=moved,
            done=moved + len(reasons),
            total=len(run.wanted),
            stayed=[(each, reasons[str(each.pk)]) for each in stayed],
            moves=run.moves.select_related("assessment__device", "assessment__version").order_by(
                "-pk"
            )[:50],
            **kwargs,
        )


@requires(Permission.ASSESSMENT_START)
@require_POST
def resume(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Let a move of many go on that stopped."""
    run = get_object_or_404(EditionRun, pk=pk)
    if run.state != EditionRun.State.DONE:
        enqueue(run)
    return redirect("assessments:run-detail", request.organisation.slug, pk)
