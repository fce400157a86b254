"""Confirming what was carried over from an earlier version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.forms_carrying import RevisionForm
from assessments.models import Answer, Assessment
from assessments.services.carrying import compare, confirm, confirm_unchanged
from assessments.views.answer import WITH_SUBJECT, page
from devices.enums import Fact


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def confirm_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Confirm an answer and go on to the next one that waits."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = RevisionForm(request.POST)
    refusal, status = _("This page is incomplete. Look again, then confirm."), 422
    if form.is_valid():
        try:
            confirm(pk, revision=form.cleaned_data["revision"], actor=request.user)
        except PortalError as refused:
            answer = get_object_or_404(WITH_SUBJECT, pk=pk)
            refusal, status = str(refused), 409
        else:
            messages.success(request, _("%(code)s is confirmed.") % {"code": answer.code})
            return redirect(_next(answer) or answer)
    return page(request, answer, status=status, refusal=refusal)


def _next(answer: Answer) -> Answer | None:
    """Return the next answer of the assessment that waits to be confirmed, round the end."""
    waiting = list(
        Answer.objects.filter(assessment_id=answer.assessment_id)
        .awaiting_confirmation()
        .select_related("organisation")
        .order_by("position")
    )
    later = [each for each in waiting if each.position > answer.position]
    return next(iter(later or waiting), None)


class ConfirmCarried(PortalView, DetailView[Assessment]):
    """What changed since answers were written for the earlier version; confirm the others."""

    access = Permission.ASSESSMENT_EDIT
    template_name = "assessments/assessment_confirm.html"
    context_object_name = "assessment"
    queryset = Assessment.objects.select_related(
        "device",
        "version",
        "catalogue",
        "organisation",
        "started_from__version",
        "started_from__catalogue",
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = Answer.objects.filter(assessment=self.object).awaiting_confirmation()
        carried = compare(list(waiting.order_by("position")), today=timezone.localdate())
        earlier = self.object.started_from
        return super().get_context_data(
            unchanged=[each for each in carried if not each.changes],
            changed=[each for each in carried if each.changes],
            earlier=earlier,
            facts=_facts(earlier, self.object) if earlier else [],
            **kwargs,
        )

    def post(self, request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        chosen = _keys(request.POST.getlist("answer"))
        if not chosen:
            return self._refused(_("Choose at least one answer."), status=422)
        try:
            confirmed = confirm_unchanged(self.object, answer_ids=chosen, actor=request.user)
        except PortalError as refusal:
            return self._refused(str(refusal), status=409)
        _tell(request, confirmed, len(chosen))
        return redirect("assessments:assessment-confirm", request.organisation.slug, self.object.pk)

    def _refused(self, refusal: str, *, status: int) -> HttpResponse:
        response = self.render_to_response(self.get_context_data(refusal=refusal))
        response.status_code = status
        return response


def _keys(values: Sequence[str]) -> set[UUID]:
    """Return the keys among ``values``; what is none names no answer."""
    keys = set()
    for value in values:
        try:
            keys.add(UUID(value))
        except ValueError:
            continue
    return keys


def _tell(request: PortalRequest, confirmed: Sequence[Answer], chosen: int) -> None:
    if confirmed:
        messages.success(
            request,
            ngettext(
                "%(total)s answer is confirmed.", "%(total)s answers are confirmed.", len(confirmed)
            )
            % {"total": len(confirmed)},
        )
    if left := chosen - len(confirmed):
        messages.warning(
            request,
            ngettext(
                "%(total)s answer was left: something changed meanwhile, or it was confirmed.",
                "%(total)s answers were left: something changed meanwhile, or they were confirmed.",
                left,
            )
            % {"total": left},
        )


def _facts(earlier: Assessment, now: Assessment) -> list[tuple[str, bool, bool]]:
    """List the facts of the two profiles that differ: which, then, now."""
    before, after = earlier.version.facts, now.version.facts
    return [
        (str(fact.label), fact in before, fact in after)
        for fact in Fact
        if (fact in before) != (fact in after)
    ]
