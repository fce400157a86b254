"""The order of a draft on one page: sections, and entries in them, by number or by drag."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.admin.base import actor_of, address
from assessments.models import Catalogue, Recommendation, Section
from assessments.services import entries, sections

Order = dict[str, list[str]]


def order_view(page: Any, request: HttpRequest, pk: str) -> HttpResponse:
    """Show and take the order of a draft."""
    catalogue = page.of_draft(request, pk)
    if catalogue is None:
        raise Http404
    there = list(catalogue.sections.order_by("position"))
    rows = list(catalogue.recommendations.order_by("position"))
    status = 200
    if request.method == "POST":
        try:
            wanted = asked(request.POST, there, rows)
            put_in_order(catalogue, wanted, actor=actor_of(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
            status = 409
        else:
            messages.success(request, _("The order is kept."))
            return HttpResponseRedirect(address(catalogue, "order"))
    by_section: dict[Any, list[Recommendation]] = defaultdict(list)
    for row in rows:
        by_section[row.section_id].append(row)
    return page.page(  # type: ignore[no-any-return]
        request,
        "catalogue/order",
        _("Order of %(edition)s") % {"edition": catalogue},
        status=status,
        original=catalogue,
        groups=[(section, by_section[section.pk]) for section in there],
        sections=there,
    )


def asked(
    data: Mapping[str, Any], there: Sequence[Section], rows: Sequence[Recommendation]
) -> Order:
    """Return the order that a form asks for: the codes of entries by the key of their section.

    Each section and entry has a number; those of one number stay as they were. An entry also
    names its section.

    Raises:
        PortalError: a number or a section is missing: the draft changed meanwhile.
    """
    keys = {section.key for section in there}
    wanted: dict[str, list[tuple[int, int, str]]] = {
        section.key: []
        for section in sorted(there, key=lambda each: _number(data, f"section-{each.key}"))
    }
    for place, row in enumerate(rows):
        section = data.get(f"in-{row.pk}")
        if section not in keys:
            raise PortalError(_("The entries of this section changed meanwhile. Look again."))
        wanted[str(section)].append((_number(data, f"place-{row.pk}"), place, row.code))
    return {key: [code for _n, _place, code in sorted(found)] for key, found in wanted.items()}


def _number(data: Mapping[str, Any], name: str) -> int:
    value = str(data.get(name, ""))
    if not value.isdecimal() or len(value) > 4:  # noqa: PLR2004 -- 9,999 entries are beyond any edition
        raise PortalError(_("Give each row a number from 1 on."))
    return int(value)


@transaction.atomic
def put_in_order(catalogue: Catalogue, wanted: Order, *, actor: User) -> None:
    """Move entries to their sections, then put sections and entries in order.

    Raises:
        PortalError: the draft changed meanwhile.
    """
    sections.reorder(catalogue, keys=list(wanted), actor=actor)
    own = {section.key: section for section in catalogue.sections.all()}
    place = {code: key for key, codes in wanted.items() for code in codes}
    for row in catalogue.recommendations.select_related("section").order_by("position"):
        if place.get(row.code, row.section.key) != row.section.key:
            entries.move(row, section=own[place[row.code]], actor=actor)
    for key, codes in wanted.items():
        entries.reorder(own[key], codes=codes, actor=actor)
