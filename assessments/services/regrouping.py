"""One entry of a draft into several, several into one, and who follows whom, said outright."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.models import Catalogue, Recommendation, Retirement, Succession
from assessments.services.catalogue_journal import tell
from assessments.services.editions import in_order, number, settle
from assessments.services.entries import EDITABLE, change, locked_draft, put


@transaction.atomic
def split(
    entry: Recommendation, *, into: Sequence[Mapping[str, Any]], actor: User | None
) -> list[Recommendation]:
    """Put several entries in the place of one; each says what it said, but for the fields given.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published, or there are fewer than two.
    """
    catalogue = locked_draft(entry.catalogue_id)
    if len(into) < 2:  # noqa: PLR2004 -- a split has two sides
        raise PortalError(_("An entry is split into two or more."))
    code = entry.code
    followed = list(entry.predecessions.values_list("predecessor", flat=True))
    parts = [_like(entry, catalogue) for _fields in into]
    entry = _out_of_the_way(entry)
    for part, fields in zip(parts, into, strict=True):
        change(part, fields)
    _refuse_twice([part.code for part in parts])
    put(catalogue, parts, after=entry)
    _follow(catalogue, followed, parts)
    entry.delete()
    number(in_order(catalogue))
    settle(catalogue)
    tell(
        "entry.split",
        catalogue,
        actor=actor,
        code=code,
        into={part.code: dict(fields) for part, fields in zip(parts, into, strict=True)},
    )
    return parts


@transaction.atomic
def merge(
    entries: Sequence[Recommendation], *, fields: Mapping[str, Any], actor: User | None
) -> Recommendation:
    """Put one entry in the place of several; it says what the first said, but for ``fields``.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published, or the entries are not two or more of it.
    """
    if len({entry.pk for entry in entries}) < 2:  # noqa: PLR2004 -- as above
        raise PortalError(_("Two or more entries are merged."))
    catalogue = locked_draft(entries[0].catalogue_id)
    if any(entry.catalogue_id != catalogue.pk for entry in entries):
        raise PortalError(_("Only entries of one edition are merged."))
    codes = [entry.code for entry in entries]
    links = Succession.objects.filter(successor__in=entries).order_by("pk")
    followed = list(dict.fromkeys(links.values_list("predecessor", flat=True)))
    merged = _like(entries[0], catalogue)
    rest = [_out_of_the_way(entry) for entry in entries]
    change(merged, fields)
    put(catalogue, [merged], after=rest[0])
    _follow(catalogue, followed, [merged])
    for entry in rest:
        entry.delete()
    number(in_order(catalogue))
    settle(catalogue)
    tell("entry.merge", catalogue, actor=actor, code=merged.code, merged=codes, fields=dict(fields))
    return merged


@transaction.atomic
def follow(
    entry: Recommendation, *, predecessors: Sequence[Recommendation], actor: User | None
) -> None:
    """Say outright which entries of the edition before ``entry`` takes the place of.

    Raises:
        PortalError: the edition is published, or an entry is not of the edition before.
    """
    catalogue = locked_draft(entry.catalogue_id)
    if any(row.catalogue_id != catalogue.based_on_id for row in predecessors):
        raise PortalError(_("What is followed is an entry of the edition that this one follows."))
    before = list(entry.predecessions.order_by("pk").values_list("predecessor__code", flat=True))
    after = [row.code for row in predecessors]
    if sorted(before) == sorted(after):
        return
    entry.predecessions.all().delete()
    Retirement.objects.filter(catalogue=catalogue, predecessor__in=predecessors).delete()
    _follow(catalogue, [row.pk for row in predecessors], [entry])
    settle(catalogue)
    tell("entry.follow", catalogue, actor=actor, code=entry.code, follows=[before, after])


def _like(entry: Recommendation, catalogue: Catalogue) -> Recommendation:
    """Return an entry that says what ``entry`` says, not saved; it was read by nobody yet."""
    return Recommendation(
        catalogue=catalogue,
        section=entry.section,
        phase=entry.phase,
        **{name: getattr(entry, name) for name in EDITABLE},
    )


def _out_of_the_way(entry: Recommendation) -> Recommendation:
    """Free the code of an entry that is about to go, and what it follows."""
    entry.predecessions.all().delete()
    Recommendation.objects.filter(pk=entry.pk).update(code=f"~{entry.position}")
    return entry


def _refuse_twice(codes: Sequence[str]) -> None:
    if len(set(codes)) < len(codes):
        raise PortalError(_("Each part has a code of its own."))


def _follow(
    catalogue: Catalogue, predecessors: Sequence[Any], entries: Sequence[Recommendation]
) -> None:
    Succession.objects.bulk_create(
        Succession(catalogue=catalogue, predecessor_id=pk, successor=entry)
        for pk in predecessors
        for entry in entries
    )
