"""Verifying dossiers: a file that somebody has, and the one that is kept here.

The cheap verdict comes at once; printing the record again to compare the pages is a second
request, which the page makes by itself. Nothing is kept between the two: the file is sent again.
"""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from allauth.core.ratelimit import consume
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, Permission, requires
from assessments.dossier.report import Report, Standing, Verdict
from assessments.forms import VerifyForm
from assessments.models import Dossier
from assessments.services.renewal import newest
from assessments.services.verification import (
    NotVerifiable,
    Occupied,
    verify_pdf,
    verify_stranger,
    with_printed_pages,
)
from assessments.views.dossier import visible

_NUMBER: Final = re.compile(r"D-\d{4}-\d{4,9}")
_FRAGMENT: Final = "verdict"
_TONES: Final = {
    Standing.CURRENT: "good",
    Standing.NOT_ASKED: "good",
    Standing.WITHDRAWN: "bad",
    Standing.CUT: "bad",
}  # the others are a warning


@requires(Access.PUBLIC)
def verify_upload(request: PortalRequest) -> HttpResponse:
    """Verify a file that somebody has, signed in or not; it leaves no trace here."""
    if request.method != "POST":
        number = request.GET.get("number", "")
        context = {"form": VerifyForm(), "number": number if _NUMBER.fullmatch(number) else ""}
        return render(request, "assessments/dossier_verify.html", context)
    return _verify_sent(request, action="verify_dossier", pages="pages" in request.POST)


@requires(Access.PUBLIC)
@require_POST
def verify_upload_pages(request: PortalRequest) -> HttpResponse:
    """Verify a file, and compare its pages with its record: the second step of the above."""
    return _verify_sent(request, action="verify_pages", pages=True)


def _verify_sent(request: PortalRequest, *, action: str, pages: bool) -> HttpResponse:
    form = VerifyForm(request.POST, request.FILES)
    if not consume(request, action=action):
        form.add_error(None, _("Many files came from your address. Wait a minute, then try again."))
        return _answer(request, {"form": form}, status=429)
    if not form.is_valid():
        return _answer(request, {"form": form}, status=422)
    file = form.cleaned_data["file"]
    try:
        report = verify_stranger(file)
    except NotVerifiable as refusal:
        form.add_error("file", str(refusal))
        return _answer(request, {"form": form}, status=422)
    context = {"report": report, "name": file.name, "form": VerifyForm()}
    context |= _second_step(report, reverse("verify-pages") if _is_fragment(request) else "")
    return _answer(request, _with_pages(context, file) if pages else context)


@requires(Permission.DOSSIER_VIEW)
@require_POST
def verify_stored(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Verify the file that is kept here."""
    return _verify_kept(request, pk, pages=False)


@requires(Permission.DOSSIER_VIEW)
@require_POST
def verify_stored_pages(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Verify the file that is kept here, and compare its pages with its record."""
    return _verify_kept(request, pk, pages=True)


def _verify_kept(request: PortalRequest, pk: UUID, *, pages: bool) -> HttpResponse:
    dossier: Dossier = get_object_or_404(visible(request).exclude(issued_at=None), pk=pk)
    name = newest(dossier).name
    if not default_storage.exists(name):
        raise Http404
    with default_storage.open(name) as file:
        report = verify_pdf(file.read())
        address = reverse(
            "assessments:dossier-verify-pages", args=[dossier.organisation.slug, dossier.pk]
        )
        context = {"report": report, "dossier": dossier} | _second_step(report, address)
        return _answer(request, _with_pages(context, file) if pages else context)


def _second_step(report: Report, address: str) -> dict[str, Any]:
    """Say where the page has the pages compared; without scripts the file is chosen again."""
    is_intact = report.verdict is Verdict.INTACT
    return {"pages_at": address if is_intact else "", "ask_again": is_intact and not address}


def _with_pages(context: dict[str, Any], file: Any) -> dict[str, Any]:
    """Add what the pages say; while others are being compared, ask again a little later."""
    try:
        report = with_printed_pages(context["report"], file)
    except Occupied as wait:
        return context | {"wait": str(wait)}
    return {**context, "report": report, "pages_at": "", "ask_again": False}


def _answer(request: PortalRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Show the page, or the verdict alone where htmx asks for it."""
    if report := context.get("report"):
        context |= {"tone": tone_of(report)}
    if _is_fragment(request):
        template = "assessments/_verdict.html"
    elif "dossier" in context:
        template = "assessments/dossier_verified.html"
    else:
        template = "assessments/dossier_verify.html"
    return render(request, template, context, status=status)


def tone_of(report: Report) -> str:
    """Return the tone that a verdict is shown in."""
    is_intact = report.verdict is Verdict.INTACT
    return _TONES.get(report.standing, "warn") if is_intact else "bad"


def _is_fragment(request: PortalRequest) -> bool:
    return request.htmx.target == _FRAGMENT
