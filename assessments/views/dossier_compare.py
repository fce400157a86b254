"""Two dossiers side by side, from their records only."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.dossier.changes_view import ChangesView
from assessments.dossier.reading import Record
from assessments.forms_auditing import described
from assessments.models import Dossier
from assessments.services.dossier_changes import before, changes_of, others_of
from assessments.views.dossier import visible

OF_A_PAGE: Final = 100  # answers that differ


@requires(Permission.DOSSIER_VIEW)
@require_GET
def choose(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Choose another dossier of the device; the one before is offered first."""
    dossier = get_object_or_404(visible(request).exclude(issued_at=None), pk=pk)
    others = others_of(dossier)
    chosen = request.GET.get("other", "")
    if any(str(other.pk) == chosen for other in others):
        return redirect("assessments:dossier-pair", request.organisation.slug, pk, chosen)
    context = {
        "dossier": dossier,
        "others": [(other, described(other)) for other in others],
        "last": before(dossier),
    }
    return render(request, "assessments/dossier_compare.html", context)


@requires(Permission.DOSSIER_VIEW)
@require_GET
def compare(request: PortalRequest, pk: UUID, other: UUID) -> HttpResponse:
    """Show what changed from the earlier of two issued dossiers of a device to the later."""
    found = visible(request).defer(None).exclude(issued_at=None).filter(pk__in=[pk, other])
    pair = {dossier.pk: dossier for dossier in found.defer("superseded_by__snapshot")}
    if len(pair) != 2 or len({one.assessment.device_id for one in pair.values()}) != 1:  # noqa: PLR2004 -- a pair
        raise Http404
    others = [(one, described(one)) for one in others_of(pair[pk])]
    context = {"dossier": pair[pk], "others": others, **compared(request, *pair.values())}
    status = 409 if context["refusal"] else 200
    return render(request, "assessments/dossier_compare.html", context, status=status)


def compared(request: HttpRequest, one: Dossier, another: Dossier) -> dict[str, Any]:
    """Return the differences of two issued dossiers as the page shows them."""
    earlier, later = sorted((one, another), key=lambda each: (each.issued_at, each.pk))
    context: dict[str, Any] = {"earlier": earlier, "later": later, "refusal": ""}
    try:
        changes = changes_of(earlier, later)
    except PortalError as refusal:
        return context | {"refusal": str(refusal)}
    record = Record(later.snapshot, language="en" if get_language() == "en" else "fr")
    view = ChangesView(changes, label=record.label, text=record.text)
    page = Paginator(changes.entries, OF_A_PAGE).get_page(request.GET.get("page"))
    return context | {
        "view": view,
        "changes": changes,
        "phases": view.phases(list(page.object_list)),
        "page_obj": page,
        "schema_version": record.plain["schema_version"],
    }
