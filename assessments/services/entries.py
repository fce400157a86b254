"""Entries of a draft: added, edited, moved, retired, and confirmed in the official text.

Each step says what became of the entries of the edition before, so that no assessment has to
guess when it moves. What splits and merges is in :mod:`assessments.services.regrouping`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.catalogue.edition import SAID
from assessments.enums import CatalogueState, Confidence, Confirmation, ProvenanceStatus
from assessments.models import Catalogue, Recommendation, Retirement, Section, Succession
from assessments.services.catalogue_journal import tell
from assessments.services.editions import in_order, number, settle

# Where an entry stands is another step, and so is who confirmed it.
_STEPS: Final = frozenset({"phase", "position", "confirmed_as", "confirmed_on", "confirmed_by"})
EDITABLE: Final = tuple(name for name in SAID[Recommendation] if name not in _STEPS)
MAY_BE_EMPTY: Final = frozenset({"references", "source_keys", "verified_editions"})


class NotFit(PortalError):
    """What was asked for is wrong; ``fields`` says where, with sentences."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(" ".join(sentence for told in fields.values() for sentence in told))
        self.fields = fields


def locked_draft(pk: UUID) -> Catalogue:
    """Return the draft, locked: its entries change one step after the other.

    Raises:
        PortalError: it is published.
    """
    catalogue = Catalogue.objects.select_for_update(of=("self",)).get(pk=pk)
    if catalogue.state != CatalogueState.DRAFT:
        raise PortalError(
            _("%(edition)s is published and never changes. Start a draft from it.")
            % {"edition": catalogue}
        )
    return catalogue


@transaction.atomic
def add(
    section: Section,
    *,
    fields: Mapping[str, Any],
    actor: User | None,
    after: Recommendation | None = None,
) -> Recommendation:
    """Add an entry, which follows none, at the end of ``section`` or ``after`` one in it.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(section.catalogue_id)
    entry = Recommendation(catalogue=catalogue, section=section, phase=section.phase)
    _set(entry, fields)
    put(catalogue, [entry], after=after or _last_of(section))
    tell("entry.add", catalogue, actor=actor, code=entry.code, fields=_told(fields))
    return entry


@transaction.atomic
def edit(entry: Recommendation, *, fields: Mapping[str, Any], actor: User | None) -> Recommendation:
    """Change what an entry says; saying what it says already is no change and no event.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(entry.catalogue_id)
    entry = Recommendation.objects.select_related("section").get(pk=entry.pk)
    changes = change(entry, fields)
    if changes:
        entry.save(update_fields=list(changes))
        settle(catalogue)
        tell("entry.edit", catalogue, actor=actor, code=entry.code, changes=changes)
    return entry


def as_read(entry: Recommendation) -> str:
    """Return what tells whether an entry is still as somebody read it."""
    said = [str(entry.section_id), *(getattr(entry, name) for name in EDITABLE)]
    return sha256(json.dumps(said).encode()).hexdigest()


def changed_meanwhile() -> str:
    """Return what somebody is told who would overwrite what they never read."""
    return _(
        "Somebody changed this entry meanwhile. Open it again beside this page, then "
        "change it there."
    )


@transaction.atomic
def rewrite(
    entry: Recommendation,
    *,
    fields: Mapping[str, Any],
    section: Section,
    read_as: str,
    actor: User | None,
) -> Recommendation:
    """Change what an entry says and where it stands, as one step.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published, ``section`` is of another one, or the entry is no
            longer as it was read.
    """
    locked_draft(entry.catalogue_id)
    entry = Recommendation.objects.get(pk=entry.pk)
    if read_as != as_read(entry):
        raise PortalError(changed_meanwhile())
    changed = edit(entry, fields=fields, actor=actor)
    if section.pk == changed.section_id:
        return changed
    return move(changed, section=section, actor=actor)


@transaction.atomic
def move(
    entry: Recommendation,
    *,
    section: Section,
    actor: User | None,
    after: Recommendation | None = None,
) -> Recommendation:
    """Put an entry into ``section``, ``after`` another one there, or before all others.

    Raises:
        PortalError: the edition is published, or ``section`` is of another edition.
    """
    catalogue = locked_draft(entry.catalogue_id)
    if section.catalogue_id != catalogue.pk:
        raise PortalError(_("This section belongs to another edition."))
    before = entry.section.key
    if after is None or after.pk == entry.pk:
        after = _last_before(section, but=entry)
    entry.section, entry.phase = section, section.phase
    entry.save(update_fields=["section", "phase"])
    order = [row for row in in_order(catalogue) if row.pk != entry.pk]
    at = next((n for n, row in enumerate(order, start=1) if after and row.pk == after.pk), 0)
    order.insert(at, entry)
    number(order)
    settle(catalogue)
    entry.refresh_from_db()
    tell(
        "entry.move",
        catalogue,
        actor=actor,
        code=entry.code,
        section=[before, section.key],
        after=after.code if after else "",
    )
    return entry


@transaction.atomic
def reorder(section: Section, *, codes: Sequence[str], actor: User | None) -> None:
    """Bring the entries of ``section`` into the order of ``codes``.

    Raises:
        PortalError: the edition is published, or the codes are not those of the section.
    """
    catalogue = locked_draft(section.catalogue_id)
    rows = in_order(catalogue)
    own = {row.code: row for row in rows if row.section_id == section.pk}
    if sorted(codes) != sorted(own):
        raise PortalError(_("The entries of this section changed meanwhile. Look again."))
    before = list(own)
    if before == list(codes):
        return
    ordered = iter([own[code] for code in codes])
    number([next(ordered) if row.code in own else row for row in rows])
    settle(catalogue)
    tell("entry.reorder", catalogue, actor=actor, section=section.key, order=[before, list(codes)])


@transaction.atomic
def retire(
    entry: Recommendation, *, actor: User | None, reason_fr: str = "", reason_en: str = ""
) -> list[Retirement]:
    """Take an entry out of the draft; what it alone followed is retired, for the reasons given.

    Raises:
        PortalError: the edition is published, or a reason is missing in one language.
    """
    catalogue = locked_draft(entry.catalogue_id)
    followed = [link.predecessor for link in entry.predecessions.select_related("predecessor")]
    others = set(
        catalogue.successions.exclude(successor=entry).values_list("predecessor_id", flat=True)
    )
    alone = [row for row in followed if row.pk not in others]
    if alone and not (reason_fr.strip() and reason_en.strip()):
        raise PortalError(_("Say in French and in English why the entry is retired."))
    code = entry.code
    entry.delete()
    number(in_order(catalogue))
    retired = Retirement.objects.bulk_create(
        Retirement(
            catalogue=catalogue,
            predecessor=row,
            reason_fr=reason_fr.strip(),
            reason_en=reason_en.strip(),
        )
        for row in alone
    )
    settle(catalogue)
    tell(
        "entry.retire" if alone else "entry.remove",
        catalogue,
        actor=actor,
        code=code,
        followed=[row.code for row in followed],
        **({"reason_fr": reason_fr, "reason_en": reason_en} if alone else {}),
    )
    return retired


@transaction.atomic
def bring_back(retirement: Retirement, *, section: Section, actor: User | None) -> Recommendation:
    """Take a retirement back: the entry stands in ``section`` again, as it was.

    Raises:
        PortalError: the edition is published, or has another entry of that code.
    """
    catalogue = locked_draft(retirement.catalogue_id)
    old = retirement.predecessor
    entry = Recommendation(catalogue=catalogue, section=section, phase=section.phase)
    _set(entry, {name: getattr(old, name) for name in EDITABLE})
    retirement.delete()
    put(catalogue, [entry], after=_last_of(section))
    Succession.objects.create(catalogue=catalogue, predecessor=old, successor=entry)
    settle(catalogue)
    tell("entry.bring_back", catalogue, actor=actor, code=entry.code)
    return entry


@transaction.atomic
def confirm(
    entry: Recommendation,
    *,
    number: str,
    page: int | None,
    on: dt.date,
    actor: User,
    corrections: Mapping[str, Any] | None = None,
) -> Recommendation:
    """Say that ``actor`` read the entry in the official text on a day, and what had to change.

    The entry is verified from now on, under its official number and page.

    Raises:
        NotFit: neither number nor page is given, or a correction is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(entry.catalogue_id)
    entry = Recommendation.objects.select_related("section").get(pk=entry.pk)
    if not number.strip() and page is None:
        raise NotFit({"official_number": [_("Give the number or the page where it stands.")]})
    corrected = change(entry, corrections or {})
    changes = corrected | change(
        entry,
        {
            "official_number": number.strip(),
            "official_page": page,
            "provenance_status": ProvenanceStatus.VERIFIED.value,
            "confidence": Confidence.HIGH.value,
        },
    )
    entry.confirmed_as = Confirmation.CORRECTED if corrected else Confirmation.AS_IS
    entry.confirmed_on, entry.confirmed_by = on, str(actor)[:150]
    refuse_unless_fit(entry)
    entry.save()
    settle(catalogue)
    tell(
        "entry.confirm",
        catalogue,
        actor=actor,
        code=entry.code,
        number=number.strip(),
        page=page,
        on=on,
        found=entry.confirmed_as,
        changes=changes,
    )
    return entry


def change(entry: Recommendation, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set ``fields`` of ``entry``; return what changed, as was and is. The caller saves.

    Raises:
        NotFit: a field is wrong.
    """
    before = {name: getattr(entry, name) for name in fields}
    _set(entry, fields)
    return {
        name: [before[name], getattr(entry, name)]
        for name in fields
        if before[name] != getattr(entry, name)
    }


def _set(entry: Recommendation, fields: Mapping[str, Any]) -> None:
    if unknown := sorted(set(fields) - set(EDITABLE)):
        raise TypeError(f"not fields of an entry: {', '.join(unknown)}")
    for name, value in fields.items():
        setattr(entry, name, value.strip() if isinstance(value, str) else value)
    refuse_unless_fit(entry)


def refuse_unless_fit(entry: Recommendation) -> None:
    """Refuse an entry that its columns or its edition would not take.

    Raises:
        NotFit: with sentences by field.
    """
    wrong: dict[str, list[str]] = {}
    beside = {"catalogue", "section", "position"}
    columns: Callable[[], None] = partial(entry.clean_fields, exclude=MAY_BE_EMPTY | beside)
    for check in (columns, entry.clean):
        try:
            check()
        except ValidationError as error:
            wrong |= error.message_dict
    same = Recommendation.objects.filter(catalogue=entry.catalogue_id, code=entry.code)
    if same.exclude(pk=entry.pk).exists():
        wrong["code"] = [_("This edition has an entry of that code already.")]
    if wrong:
        raise NotFit(wrong)


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [], None)}


def put(
    catalogue: Catalogue, entries: Sequence[Recommendation], *, after: Recommendation | None
) -> None:
    """Add new ``entries`` to the draft, in this order, behind ``after`` or before all others."""
    highest: int = catalogue.recommendations.aggregate(n=Max("position"))["n"] or 0
    for offset, entry in enumerate(entries, start=1):
        entry.position = highest + offset
    Recommendation.objects.bulk_create(entries)
    own = {entry.pk for entry in entries}
    order = [row for row in in_order(catalogue) if row.pk not in own]
    at = next((n for n, row in enumerate(order, start=1) if after and row.pk == after.pk), 0)
    number([*order[:at], *entries, *order[at:]])


def _last_of(section: Section) -> Recommendation | None:
    """Return the last entry of ``section``, or the last of the sections before it."""
    last = section.recommendations.order_by("-position").first()
    return last or _last_before(section)


def _last_before(section: Section, *, but: Recommendation | None = None) -> Recommendation | None:
    earlier = Recommendation.objects.filter(
        catalogue=section.catalogue_id, section__position__lt=section.position
    )
    earlier = earlier.exclude(pk=but.pk) if but else earlier
    return earlier.order_by("-position").first()
