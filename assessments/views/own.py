"""Requirements of the organisation's own, and its choice of inferred recommendations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.enums import CatalogueState, Confidence, ProvenanceStatus
from assessments.forms_own import NextEditionForm, OwnEditionForm, RequirementForm, RetireForm
from assessments.models import Assessment, Catalogue, Recommendation
from assessments.services import entries
from assessments.services.assessment import start
from assessments.services.catalogue import publish
from assessments.services.editions import start_draft
from assessments.services.entries import NotFit
from assessments.services.leaving_out import choose, leave_out
from assessments.services.own_requirements import create, usable
from assessments.views.editions import EditionCompare, EditionDetail, with_progress


class OwnList(PortalView, ListView[Catalogue]):
    """The editions of the organisation, and what it chose of the ANSM's."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "catalogue/own_list.html"
    context_object_name = "editions"

    def get_queryset(self) -> QuerySet[Catalogue]:
        own = Catalogue.objects.filter(owner=self.request.organisation)
        return with_progress(own).order_by("key", "-pk")


class OwnDetail(EditionDetail):
    """One edition of the organisation: read by the team, written by managers while a draft."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "catalogue/own_detail.html"

    def get_queryset(self) -> QuerySet[Catalogue]:
        own = Catalogue.objects.filter(owner=self.request.organisation)
        return own.select_related("based_on", "succeeded_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("next_form", NextEditionForm())
        return super().get_context_data(
            is_draft=self.object.state == CatalogueState.DRAFT, **kwargs
        )


class OwnCompare(EditionCompare):
    """What differs between two editions of the organisation."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "catalogue/own_compare.html"

    def get_queryset(self) -> QuerySet[Catalogue]:
        return Catalogue.objects.filter(owner=self.request.organisation).select_related("based_on")

    def others(self) -> list[Catalogue]:
        own = Catalogue.objects.filter(owner=self.request.organisation, key=self.object.key)
        return list(own.exclude(pk=self.object.pk).order_by("-pk"))


def _form_page(
    request: PortalRequest, form: forms.Form, *, title: str, back: str, status: int = 200
) -> HttpResponse:
    context = {"form": form, "title": title, "back": back}
    return render(request, "catalogue/own_form.html", context, status=status)


def _submitted(
    request: PortalRequest, form: forms.Form, step: Callable[[], Any], *, title: str, back: str
) -> HttpResponse | Any:
    """Do ``step`` when the form is good; show it again, with sentences, when either refuses."""
    if request.method != "POST":
        return _form_page(request, form, title=title, back=back)
    if not form.is_valid():
        return _form_page(request, form, title=title, back=back, status=422)
    try:
        return step()
    except NotFit as wrong:
        for name, sentences in wrong.fields.items():
            for sentence in sentences:
                form.add_error(name if name in form.fields else None, sentence)
        return _form_page(request, form, title=title, back=back, status=422)
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, form, title=title, back=back, status=409)


def _sent(request: PortalRequest) -> Any:
    return request.POST if request.method == "POST" else None


@requires(Permission.CATALOGUE_EDIT)
def add_edition(request: PortalRequest) -> HttpResponse:
    """Begin requirements of the organisation."""
    form = OwnEditionForm(_sent(request))
    step = lambda: create(request.organisation, actor=request.user, **form.cleaned_data)  # noqa: E731
    back = _own_list(request)
    done = _submitted(request, form, step, title=_("New requirements"), back=back)
    return done if isinstance(done, HttpResponse) else _to(request, done)


def _own_list(request: PortalRequest) -> str:
    return str(redirect("assessments:requirements-list", request.organisation.slug)["Location"])


def _to(request: PortalRequest, catalogue: Catalogue) -> HttpResponse:
    return redirect("assessments:own-detail", request.organisation.slug, catalogue.pk)


def _own(request: PortalRequest, pk: UUID) -> Catalogue:
    return get_object_or_404(Catalogue, pk=pk, owner=request.organisation)


@requires(Permission.CATALOGUE_EDIT)
def add_requirement(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Add a requirement to a draft."""
    catalogue = _own(request, pk)
    form = RequirementForm(_sent(request), catalogue=catalogue)

    def step() -> Recommendation:
        fields = dict(form.cleaned_data)
        section = fields.pop("section")
        # Columns that speak of the ANSM's text: nothing of it is claimed here.
        fields |= {
            "provenance_status": ProvenanceStatus.INFERRED.value,
            "confidence": Confidence.LOW.value,
        }
        return entries.add(section, fields=fields, actor=request.user)

    back = _to(request, catalogue)["Location"]
    done = _submitted(request, form, step, title=_("New requirement"), back=back)
    return done if isinstance(done, HttpResponse) else _to(request, catalogue)


@requires(Permission.CATALOGUE_EDIT)
def change_requirement(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Change a requirement of a draft, or put it into another section."""
    entry = _requirement(request, pk)
    form = RequirementForm(_sent(request), catalogue=entry.catalogue, entry=entry)

    def step() -> Recommendation:
        fields = dict(form.cleaned_data)
        section, read_as = fields.pop("section"), fields.pop("read_as")
        return entries.rewrite(
            entry, fields=fields, section=section, read_as=read_as, actor=request.user
        )

    back = _to(request, entry.catalogue)["Location"]
    done = _submitted(request, form, step, title=entry.code, back=back)
    return done if isinstance(done, HttpResponse) else _to(request, entry.catalogue)


@requires(Permission.CATALOGUE_EDIT)
def retire_requirement(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Take a requirement out of a draft; of one that was published, say why."""
    entry = _requirement(request, pk)
    form = RetireForm(_sent(request))

    def step() -> list[Any]:
        return entries.retire(entry, actor=request.user, **form.cleaned_data)

    back = _to(request, entry.catalogue)["Location"]
    title = _("Retire %(code)s") % {"code": entry.code}
    done = _submitted(request, form, step, title=title, back=back)
    return done if isinstance(done, HttpResponse) else _to(request, entry.catalogue)


def _requirement(request: PortalRequest, pk: UUID) -> Recommendation:
    rows = Recommendation.objects.select_related("catalogue", "section")
    return get_object_or_404(rows, pk=pk, catalogue__owner=request.organisation)


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def publish_edition(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Publish a draft of the organisation: from now on it never changes."""
    catalogue = _own(request, pk)
    try:
        publish(catalogue.pk, actor=request.user)
    except PortalError as refusal:
        return _shown_again(request, pk, refusal=str(refusal))
    messages.success(request, _("%(edition)s is published.") % {"edition": catalogue})
    return _to(request, catalogue)


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def next_edition(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Begin the edition that follows."""
    catalogue = _own(request, pk)
    form = NextEditionForm(request.POST)
    if not form.is_valid():
        return _shown_again(request, pk, next_form=form, status=422)
    try:
        draft = start_draft(catalogue, edition=form.cleaned_data["edition"], actor=request.user)
    except PortalError as refusal:
        return _shown_again(request, pk, next_form=form, refusal=str(refusal))
    return _to(request, draft)


def _shown_again(
    request: PortalRequest, pk: UUID, *, status: int = 409, **context: Any
) -> HttpResponse:
    view = OwnDetail()
    view.setup(request, pk=pk)
    view.object = view.get_object()
    response = view.render_to_response(view.get_context_data(**context))
    response.status_code = status
    return response


@requires(Permission.ASSESSMENT_START)
@require_POST
def assess_beside(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Begin to answer requirements of the organisation beside an assessment."""
    subjects = Assessment.objects.select_related("version__device", "version__organisation")
    assessment = get_object_or_404(subjects.select_related("organisation"), pk=pk)
    asked = request.POST.get("catalogue", "")
    chosen = next((e for e in usable(request.organisation) if str(e.pk) == asked), None)
    if chosen is None:
        messages.error(request, _("Choose published requirements of your organisation."))
        return redirect(assessment)
    try:
        beside = start(assessment.version, catalogue=chosen, actor=request.user, beside=assessment)
    except PortalError as refusal:
        messages.error(request, str(refusal))
        return redirect(assessment)
    return redirect("assessments:assessment-detail", request.organisation.slug, beside.pk)


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def choose_inferred(request: PortalRequest) -> HttpResponse:
    """Keep whether assessments that start from now on leave inferred recommendations out."""
    leaves_out = request.POST.get("leaves_out") == "yes"
    choose(request.organisation, leaves_out=leaves_out, actor=request.user)
    messages.success(request, _("The choice is kept, for assessments that start from now on."))
    return redirect("assessments:requirements-list", request.organisation.slug)


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def leave_inferred_out(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Let one assessment leave inferred recommendations out, or answer them."""
    assessment = get_object_or_404(Assessment.objects.select_related("organisation"), pk=pk)
    try:
        leave_out(pk, leaves_out=request.POST.get("leaves_out") == "yes", actor=request.user)
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The assessment says what it leaves out."))
    return redirect(assessment)
