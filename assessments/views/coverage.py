"""What the answers of an assessment say for neighbouring frameworks: pages and a workbook."""

from __future__ import annotations

from functools import cached_property
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.generic import DetailView

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.crosswalk.reading import (
    QUESTIONNAIRE,
    Covered,
    FrameworkCoverage,
    coverage_of,
    requirements_of,
    state_of_the_crosswalk,
)
from assessments.dossier.palette import support_series
from assessments.dossier.view import Label
from assessments.enums import FrameworkNature, Support
from assessments.folding import fold
from assessments.forms_coverage import CoverageFilter, FrameworkFilter
from assessments.models import Answer, Assessment, Requirement
from assessments.services.coverage_sheet import to_xlsx
from assessments.sheets.writing import XLSX
from assessments.views.plots import Plot, localized, plot_of

WITH_SUBJECT = Assessment.objects.select_related("device", "version", "catalogue", "organisation")
MOST_FOUND: Final = 100


def plot_of_frameworks(coverages: list[FrameworkCoverage]) -> Plot:
    """Return the coverage of frameworks as stacked bars."""
    labels = {key: Label(key, str(label)) for key, label in Support.choices}
    rows = [
        (
            localized(each.framework, "short"),
            {support.value: count for support, count in each.counts.items()},
        )
        for each in coverages
    ]
    return plot_of(
        "coverage", _("Requirements by what the answers say for them"), rows, support_series(labels)
    )


def matches(row: Covered, words: list[str]) -> bool:
    """Tell whether reference or titles of a requirement hold all of ``words``."""
    if not words:
        return True
    requirement = row.requirement
    text = fold(f"{requirement.ref} {requirement.title_fr} {requirement.title_en}")
    return all(word in text for word in words)


class _CoveragePage(PortalView, DetailView[Assessment]):
    """Base: one assessment, and what the crosswalk says of itself."""

    access = Permission.ASSESSMENT_VIEW
    context_object_name = "assessment"
    queryset = WITH_SUBJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(crosswalk=state_of_the_crosswalk(), **kwargs)


class Coverage(_CoveragePage):
    """All frameworks: a plot, a table, and a search over their requirements."""

    template_name = "assessments/coverage.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = CoverageFilter(self.request.GET)
        asked = form.asked()
        coverages = coverage_of(self.object)
        natures = {each.framework.nature for each in coverages}
        if nature := asked["nature"]:
            coverages = [each for each in coverages if each.framework.nature == nature]
        words = fold(asked["q"]).split()
        found = [
            (each.framework, row) for each in coverages for row in each.rows if matches(row, words)
        ]
        return super().get_context_data(
            form=form,
            coverages=coverages,
            natures=[nature for nature in FrameworkNature if nature in natures],
            nature=nature,
            plot=plot_of_frameworks(coverages) if coverages else None,
            supports=list(Support),
            found=found[:MOST_FOUND] if words else [],
            is_more=bool(words) and len(found) > MOST_FOUND,
            words=asked["q"],
            **kwargs,
        )


class OneFramework(_CoveragePage):
    """The requirements of one framework, and what the answers say for each."""

    template_name = "assessments/coverage_framework.html"

    @cached_property
    def coverage(self) -> FrameworkCoverage:
        found = coverage_of(self.object, keys=[self.kwargs["framework"]])
        if not found:
            raise Http404
        return found[0]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = FrameworkFilter(self.request.GET)
        asked = form.asked()
        words = fold(asked["q"]).split()
        rows = [
            row
            for row in self.coverage.rows
            if matches(row, words)
            and asked["support"] in {"", row.support if row.place.is_counted else "-"}
            and (not asked["bare"] or row.is_without_evidence)
        ]
        return super().get_context_data(
            form=form,
            framework=self.coverage.framework,
            coverage=self.coverage,
            rows=rows,
            is_narrowed=any(asked.values()),
            chosen=asked["support"],
            tallies=[(each, self.coverage.counts[each]) for each in Support],
            **kwargs,
        )


class Questionnaire(_CoveragePage):
    """The notified bodies' questionnaire, each question with what speaks to it; to print."""

    template_name = "assessments/coverage_questionnaire.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = coverage_of(self.object, keys=[QUESTIONNAIRE])
        return super().get_context_data(
            coverage=found[0] if found else None, today=timezone.localdate(), **kwargs
        )


class OneRequirement(_CoveragePage):
    """One requirement: which recommendations lead to it, their answers, and the evidence."""

    template_name = "assessments/coverage_requirement.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        requirement = get_object_or_404(
            Requirement.objects.select_related("framework").filter(framework__is_in_force=True),
            pk=self.kwargs["requirement"],
        )
        coverage = coverage_of(self.object, keys=[requirement.framework.key])[0]
        rows = coverage.rows
        place = next(n for n, row in enumerate(rows) if row.requirement.pk == requirement.pk)
        return super().get_context_data(
            framework=coverage.framework,
            row=rows[place],
            previous=rows[place - 1].requirement if place else None,
            following=rows[place + 1].requirement if place + 1 < len(rows) else None,
            **kwargs,
        )


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def export(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Send the coverage of all frameworks, or of those that are named, as a workbook."""
    assessment = get_object_or_404(WITH_SUBJECT, pk=pk)
    coverages = coverage_of(assessment, keys=request.GET.getlist("framework"))
    if not coverages:
        raise Http404
    content = to_xlsx(assessment, coverages, state_of_the_crosswalk(), on=timezone.localdate())
    name = get_valid_filename(
        f"{assessment.device.reference}-{assessment.version.label}-coverage.xlsx"
    )
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=name
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


class AnswerRequirements(PortalView, DetailView[Answer]):
    """The requirements of other frameworks that an answer speaks for."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/answer_requirements.html"
    context_object_name = "answer"
    queryset = Answer.objects.select_related(
        "recommendation__catalogue", "assessment__device", "assessment__version", "organisation"
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        groups = [
            (framework, list(links))
            for framework, links in groupby(
                requirements_of(self.object), key=lambda link: link[1].framework
            )
        ]
        return super().get_context_data(groups=groups, crosswalk=state_of_the_crosswalk(), **kwargs)
