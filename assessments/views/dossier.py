"""Dossiers: issuing, following, downloading, verifying, withdrawing."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView, ListView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, Permission, granted, requires
from ansm_portal.views import PortalView
from assessments.dossier.formats import schema
from assessments.dossier.formats.workbook import NAME as WORKBOOK
from assessments.dossier.snapshot import SNAPSHOT_NAME
from assessments.forms import DossierForm, ReasonForm, VerifyForm
from assessments.forms_auditing import ChangesForm
from assessments.models import Assessment, Dossier, Remark
from assessments.services import dossier as services
from assessments.services.dossier_changes import MOST_OTHERS, issued_of, last_issued
from assessments.services.sealing import notice_of_seal
from assessments.services.verification import verify_pdf
from assessments.views.evidence import attachment

WITH_SUBJECT = Dossier.objects.select_related(
    "assessment__device",
    "assessment__version",
    "assessment__catalogue",
    "requested_by",
    "organisation",
    "superseded_by",
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
MAX_VERIFIED_BYTES = 200 * 1024 * 1024


class DossierList(PortalView, ListView[Dossier]):
    """Every dossier of the organisation, newest first; auditors see what was issued."""

    access = Permission.DOSSIER_VIEW
    template_name = "assessments/dossier_list.html"
    context_object_name = "dossiers"
    paginate_by = 50

    def get_queryset(self) -> Any:
        return visible(self.request).order_by("-requested_at")


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
            withdraw_form=ReasonForm(),
            offered=OFFERED,
            open_remarks=open_remarks_on(self.request, self.object),
            **kwargs,
        )


def open_remarks_on(request: PortalRequest, dossier: Dossier) -> int:
    """Count what auditors raised on it and did not close; an auditor counts the own."""
    raised = Remark.objects.filter(dossier=dossier, closed_at=None)
    if not granted(Permission.ASSESSMENT_VIEW, request.roles):
        raised = raised.filter(raised_by=request.user)
    return raised.count()


@requires(Permission.DOSSIER_ISSUE)
def issue(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Choose a language and ask for a dossier."""
    assessment = get_object_or_404(
        Assessment.objects.select_related("device", "version", "catalogue", "organisation"), pk=pk
    )
    bound = request.POST if request.method == "POST" else None
    form = DossierForm(bound, initial={"language": translation.get_language()})
    earlier = list(issued_of(assessment)[:MOST_OTHERS])
    changes = ChangesForm(bound, earlier=earlier)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and changes.is_valid():
            language = form.cleaned_data["language"]
            try:
                dossier = services.request_dossier(
                    assessment,
                    language=language,
                    actor=request.user,
                    compared_with=changes.chosen(last_issued(assessment, language)),
                )
            except PortalError as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                return redirect(dossier)
    reviews = list(assessment.phase_reviews.order_by("position"))
    context = {
        "assessment": assessment,
        "form": form,
        "changes": changes if earlier else None,
        "seal": notice_of_seal(timezone.now()),
        "unsigned": [review for review in reviews if review.state != "signed"],
    }
    return render(request, "assessments/dossier_issue.html", context, status=status)


@requires(Permission.DOSSIER_VIEW)
@require_GET
def download(request: PortalRequest, pk: UUID) -> HttpResponseBase:
    """Send the sealed PDF."""
    dossier = get_object_or_404(visible(request).exclude(issued_at=None), pk=pk)
    name = f"{dossier.number}-{dossier.language}.pdf"
    return attachment(dossier.file, name=name, media_type="application/pdf")


@requires(Permission.DOSSIER_VIEW)
@require_POST
def verify_stored(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Verify the file that is kept here."""
    dossier = get_object_or_404(visible(request).exclude(issued_at=None), pk=pk)
    if not default_storage.exists(dossier.file):
        raise Http404
    with default_storage.open(dossier.file) as file:
        report = verify_pdf(file.read())
    return render(
        request, "assessments/dossier_verified.html", {"report": report, "dossier": dossier}
    )


@requires(Access.PUBLIC)
def verify_upload(request: HttpRequest) -> HttpResponse:
    """Verify a file that somebody has, signed in or not; it leaves no trace here."""
    if request.method != "POST":
        return render(request, "assessments/dossier_verify.html", {"form": VerifyForm()})
    form = VerifyForm(request.POST, request.FILES)
    if not consume(request, action="verify_dossier"):
        form.add_error(None, _("Many files came from your address. Wait a minute, then try again."))
        return render(request, "assessments/dossier_verify.html", {"form": form}, status=429)
    if form.is_valid() and form.cleaned_data["file"].size > MAX_VERIFIED_BYTES:
        form.add_error("file", _("This file is too large to be a dossier."))
    if not form.is_valid():
        return render(request, "assessments/dossier_verify.html", {"form": form}, status=422)
    upload = form.cleaned_data["file"]
    context = {"report": verify_pdf(upload.read()), "name": upload.name, "form": VerifyForm()}
    return render(request, "assessments/dossier_verified.html", context)


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
    usual = {"withdraw_form": ReasonForm(), "open_remarks": open_remarks_on(request, dossier)}
    context = {"dossier": dossier} | usual | context
    return render(request, "assessments/dossier_detail.html", context, status=status)
