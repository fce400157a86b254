"""Assessments: list, overview, one phase, start."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import DetailView, ListView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.forms_carrying import StartForm
from assessments.models import Action, Answer, Assessment, Catalogue
from assessments.scoring import progress
from assessments.services.assessment import start
from assessments.services.nonconformities import findings_of
from assessments.services.own_requirements import usable
from assessments.services.transitions import later_editions
from assessments.views.action import listed
from assessments.views.plots import verdicts_by_phase
from devices.enums import LifecyclePhase
from devices.models import DeviceVersion

WITH_SUBJECT = Assessment.objects.select_related("device", "version", "catalogue", "organisation")


class AssessmentList(PortalView, ListView[Assessment]):
    """Every assessment of the organisation, with its progress."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/assessment_list.html"
    context_object_name = "assessments"
    queryset = WITH_SUBJECT.prefetch_related("phase_reviews").order_by(
        "device__name", "-version_id"
    )
    paginate_by = 50

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["rows"] = [
            (assessment, progress(assessment.phase_reviews.all()))
            for assessment in context["assessments"]
        ]
        return context


class AssessmentDetail(PortalView, DetailView[Assessment]):
    """The five phases: how far each is, and what is next."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/assessment_detail.html"
    context_object_name = "assessment"
    queryset = WITH_SUBJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reviews = list(self.object.phase_reviews.order_by("position"))
        today = timezone.localdate()
        return super().get_context_data(
            reviews=reviews,
            progress=progress(reviews),
            to_confirm=sum(review.to_confirm for review in reviews),
            plot=verdicts_by_phase(reviews),
            dossiers=self.object.dossiers.order_by("-requested_at")[:5],
            mine=Answer.objects.filter(
                assessment=self.object, owner=self.request.user, is_gap=True
            ).order_by("due_on", "position")[:8],
            found=[each for each in findings_of(self.object, on=today) if each.is_found],
            actions=listed(
                Action.objects.open().filter(answer__assessment=self.object, answer__left_by=None),
                on=today,
            ),
            today=today,
            newer=next(iter(later_editions(self.object.catalogue)), None),
            moved=self.object.moves.filter(undone_at=None)
            .select_related("from_catalogue")
            .order_by("-pk")
            .first(),
            **self._own(),
            **kwargs,
        )

    def _own(self) -> dict[str, Any]:
        """Return what the organisation requires besides, with its progress, and could."""
        if self.object.beside_id is not None:
            return {"own": [], "own_editions": []}
        beside = WITH_SUBJECT.filter(beside=self.object).prefetch_related("phase_reviews")
        own = [(each, progress(each.phase_reviews.all())) for each in beside.order_by("pk")]
        taken = {each.catalogue_id for each, _progress in own}
        editions = usable(self.request.organisation)
        return {"own": own, "own_editions": [each for each in editions if each.pk not in taken]}


class PhaseDetail(PortalView, DetailView[Assessment]):
    """The recommendations of one phase, by section."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/phase_detail.html"
    context_object_name = "assessment"
    queryset = WITH_SUBJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        phase = self.kwargs["phase"]
        if phase not in LifecyclePhase.values:
            raise Http404
        reviews = list(
            self.object.phase_reviews.select_related(
                "submitted_by", "accepted_by", "commented_by"
            ).order_by("position")
        )
        answers = (
            Answer.objects.of_phase(self.object, phase)
            .select_related("recommendation__section", "owner")
            .defer("justification", "justification_html")
        )
        review = next(review for review in reviews if review.phase == phase)
        return super().get_context_data(
            phase=phase,
            reviews=reviews,
            review=review,
            answers=[answer for answer in answers if answer.is_applicable],
            excluded=[answer for answer in answers if not answer.is_applicable],
            approval=review.approvals.order_by("-signed_at").first(),
            today=timezone.localdate(),
            **kwargs,
        )


class VersionAssessments(PortalView, DetailView[DeviceVersion]):
    """The assessments of a version: a page, and a panel that others load."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/version_assessments.html"
    context_object_name = "version"
    queryset = DeviceVersion.objects.select_related("device", "organisation")

    def get_template_names(self) -> list[str]:
        name = super().get_template_names()[0]
        return [f"{name}#assessments" if self.request.htmx else name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assessments = (
            WITH_SUBJECT.filter(version=self.object)
            .prefetch_related("phase_reviews")
            .order_by("-started_at")
        )
        return super().get_context_data(
            rows=[(each, progress(each.phase_reviews.all())) for each in assessments], **kwargs
        )


@requires(Permission.ASSESSMENT_START)
def start_assessment(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Choose an edition and begin."""
    version = get_object_or_404(
        DeviceVersion.objects.select_related("device", "organisation"), pk=pk
    )
    form = StartForm(request.POST if request.method == "POST" else None, version=version)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            catalogue: Catalogue = form.cleaned_data["catalogue"]
            try:
                assessment = start(
                    version,
                    catalogue=catalogue,
                    actor=request.user,
                    earlier=form.cleaned_data["earlier"],
                )
            except PortalError as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(
                    request, _("The assessment begins: what applies follows from the profile.")
                )
                return redirect(assessment)
    context = {"form": form, "version": version, "any": bool(form.editions)}
    return render(request, "assessments/assessment_start.html", context, status=status)
