"""Devices, or the versions of one, against recommendations: a verdict in each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.filters_matrix import MatrixFilter
from assessments.matrix import EXCLUDED, Column, Row, legend, none_text, table
from assessments.models import Answer, Assessment, Recommendation
from devices.enums import LifecyclePhase
from devices.models import Device

ROWS: Final = 50
COLUMNS: Final = ("pk", "catalogue_id", "device__reference", "device__name", "version__label")


@dataclass(frozen=True, slots=True)
class Subject:
    """An assessment as a row: its key, its edition, and what it is called here."""

    pk: UUID
    catalogue_id: UUID
    name: str
    detail: str


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def matrix(request: PortalRequest) -> HttpResponse:
    """Show the current assessment of each device, a page of devices at a time."""
    wanted = MatrixFilter(request.GET)
    found = wanted.assessments(
        Assessment.objects.filter(organisation=request.organisation, is_current=True)
    ).order_by(Lower("device__name"), "pk")
    page = Paginator(found.values_list(*COLUMNS), ROWS).get_page(request.GET.get("page"))
    subjects = [
        Subject(pk, catalogue_id, reference, f"{name} {label}")
        for pk, catalogue_id, reference, name, label in page
    ]
    shown = _table(
        request, subjects, wanted, caption=_("Devices and recommendations"), corner=_("Device")
    )
    return _page(request, wanted, {"page_obj": page, "total": page.paginator.count, "table": shown})


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def of_device(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show each assessed version of a device, newest first."""
    device = get_object_or_404(Device, pk=pk)
    wanted = MatrixFilter(request.GET, of_one_device=True)
    found: QuerySet[Assessment] = Assessment.objects.filter(
        organisation=request.organisation, device=device, beside=None
    )
    newest = wanted.assessments(found).order_by("-version_id", "-started_at")
    subjects = [
        Subject(key, catalogue_id, label, edition)
        for key, catalogue_id, label, edition in newest.values_list(
            "pk", "catalogue_id", "version__label", "catalogue__edition"
        )[:ROWS]
    ]
    shown = _table(
        request, subjects, wanted, caption=_("Versions and recommendations"), corner=_("Version")
    )
    return _page(request, wanted, {"device": device, "total": len(subjects), "table": shown})


def _page(request: PortalRequest, wanted: MatrixFilter, context: dict[str, Any]) -> HttpResponse:
    name = "assessments/matrix.html"
    if request.htmx.target == "matrix":
        name += "#matrix"
    context |= {"filter": wanted, "legend": legend(), "none_text": none_text()}
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _table(
    request: PortalRequest,
    subjects: Sequence[Subject],
    wanted: MatrixFilter,
    *,
    caption: str,
    corner: str,
) -> SafeString | str:
    columns = _columns({subject.catalogue_id for subject in subjects}, wanted)
    if not subjects or not columns:
        return ""
    cells = _cells(request, subjects, wanted)
    slug = request.organisation.slug
    rows = [
        Row(
            subject.name,
            subject.detail,
            reverse("assessments:assessment-detail", args=[slug, subject.pk]),
            cells[subject.pk],
        )
        for subject in subjects
    ]
    before, after = _around_the_key(slug)
    return table(columns, rows, caption=caption, corner=corner, address=(before, after))


def _around_the_key(slug: str) -> tuple[str, str]:
    """Return what stands before and after the key in the address of an answer."""
    key = UUID(int=0)
    before, _key, after = reverse("assessments:answer-edit", args=[slug, key]).partition(str(key))
    return before, after


def _columns(catalogue_ids: set[UUID], wanted: MatrixFilter) -> list[Column]:
    """Return one column for each code of these editions, by phase, as the newest has them."""
    language = "en" if get_language() == "en" else "fr"
    order = list(LifecyclePhase.values)
    entries = Recommendation.objects.filter(catalogue_id__in=catalogue_ids).order_by(
        "-catalogue__published_at", "position"
    )
    found: dict[str, tuple[int, Column]] = {}
    for code, title, phase, criteria in entries.values_list(
        "code", f"title_{language}", "phase", "criteria"
    ):
        if code not in found and wanted.shows(phase=phase, criteria=criteria):
            column = Column(code, title, str(LifecyclePhase(phase).label))
            found[code] = (order.index(phase), column)
    # Sorting is stable: within a phase they stay in the order of the catalogue.
    return [column for _phase, column in sorted(found.values(), key=lambda each: each[0])]


def _cells(
    request: PortalRequest, subjects: Sequence[Subject], wanted: MatrixFilter
) -> defaultdict[UUID, dict[str, tuple[UUID, str]]]:
    answers = Answer.objects.filter(
        organisation=request.organisation, assessment__in=[subject.pk for subject in subjects]
    )
    cells: defaultdict[UUID, dict[str, tuple[UUID, str]]] = defaultdict(dict)
    for pk, assessment_id, code, verdict, is_applicable in (
        wanted.answers(answers)
        .order_by()
        .values_list("pk", "assessment_id", "code", "verdict", "is_applicable")
    ):
        cells[assessment_id][code] = (pk, verdict if is_applicable else EXCLUDED)
    return cells
