"""Dossiers: following, downloading, withdrawing."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView, ListView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, Role, granted, requires
from ansm_portal.views import PortalView
from assessments.dossier.formats import schema
from assessments.dossier.formats.workbook import NAME as WORKBOOK
from assessments.dossier.glyphs import undrawable_in
from assessments.dossier.snapshot import SNAPSHOT_NAME
from assessments.enums import DossierState
from assessments.forms import ReasonForm
from assessments.models import Dossier, DossierSignatory, Remark
from assessments.services import dossier as services
from assessments.services.renewal import due, newest
from assessments.views.evidence import attachment

WITH_SUBJECT = Dossier.objects.select_related(
    "assessment__device",
    "assessment__version",
    "assessment__catalogue",
    "requested_by",
    "organisation",
    "superseded_by",
    "cancelled_by",
).defer("snapshot")
# File name and what it is, as the page lists them.
OFFERED: Final = (
    (SNAPSHOT_NAME, gettext_lazy("The record, as it is attached (canonical JSON)")),
    (schema.NAME, gettext_lazy("JSON Schema of the record")),
    ("oscal-assessment-results.json", gettext_lazy("OSCAL 1.2.1 assessment results (NIST)")),
    ("cyclonedx-attestations.json", gettext_lazy("CycloneDX 1.6 attestations (OWASP)")),
    ("evidence-manifest.json", gettext_lazy("Manifest of evidence, with digests")),
    (WORKBOOK, gettext_lazy("Workbook to sort and to count in (XLSX)")),
)


class DossierList(PortalView, ListView[Dossier]):
    """Every dossier of the organisation, newest first; auditors see what was issued."""

    access = Permission.DOSSIER_VIEW
    fragment = "dossiers"
    template_name = "assessments/dossier_list.html"
    context_object_name = "dossiers"
    paginate_by = 50

    def get_queryset(self) -> Any:
        found = visible(self.request).order_by("-requested_at")
        return found.filter(pk__in=due(timezone.localdate())) if self._is_due else found

    @property
    def _is_due(self) -> bool:
        return self.request.GET.get("due") == "1"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_team = granted(Permission.ASSESSMENT_VIEW, self.request.roles)
        waiting = DossierSignatory.objects.of(self.request.user).waiting()
        context = super().get_context_data(
            waiting=waiting.select_related("dossier").order_by("dossier__requested_at"),
            due=due(timezone.localdate()).count() if is_team else 0,
            only_due=self._is_due,
            **kwargs,
        )
        context["is_moving"] = any(dossier.is_in_progress for dossier in context["dossiers"])
        return context


def visible(request: PortalRequest) -> Any:
    """Return the dossiers this person may see: an auditor sees what was issued."""
    if granted(Permission.ASSESSMENT_VIEW, request.roles):
        return WITH_SUBJECT
    return WITH_SUBJECT.exclude(issued_at=None)


class DossierDetail(PortalView, DetailView[Dossier]):
    """One dossier: how far it is, its digests and its seal."""

    access = Permission.DOSSIER_VIEW
    fragment = "state"
    template_name = "assessments/dossier_detail.html"
    context_object_name = "dossier"

    def get_queryset(self) -> Any:
        return visible(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            supersedes=Dossier.objects.filter(superseded_by=self.object)
            .only("year", "serial")
            .first(),
            signatories=self.object.signatories.order_by("position"),
            revisions=self.object.revisions.order_by("number"),
            withdraw_form=ReasonForm(),
            offered=OFFERED,
            undrawable=undrawable_in(self.object.snapshot) if self.object.issued_at else (),
            **progress_of(self.request, self.object),
            open_remarks=open_remarks_on(self.request, self.object),
            **kwargs,
        )


def progress_of(request: PortalRequest, dossier: Dossier) -> dict[str, Any]:
    """Return what the page says while a dossier is not issued."""
    is_queued = dossier.state == DossierState.QUEUED
    is_theirs = dossier.requested_by_id == request.user.pk or Role.MANAGER in request.roles
    return {
        "place": services.place_in_queue(dossier) if is_queued else None,
        "is_stalled": services.is_stalled(dossier, at=timezone.now()),
        "may_cancel": dossier.is_in_progress and is_theirs,
    }


def open_remarks_on(request: PortalRequest, dossier: Dossier) -> int:
    """Count what auditors raised on it and did not close; an auditor counts the own."""
    raised = Remark.objects.filter(dossier=dossier, closed_at=None)
    if not granted(Permission.ASSESSMENT_VIEW, request.roles):
        raised = raised.filter(raised_by=request.user)
    return raised.count()


@requires(Permission.DOSSIER_VIEW)
@require_GET
def download(request: PortalRequest, pk: UUID) -> HttpResponseBase:
    """Send the sealed PDF, with the time stamps that were added since."""
    dossier = get_object_or_404(visible(request).exclude(issued_at=None), pk=pk)
    name = f"{dossier.number}-{dossier.language}.pdf"
    return attachment(newest(dossier).name, name=name, media_type="application/pdf")


@requires(Permission.DOSSIER_VIEW)
@require_GET
def download_archive(request: PortalRequest, pk: UUID) -> HttpResponseBase:
    """Send the second file: evidence that was too large to be attached."""
    dossier = get_object_or_404(visible(request).exclude(archive=""), pk=pk)
    name = f"{dossier.number}-evidence.zip"
    return attachment(dossier.archive, name=name, media_type="application/zip")


@requires(Permission.DOSSIER_ISSUE)
@require_POST
def cancel_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Stop the making of a dossier; its number stays taken."""
    dossier = get_object_or_404(WITH_SUBJECT, pk=pk)
    try:
        services.cancel(pk, actor=request.user, manages=Role.MANAGER in request.roles)
    except PortalError as refusal:
        return _again(request, dossier, refusal=str(refusal), status=409)
    return redirect(dossier)


@requires(Permission.DOSSIER_ISSUE)
@require_POST
def retry_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Try again to make a dossier that failed; its number stays."""
    dossier = get_object_or_404(WITH_SUBJECT, pk=pk)
    try:
        services.retry(pk, actor=request.user)
    except PortalError as refusal:
        return _again(request, dossier, refusal=str(refusal), status=409)
    return redirect(dossier)


@requires(Permission.DOSSIER_ISSUE)
@require_POST
def withdraw_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Withdraw an issued dossier, with a reason."""
    dossier = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = ReasonForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            services.withdraw(pk, reason=form.cleaned_data["reason"], actor=request.user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("%(number)s is withdrawn.") % {"number": dossier.number})
            return redirect(dossier)
    return _again(request, dossier, withdraw_form=form, status=status)


def _again(
    request: PortalRequest, dossier: Dossier, *, status: int, **context: Any
) -> HttpResponse:
    context = {
        "dossier": dossier,
        "withdraw_form": ReasonForm(),
        "open_remarks": open_remarks_on(request, dossier),
        "signatories": dossier.signatories.order_by("position"),
        "revisions": dossier.revisions.order_by("number"),
        "offered": OFFERED,
        **progress_of(request, dossier),
        **context,
    }
    return render(request, "assessments/dossier_detail.html", context, status=status)
