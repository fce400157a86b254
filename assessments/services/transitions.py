"""The ways from one published edition to another."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.catalogue.edition import Edition
from assessments.catalogue.transition import Transition, along, by_code
from assessments.enums import CatalogueState
from assessments.models import Catalogue


class NotInLine(PortalError):
    """The one edition does not follow the other."""


def chain(older: Catalogue, newer: Catalogue) -> list[Catalogue]:
    """Return the editions from ``older`` to ``newer``; empty when none leads to the other."""
    found = [newer]
    while found[0].pk != older.pk:
        before = found[0].based_on
        if before is None:
            return []
        found.insert(0, before)
    return found


def transition(older: Catalogue, newer: Catalogue) -> Transition:
    """Read the way from ``older`` to ``newer``, over the editions between.

    Raises:
        NotInLine: ``newer`` does not follow ``older``.
    """
    editions = chain(older, newer)
    if len(editions) < 2:  # noqa: PLR2004 -- from one to another
        raise NotInLine(
            _("%(newer)s does not follow %(older)s: nobody said what became of its entries.")
            % {"newer": newer, "older": older}
        )
    return along([Edition.of(each) for each in editions])


def compared(older: Catalogue, newer: Catalogue) -> Transition:
    """Return how two editions differ, in line or not: then entries are the same by their code."""
    editions = chain(older, newer)
    if len(editions) > 1:
        return along([Edition.of(each) for each in editions])
    return by_code(Edition.of(older), Edition.of(newer))


def later_editions(
    catalogue: Catalogue, among: Sequence[Catalogue] | None = None
) -> list[Catalogue]:
    """Return the published editions that follow ``catalogue``, the newest first.

    ``among`` are all editions in sight, when they are read already.
    """
    known = {each.pk: each for each in (Catalogue.objects.all() if among is None else among)}
    found = []
    for each in known.values():
        above = each.based_on_id
        while above is not None and above != catalogue.pk:
            above = known[above].based_on_id if above in known else None
        if above == catalogue.pk and each.state == CatalogueState.PUBLISHED:
            found.append(each)
    return sorted(found, key=lambda each: (each.published_at, each.pk), reverse=True)
