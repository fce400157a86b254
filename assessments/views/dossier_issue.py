"""Asking for a dossier: what it will tell, and how it will look."""

from __future__ import annotations

from typing import TypeAlias
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.extent import Extent
from assessments.forms_auditing import ChangesForm
from assessments.forms_dossier import DossierForm
from assessments.forms_signing import SignatoriesForm
from assessments.models import Assessment, Dossier, Framework
from assessments.services import dossier as services
from assessments.services.batching import enclosable
from assessments.services.dossier_changes import MOST_OTHERS, issued_of, last_issued
from assessments.services.foreseeing import foresee
from assessments.services.sealing import notice_for_page

Forms: TypeAlias = tuple[DossierForm, SignatoriesForm, ChangesForm]

SUBJECT = Assessment.objects.select_related("device", "version", "catalogue", "organisation")


@requires(Permission.DOSSIER_ISSUE)
def issue(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Choose language and scope, see what will be said, and ask for the dossier."""
    assessment = get_object_or_404(SUBJECT, pk=pk)
    form = _form(request)
    form.say(enclosable(assessment))
    people = SignatoriesForm(
        request.POST if request.method == "POST" else None,
        organisation_id=assessment.organisation_id,
        on=timezone.localdate(),
    )
    earlier = list(issued_of(assessment)[:MOST_OTHERS])
    changes = ChangesForm(request.POST if request.method == "POST" else None, earlier=earlier)
    status = 200
    if request.method == "POST":
        done = _answer(request, (form, people, changes), assessment)
        if isinstance(done, HttpResponse):
            return done
        status = done
    chosen, frameworks = Extent(), None
    if form.is_valid():
        chosen, frameworks = form.extent, form.cleaned_data.get("frameworks")
    context = {
        "assessment": assessment,
        "form": form,
        "people": people,
        "changes": changes if earlier else None,
        "seal": notice_for_page(timezone.now()),
        "foreseen": foresee(assessment, chosen, frameworks),
    }
    template = "assessments/dossier_issue.html"
    if request.htmx.target == "told":
        template += "#told"
    return render(request, template, context, status=status)


def _form(request: PortalRequest) -> DossierForm:
    """Return the form with what was sent; the language of the page is the default."""
    if request.method == "POST":
        return DossierForm(request.POST, frameworks=in_force())
    language = translation.get_language()
    if request.GET:
        sent = request.GET.copy()
        sent.setdefault("language", language)
        return DossierForm(sent, frameworks=in_force())
    return DossierForm(initial={"language": language}, frameworks=in_force())


def in_force() -> list[Framework]:
    """Return the frameworks whose coverage a dossier can hold."""
    return list(Framework.objects.filter(is_in_force=True).order_by("position"))


def _answer(request: PortalRequest, forms: Forms, assessment: Assessment) -> HttpResponse | int:
    """Return where to go, or the status of the form shown again."""
    form, people, changes = forms
    if not all(each.is_valid() for each in forms):
        return 422
    if "preview" in request.POST:
        slug = assessment.organisation.slug
        return redirect(
            reverse("assessments:assessment-preview", args=[slug, assessment.pk, "cover"])
            + f"?{form.query}"
        )
    if "show" in request.POST:
        return 200
    language = form.cleaned_data["language"]
    with translation.override(language):  # what a signature means is printed in it
        signatories = people.signatories
    try:
        dossier: Dossier = services.request_dossier(
            assessment,
            language=language,
            signatories=signatories,
            extent=form.extent,
            frameworks=form.cleaned_data.get("frameworks"),
            with_evidence=form.cleaned_data["with_evidence"],
            compared_with=changes.chosen(last_issued(assessment, language)),
            actor=request.user,
        )
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return 409
    return redirect(dossier)
