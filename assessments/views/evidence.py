"""Evidence: adding, citing, looking, downloading, superseding."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView, ListView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.enums import EvidenceKind
from assessments.filters import EvidenceFilter
from assessments.forms import CiteForm, EvidenceForm
from assessments.models import Answer, Evidence
from assessments.services import evidence as services
from assessments.services.changes import ReasonNeeded
from assessments.views.answer import WITH_SUBJECT, page

WITH_PEOPLE = Evidence.objects.select_related("added_by", "organisation", "superseded_by")


class EvidenceList(PortalView, ListView[Evidence]):
    """The register, newest first."""

    access = Permission.ASSESSMENT_VIEW
    fragment = "evidence"
    template_name = "assessments/evidence_list.html"
    context_object_name = "evidence"
    paginate_by = 50

    def get_queryset(self) -> Any:
        self.filter = EvidenceFilter(self.request.GET)
        return self.filter.apply(WITH_PEOPLE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(filter=self.filter, today=timezone.localdate(), **kwargs)


class EvidenceDetail(PortalView, DetailView[Evidence]):
    """One piece: what it is, its digest, which answers cite it."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/evidence_detail.html"
    context_object_name = "evidence"
    queryset = WITH_PEOPLE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", EvidenceForm(initial={"kind": self.object.kind}))
        return super().get_context_data(
            answers=Answer.objects.filter(evidence_links__evidence=self.object)
            .select_related("recommendation", "device", "assessment__version")
            .order_by("device__name", "position"),
            supersedes=Evidence.objects.filter(superseded_by=self.object).first(),
            today=timezone.localdate(),
            **kwargs,
        )


def _register(request: PortalRequest, form: EvidenceForm) -> tuple[list[Evidence], list[str]]:
    """Register what the form holds; return the evidence and a sentence per refused file."""
    data = form.cleaned_data
    common: dict[str, Any] = {"organisation": request.organisation, "actor": request.user}
    if data["kind"] == EvidenceKind.LINK:
        document = form.document(data["title"])
        return [services.add_link(data["url"], document=document, **common)], []
    if data["kind"] == EvidenceKind.REFERENCE:
        document = form.document(data["title"])
        return [services.add_reference(data["reference"], document=document, **common)], []
    added, refused = [], []
    for upload in data["files"]:
        try:
            stored = services.store_file(upload, organisation_id=request.organisation.pk)
        except PortalError as refusal:
            refused.append(str(refusal))
            continue
        title = data["title"] or stored.name
        if len(data["files"]) > 1 and data["title"]:
            title = f"{data['title']} – {stored.name}"
        document = form.document(title[:200])
        added.append(services.add_file(stored, document=document, **common))
    return added, refused


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def add(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Add evidence to the register and let the answer cite it."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = EvidenceForm(request.POST, request.FILES, auto_id="evidence_%s")
    if not form.is_valid():
        return _shown_again(request, answer, form, status=422)
    reason = form.cleaned_data["reason"]
    try:
        services.check_citable(pk, reason=reason)
    except ReasonNeeded as refusal:
        form.add_error("reason", str(refusal))
        return _shown_again(request, answer, form, status=422)
    except PortalError as refusal:
        return _shown_again(request, answer, form, status=409, refusal=str(refusal))
    added, refused = _register(request, form)
    if added:
        messages.success(
            request,
            _("Kept as %(labels)s.") % {"labels": ", ".join(each.label for each in added)},
        )
    try:
        for evidence in added:
            services.cite(pk, evidence=evidence, actor=request.user, reason=reason)
    except PortalError as refusal:  # submitted since it was checked
        return _shown_again(request, answer, form, status=409, refusal=str(refusal))
    if refused:
        for sentence in refused:
            form.add_error("files", sentence)
        answer = get_object_or_404(WITH_SUBJECT, pk=pk)
        return _shown_again(request, answer, form, status=422)
    return redirect(answer)


def _shown_again(
    request: PortalRequest, answer: Answer, form: EvidenceForm, *, status: int, **more: Any
) -> HttpResponse:
    return page(request, answer, status=status, evidence_form=form, **more)


@requires(Permission.ASSESSMENT_EDIT)
def cite_existing(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Choose evidence of the register for an answer."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = CiteForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.cite(
                    pk,
                    evidence=form.cleaned_data["evidence"],
                    actor=request.user,
                    reason=form.cleaned_data["reason"],
                )
            except PortalError as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, _("The evidence is cited."))
                return redirect(answer)
    context = {"answer": answer, "form": form}
    return render(request, "assessments/evidence_cite.html", context, status=status)


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def uncite_one(request: PortalRequest, pk: UUID, evidence: UUID) -> HttpResponse:
    """Stop citing a piece of evidence; it stays in the register."""
    answer = get_object_or_404(WITH_SUBJECT, pk=pk)
    piece = get_object_or_404(Evidence, pk=evidence)
    reason = request.POST.get("reason", "")[:2000].replace("\x00", "")
    try:
        services.uncite(pk, evidence=piece, actor=request.user, reason=reason)
    except PortalError as refusal:
        return page(request, answer, status=409, refusal=str(refusal))
    messages.success(request, _("%(label)s is no longer cited.") % {"label": piece.label})
    return redirect(answer)


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def download(request: PortalRequest, pk: UUID) -> HttpResponseBase:
    """Send the file of a piece of evidence, as an attachment."""
    evidence = get_object_or_404(Evidence, pk=pk, kind=EvidenceKind.FILE)
    return attachment(evidence.file, name=evidence.file_name, media_type=evidence.media_type)


def attachment(path: str, *, name: str, media_type: str) -> HttpResponseBase:
    """Send a stored file so that no browser opens it as a page of ours."""
    if not default_storage.exists(path):
        raise Http404
    response = FileResponse(
        default_storage.open(path), as_attachment=True, filename=name, content_type=media_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def supersede_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Put a newer piece in the place of this one."""
    old = get_object_or_404(WITH_PEOPLE, pk=pk)
    form = EvidenceForm(request.POST, request.FILES)
    status = 422
    if form.is_valid() and len(form.cleaned_data["files"]) <= 1:
        try:
            services.check_supersedable(old)
            added, refused = _register(request, form)
            if added:
                services.supersede(old, by=added[0], actor=request.user)
                messages.success(
                    request,
                    _("%(new)s takes the place of %(old)s.")
                    % {"new": added[0].label, "old": old.label},
                )
                return redirect(
                    "assessments:evidence-detail", request.organisation.slug, added[0].pk
                )
            form.add_error("files", " ".join(refused))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            status = 409
    elif form.is_valid():
        form.add_error("files", _("One file takes the place of another."))
    view = EvidenceDetail()
    view.setup(request, pk=pk)
    view.object = old
    response = view.render_to_response(view.get_context_data(form=form))
    response.status_code = status
    return response
