"""Typical non-conformities of an assessment, and the checks an organisation has on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.enums import FindingOutcome
from assessments.forms_check import SilenceForm
from assessments.models import Assessment, SilencedCheck
from assessments.nonconformities.rows import rows
from assessments.services import nonconformities as services
from assessments.views.plots import localized

WITH_SUBJECT = Assessment.objects.select_related("device", "version", "catalogue", "organisation")


class Findings(PortalView, DetailView[Assessment]):
    """What the checks found, what they did not, and what they cannot judge."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/findings.html"
    context_object_name = "assessment"
    queryset = WITH_SUBJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        findings = services.findings_of(self.object, on=timezone.localdate())
        by_outcome = [
            (outcome, [each for each in findings if each.outcome == outcome])
            for outcome in FindingOutcome
        ]
        texts = {
            each.check.key: remark_text(each) for each in findings if each.is_found and each.answers
        }
        return super().get_context_data(
            groups=[(outcome, some) for outcome, some in by_outcome if some],
            texts=texts,
            off=len(rows().checks) - len(findings),
            rows=rows(),
            **kwargs,
        )


def remark_text(finding: services.Finding) -> str:
    """Return what a remark that is raised from a finding says."""
    sentence = localized(finding.check, "sentence")
    codes = ", ".join(code for code, _pk in finding.answers)
    return f"{sentence}\n{finding.reason} ({codes})"


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def check_list(request: PortalRequest) -> HttpResponse:
    """Show which checks are on, and why others are not."""
    return _page(request, SilenceForm(), "", 200)


@requires(Permission.CHECK_EDIT)
@require_POST
def silence(request: PortalRequest) -> HttpResponse:
    """Turn a check off, with a reason."""
    form, key = SilenceForm(request.POST), request.POST.get("key", "")
    if not form.is_valid():
        return _page(request, form, key, 422)
    try:
        services.silence(
            key,
            organisation=request.organisation,
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, key, 409)
    messages.success(request, _("The check is off."))
    return redirect("assessments:check-list", request.organisation.slug)


@requires(Permission.CHECK_EDIT)
@require_POST
def heed(request: PortalRequest) -> HttpResponse:
    """Turn a check on again."""
    try:
        services.heed(
            request.POST.get("key", ""), organisation=request.organisation, actor=request.user
        )
    except PortalError as refusal:
        form = SilenceForm(request.POST)
        form.is_valid()
        form.errors.clear()
        form.add_error(None, str(refusal))
        return _page(request, form, "", 409)
    messages.success(request, _("The check is on again."))
    return redirect("assessments:check-list", request.organisation.slug)


def _page(request: PortalRequest, form: SilenceForm, key: str, status: int) -> HttpResponse:
    silenced = {
        each.key: each
        for each in SilencedCheck.objects.filter(organisation=request.organisation).select_related(
            "silenced_by"
        )
    }
    known = {check.key for check in rows().checks}
    context = {
        "lines": [
            (check, silenced.get(check.key), form if check.key == key else SilenceForm())
            for check in rows().checks
        ],
        "form": form,
        "is_elsewhere": form.is_bound and key not in known,
        "opened": key,
        "rows": rows(),
    }
    return render(request, "assessments/check_list.html", context, status=status)
