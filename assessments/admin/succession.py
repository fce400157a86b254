"""What became of the entries of the edition before: one table, with ways back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.admin.base import actor_of, address, is_draft, key_in
from assessments.models import Catalogue, Recommendation, Retirement, Succession
from assessments.services import entries


def succession_view(page: Any, request: HttpRequest, pk: str) -> HttpResponse:
    """Show what became of each entry; bring a retired one back."""
    catalogue = page.get_object(request, pk)
    if catalogue is None or catalogue.based_on_id is None:
        raise Http404
    may_change = is_draft(catalogue) and page.has_change_permission(request, catalogue)
    if request.method == "POST":
        if not may_change:
            raise Http404
        return _bring_back(request, catalogue)
    return page.page(  # type: ignore[no-any-return]
        request,
        "catalogue/succession",
        _("What became of the entries of %(edition)s") % {"edition": catalogue.based_on},
        original=catalogue,
        lines=_lines(catalogue),
        added=catalogue.recommendations.filter(predecessions=None).order_by("position"),
        may_change=may_change,
    )


def _lines(
    catalogue: Catalogue,
) -> list[tuple[Recommendation, list[Succession], Retirement | None]]:
    """Return each entry of the edition before, what follows it, or why nothing does."""
    links: dict[Any, list[Succession]] = defaultdict(list)
    for link in catalogue.successions.select_related("successor").order_by("successor__position"):
        links[link.predecessor_id].append(link)
    retired = {row.predecessor_id: row for row in catalogue.retirements.all()}
    older = Recommendation.objects.filter(catalogue=catalogue.based_on_id).order_by("position")
    return [(entry, links[entry.pk], retired.get(entry.pk)) for entry in older]


def _bring_back(request: HttpRequest, catalogue: Catalogue) -> HttpResponse:
    row = get_object_or_404(
        catalogue.retirements.select_related("predecessor__section"),
        pk=key_in(request.POST.get("retirement", "")),
    )
    old = row.predecessor
    section = (
        catalogue.sections.filter(key=old.section.key).first()
        or catalogue.sections.filter(phase=old.phase).order_by("position").first()
        or catalogue.sections.order_by("position").first()
    )
    if section is None:
        messages.error(request, _("Add a section first."))
        return HttpResponseRedirect(address(catalogue))
    try:
        entry = entries.bring_back(row, section=section, actor=actor_of(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(code)s is here again.") % {"code": entry.code})
    return HttpResponseRedirect(address(catalogue, "succession"))
