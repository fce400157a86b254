"""Sections of a draft: added, renamed, put elsewhere, removed when nothing is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.catalogue.edition import SAID
from assessments.models import Catalogue, Section
from assessments.services.catalogue_journal import tell
from assessments.services.editions import in_order, number, settle
from assessments.services.entries import NotFit, locked_draft

EDITABLE: Final = tuple(name for name in SAID[Section] if name != "position")


@transaction.atomic
def add(
    catalogue: Catalogue,
    *,
    fields: Mapping[str, Any],
    actor: User | None,
    after: Section | None = None,
) -> Section:
    """Add a section, behind ``after`` or behind all others.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(catalogue.pk)
    highest: int = catalogue.sections.aggregate(n=Max("position"))["n"] or 0
    section = Section(catalogue=catalogue, position=highest + 1, **fields)
    _refuse_unless_fit(section)
    section.save(force_insert=True)
    if after is not None:
        order = [row for row in catalogue.sections.order_by("position") if row.pk != section.pk]
        order.insert([row.pk for row in order].index(after.pk) + 1, section)
        number(order)
    tell("section.add", catalogue, actor=actor, section=section.key, fields=dict(fields))
    return section


@transaction.atomic
def edit(section: Section, *, fields: Mapping[str, Any], actor: User | None) -> Section:
    """Change a section; its entries are in its phase, whichever that is.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(section.catalogue_id)
    if unknown := sorted(set(fields) - set(EDITABLE)):
        raise TypeError(f"not fields of a section: {', '.join(unknown)}")
    before = {name: getattr(section, name) for name in fields}
    changes = {name: [before[name], new] for name, new in fields.items() if before[name] != new}
    if not changes:
        return section
    for name, (_before, new) in changes.items():
        setattr(section, name, new)
    _refuse_unless_fit(section)
    section.save(update_fields=list(changes))
    if "phase" in changes:
        section.recommendations.update(phase=section.phase)
    settle(catalogue)
    tell("section.edit", catalogue, actor=actor, section=section.key, changes=changes)
    return section


@transaction.atomic
def remove(section: Section, *, actor: User | None) -> None:
    """Remove a section without entries.

    Raises:
        PortalError: the edition is published, or the section has entries.
    """
    catalogue = locked_draft(section.catalogue_id)
    if section.recommendations.exists():
        raise PortalError(_("This section has entries. Move or retire them first."))
    key = section.key
    section.delete()
    number(list(catalogue.sections.order_by("position")))
    tell("section.remove", catalogue, actor=actor, section=key)


@transaction.atomic
def reorder(catalogue: Catalogue, *, keys: Sequence[str], actor: User | None) -> None:
    """Bring the sections of a draft, and the entries in them, into the order of ``keys``.

    Raises:
        PortalError: the edition is published, or the keys are not those of its sections.
    """
    catalogue = locked_draft(catalogue.pk)
    own = {row.key: row for row in catalogue.sections.order_by("position")}
    if sorted(keys) != sorted(own):
        raise PortalError(_("The sections of this edition changed meanwhile. Look again."))
    before = list(own)
    if before == list(keys):
        return
    number([own[key] for key in keys])
    place = {own[key].pk: at for at, key in enumerate(keys)}
    number(sorted(in_order(catalogue), key=lambda entry: place[entry.section_id]))
    settle(catalogue)
    tell("section.reorder", catalogue, actor=actor, order=[before, list(keys)])


def _refuse_unless_fit(section: Section) -> None:
    try:
        section.clean_fields(exclude={"catalogue", "position", "source_keys"})
    except ValidationError as error:
        raise NotFit(error.message_dict) from error
    same = Section.objects.filter(catalogue=section.catalogue_id, key=section.key)
    if same.exclude(pk=section.pk).exists():
        raise NotFit({"key": [_("This edition has a section of that key already.")]})
