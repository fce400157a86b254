"""A dossier as web pages, chapter by chapter: before it is issued, and from its record."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.dossier import html
from assessments.dossier.canonical import NotCanonical
from assessments.dossier.snapshot import Snapshot, from_json
from assessments.forms_dossier import DossierForm
from assessments.models import Dossier
from assessments.services.foreseeing import preview as foreseen
from assessments.views.dossier import visible
from assessments.views.dossier_data import refused
from assessments.views.dossier_issue import SUBJECT, in_force

TEMPLATE = "assessments/dossier_read.html"


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def preview(request: PortalRequest, pk: UUID, chapter: str) -> HttpResponse:
    """Show a chapter of the dossier that would be issued now."""
    assessment = get_object_or_404(SUBJECT, pk=pk)
    sent = request.GET.copy()
    sent.setdefault("language", translation.get_language())
    form = DossierForm(sent, frameworks=in_force())
    slug = assessment.organisation.slug
    if not form.is_valid():
        return redirect(reverse("assessments:assessment-issue", args=[slug, pk]))
    snapshot = foreseen(
        assessment,
        language=form.cleaned_data["language"],
        extent=form.extent,
        # Without anything chosen, the usual ones.
        frameworks=form.cleaned_data.get("frameworks") if request.GET else None,
        actor=request.user,
        instant=timezone.now(),
    )

    def address(name: str) -> str:
        path = reverse("assessments:assessment-preview", args=[slug, pk, name])
        return f"{path}?{form.query}"

    context = {"assessment": assessment, "query": form.query}
    return _page(request, snapshot, chapter, address, context)


@requires(Permission.DOSSIER_VIEW)
@require_GET
def read(request: PortalRequest, pk: UUID, chapter: str) -> HttpResponse:
    """Show a chapter of an issued dossier, from the record that its PDF was made from."""
    issued = visible(request).defer(None).exclude(issued_at=None)
    dossier: Dossier = get_object_or_404(issued, pk=pk)
    try:
        snapshot = from_json(dossier.snapshot.encode())
    except NotCanonical:
        return refused(request, dossier, too_old())

    def address(name: str) -> str:
        return reverse("assessments:dossier-read", args=[dossier.organisation.slug, pk, name])

    return _page(request, snapshot, chapter, address, {"dossier": dossier})


def too_old() -> str:
    """Say why there are no pages."""
    return _(
        "This dossier was issued by an earlier edition of the portal, whose record has another "
        "form. Its PDF can be downloaded as it is."
    )


def _page(
    request: PortalRequest,
    snapshot: Snapshot,
    chapter: str,
    address: Callable[[str], str],
    context: dict[str, object],
) -> HttpResponse:
    return render(request, TEMPLATE, context | sheet(snapshot, chapter, address))


def sheet(snapshot: Snapshot, chapter: str, address: Callable[[str], str]) -> dict[str, object]:
    """Return what a page of a dossier shows; ``address`` says where each chapter is read.

    Raises:
        Http404: the dossier has no such chapter.
    """
    page = html.page(
        snapshot,
        chapter,
        address=address,
        is_preview=not snapshot.number,
    )
    if page is None:
        raise Http404
    chapters = [(one, address(one.anchor), one.anchor == chapter) for one in page.document.chapters]
    return {
        "page": page,
        "snapshot": snapshot,
        "chapters": chapters,
        "cover": address(html.COVER),
        "is_cover": chapter == html.COVER,
        "previous": address(page.previous.anchor) if page.previous else "",
        "following": address(page.following.anchor) if page.following else "",
    }
