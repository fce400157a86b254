"""Spreadsheets: answers out, and back in after a dry run."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.answer_filters import AnswerFilter
from assessments.differences import marked
from assessments.enums import Verdict
from assessments.forms_sheet import SheetForm
from assessments.models import Answer, Assessment, SheetImport
from assessments.services import exporting
from assessments.services import sheet as services
from assessments.services.sheet_writing import change_key
from assessments.sheets.columns import FIELDS
from assessments.sheets.comparing import Outcome, Reason
from assessments.sheets.writing import CSV, XLSX

WITH_SUBJECT = Assessment.objects.select_related("device", "version", "catalogue", "organisation")
SHOWN: Final = [outcome for outcome in Outcome if outcome != Outcome.UNCHANGED]
ROWS_OF_A_PAGE: Final = 50


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def export(request: PortalRequest, pk: UUID, kind: str) -> HttpResponse:
    """Send the answers of an assessment, all or those of the filter, as a spreadsheet."""
    assessment = get_object_or_404(WITH_SUBJECT, pk=pk)
    answers: QuerySet[Answer] = Answer.objects.filter(
        organisation_id=assessment.organisation_id, assessment=assessment
    ).order_by("position")
    if not AnswerFilter.base_fields.keys().isdisjoint(request.GET):
        narrowing = AnswerFilter(request.GET, organisation=request.organisation, user=request.user)
        answers = narrowing.apply(answers)
        if narrowing.errors:  # left out, it would be more rows than were asked for
            messages.error(request, _("This filter cannot be read: nothing was exported."))
            return redirect(assessment)
    if kind == "xlsx":
        content = exporting.as_xlsx(assessment, answers, reader=request.user)
    else:
        content = exporting.as_csv(answers)
    name = get_valid_filename(
        f"{assessment.device.reference}-{assessment.version.label}-{timezone.localdate()}.{kind}"
    )
    response = HttpResponse(content, content_type=XLSX if kind == "xlsx" else CSV)
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=name
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@requires(Permission.ASSESSMENT_EDIT)
def import_sheet(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Upload a spreadsheet; the worker reads it."""
    assessment = get_object_or_404(WITH_SUBJECT, pk=pk)
    is_sent = request.method == "POST"
    form = SheetForm(request.POST, request.FILES) if is_sent else SheetForm()
    if is_sent and form.is_valid():
        try:
            return redirect(
                services.upload(assessment, file=form.cleaned_data["file"], actor=request.user)
            )
        except PortalError as refusal:
            form.add_error("file", str(refusal))
    imports = (
        assessment.sheet_imports.select_related("uploaded_by")
        .defer("rows")
        .order_by("-uploaded_at")[:10]
    )
    context = {"assessment": assessment, "form": form, "imports": imports}
    return render(
        request, "assessments/assessment_import.html", context, status=422 if is_sent else 200
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a row: what the portal says, what the sheet says, and the difference."""

    label: str
    before: str
    after: str
    difference: SafeString | None = None


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row of the dry run, in words."""

    line: int
    code: str
    answer: str
    outcome: str
    label: str
    reason: str
    value: str
    changes: tuple[Change, ...]


class SheetDetail(PortalView, DetailView[SheetImport]):
    """One import: how far it is, what each row would change, what was written."""

    access = Permission.ASSESSMENT_VIEW
    fragment = "state"
    template_name = "assessments/sheet_detail.html"
    context_object_name = "sheet"
    queryset = SheetImport.objects.select_related(
        "assessment__device",
        "assessment__version",
        "assessment__catalogue",
        "organisation",
        "uploaded_by",
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.object.rows
        counts = Counter(row["outcome"] for row in rows)
        chosen = self.request.GET.get("show", "")
        shown = [
            row
            for row in rows
            if row["outcome"] == chosen
            or (chosen not in SHOWN and row["outcome"] != Outcome.UNCHANGED)
        ]
        page = Paginator(shown, ROWS_OF_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            counts=[(each.value, each.label, counts[each]) for each in SHOWN if counts[each]],
            unchanged=counts[Outcome.UNCHANGED],
            total=len(rows),
            changes=counts[Outcome.CHANGE],
            written=counts[Outcome.WRITTEN],
            change_key=change_key(self.object),
            shown=chosen,
            page_obj=page,
            rows=in_words(page.object_list),
            is_mine=self.object.uploaded_by_id == self.request.user.pk,
            is_stalled=services.is_stalled(self.object, at=timezone.now()),
            **kwargs,
        )


def in_words(rows: Iterable[Mapping[str, Any]]) -> list[ShownRow]:
    """Return rows of an import as people read them; one query, for the names of owners."""
    rows = list(rows)
    keys = {key for row in rows for key in row.get("fields", {}).get("owner", ()) if key}
    people = {str(person.pk): str(person) for person in User.objects.filter(pk__in=keys)}
    return [
        ShownRow(
            line=row["line"],
            code=row["code"],
            answer=row.get("answer", ""),
            outcome=row["outcome"],
            label=str(Outcome(row["outcome"]).label),
            reason=str(Reason(row["reason"]).label) if "reason" in row else "",
            value=row.get("value", ""),
            changes=tuple(
                _change(name, before, after, people)
                for name, (before, after) in row.get("fields", {}).items()
            ),
        )
        for row in rows
    ]


def _change(name: str, before: str | None, after: str | None, people: Mapping[str, str]) -> Change:
    label = str(FIELDS[name])
    if name == "justification":
        return Change(label, before or "", after or "", marked(before or "", after or ""))
    words: dict[str, Callable[[str], str]] = {
        "verdict": lambda value: str(Verdict(value).label),
        "owner": lambda value: people.get(value, value),
        "due_on": lambda value: formats.date_format(
            dt.date.fromisoformat(value), "SHORT_DATE_FORMAT"
        ),
    }
    was, will_be = (words[name](value) if value else "–" for value in (before, after))
    return Change(label, was, will_be)


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def confirm_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Write what the dry run showed."""
    return _step(request, pk, services.confirm)


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def discard_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Put a spreadsheet aside; nothing of it is written."""
    return _step(request, pk, services.discard, done=_("The spreadsheet is discarded."))


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def retry_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Start again what failed or was interrupted."""
    return _step(request, pk, services.retry)


def _step(
    request: PortalRequest, pk: UUID, step: Callable[..., SheetImport], *, done: str = ""
) -> HttpResponse:
    try:
        sheet = step(pk, actor=request.user)
    except SheetImport.DoesNotExist as error:
        raise Http404 from error
    except PortalError as refusal:
        view = SheetDetail()
        view.setup(request, pk=pk)
        view.object = view.get_object()
        response = view.render_to_response(view.get_context_data(refusal=str(refusal)))
        response.status_code = 409
        return response
    if done:
        messages.success(request, done)
    return redirect("assessments:sheet-detail", request.organisation.slug, sheet.pk)
