"""The life of an edition: a draft from a published one, its progress, its retirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.identifiers import uuid7
from assessments.catalogue.edition import Edition
from assessments.catalogue.succession import groups, kinds
from assessments.enums import CatalogueState, ProvenanceStatus
from assessments.models import Catalogue, Recommendation, Section, Source, Succession
from assessments.services.catalogue_journal import tell

BEYOND: Final = 16_000  # positions that none has: a place for rows while they change places

Row = TypeVar("Row", bound=models.Model)


@transaction.atomic
def start_draft(catalogue: Catalogue, *, edition: str, actor: User | None) -> Catalogue:
    """Begin the edition that follows ``catalogue``: a copy, each entry linked to where it is from.

    Raises:
        PortalError: ``catalogue`` is a draft, or there is an edition of that name already.
    """
    edition = edition.strip()
    if catalogue.state == CatalogueState.DRAFT:
        raise PortalError(
            _("%(edition)s is a draft itself. Publish it first.") % {"edition": catalogue}
        )
    if not edition:
        raise PortalError(_("Give the new edition a name, for example its year."))
    named = Catalogue.objects.filter(owner=catalogue.owner_id, key=catalogue.key, edition=edition)
    if named.exists():
        raise PortalError(
            _("There is an edition %(name)s of %(key)s already. Choose another name.")
            % {"name": edition, "key": catalogue.key}
        )
    older = Edition.of(catalogue)
    draft = _copy(catalogue)
    draft.based_on, draft.edition, draft.state = catalogue, edition, CatalogueState.DRAFT
    draft.content_sha256, draft.published_at = "", None
    draft.retired_at = draft.succeeded_by = None
    draft.save(force_insert=True)
    sections = {section.pk: _copy(section) for section in older.sections}
    _create(Source, draft, [_copy(source) for source in older.sources])
    _create(Section, draft, sections.values())
    entries = [_copy(entry) for entry in older.recommendations]
    for entry in entries:
        entry.section = sections[entry.section_id]
    _create(Recommendation, draft, entries)
    Succession.objects.bulk_create(
        Succession(catalogue=draft, predecessor=old, successor=new)
        for old, new in zip(older.recommendations, entries, strict=True)
    )
    tell("catalogue.draft", draft, actor=actor, based_on=str(catalogue))
    return draft


def _copy(row: Row) -> Row:
    other = copy(row)
    other._state = copy(row._state)
    other._state.adding = True
    other._state.fields_cache = {}
    other.pk = uuid7()
    return other


def _create(model: type[Row], draft: Catalogue, rows: Iterable[Row]) -> None:
    rows = list(rows)
    for row in rows:
        row.catalogue = draft  # type: ignore[attr-defined]
    model._default_manager.bulk_create(rows)


@transaction.atomic
def retire(pk: UUID, *, actor: User | None, succeeded_by: Catalogue | None = None) -> Catalogue:
    """Retire a published edition: nothing new starts from it, what is assessed by it goes on.

    Raises:
        PortalError: it is not published, or its successor is not.
    """
    catalogue = Catalogue.objects.select_for_update(of=("self",)).get(pk=pk)
    if catalogue.state != CatalogueState.PUBLISHED:
        raise PortalError(_("Only a published edition can be retired."))
    if succeeded_by is not None and (
        succeeded_by.state != CatalogueState.PUBLISHED
        or succeeded_by.pk == catalogue.pk
        or succeeded_by.owner_id != catalogue.owner_id
    ):
        raise PortalError(_("The successor is another published edition."))
    catalogue.state, catalogue.retired_at = CatalogueState.RETIRED, timezone.now()
    catalogue.succeeded_by = succeeded_by
    catalogue.save(update_fields=["state", "retired_at", "succeeded_by"])
    tell(
        "catalogue.retire",
        catalogue,
        actor=actor,
        **({"succeeded_by": str(succeeded_by)} if succeeded_by else {}),
    )
    return catalogue


def in_order(catalogue: Catalogue) -> list[Recommendation]:
    """Return the entries of an edition as they stand in it."""
    return list(catalogue.recommendations.order_by("position"))


def number(order: Sequence[Recommendation] | Sequence[Section]) -> None:
    """Give rows of a draft, all of their kind, the positions of ``order``, from 1."""
    changed: list[Any] = []
    row: Any
    for position, row in enumerate(order, start=1):
        if row.position != position:
            row.position = position
            changed.append(row)
    if changed:
        model = type(changed[0])
        # Positions differ at each instant: rows make room before they take their new place.
        model.objects.filter(pk__in=[row.pk for row in changed]).update(
            position=F("position") + BEYOND
        )
        model.objects.bulk_update(changed, ["position"])


def settle(catalogue: Catalogue) -> None:
    """Say again what became of each entry of the edition that the draft follows."""
    if catalogue.based_on_id is None:
        return
    links = list(catalogue.successions.order_by("pk"))
    older = Recommendation.objects.filter(catalogue=catalogue.based_on_id)
    found = groups(
        older.select_related("section").order_by("position"),
        catalogue.recommendations.select_related("section").order_by("position"),
        [(link.predecessor_id, link.successor_id) for link in links],
    )
    said = kinds(found)
    changed = []
    for link in links:
        kind = said[link.predecessor_id, link.successor_id]
        if link.kind != kind:
            link.kind = kind
            changed.append(link)
    Succession.objects.bulk_update(changed, ["kind"])


def unaccounted(catalogue: Catalogue) -> list[str]:
    """Return the codes of entries of the edition before that are neither followed nor retired."""
    if catalogue.based_on_id is None:
        return []
    older = Recommendation.objects.filter(catalogue=catalogue.based_on_id)
    gone = older.exclude(successions__catalogue=catalogue).exclude(retirements__catalogue=catalogue)
    return list(gone.order_by("position").values_list("code", flat=True))


@dataclass(frozen=True, slots=True)
class Progress:
    """How many entries have which provenance, and how many were read in the official text."""

    verified: int
    recalled: int
    inferred: int
    confirmed: int

    @property
    def total(self) -> int:
        """How many entries the edition has."""
        return self.verified + self.recalled + self.inferred


def progress(entries: Iterable[Recommendation]) -> Progress:
    """Count entries by provenance. Pure."""
    entries = list(entries)
    counts = Counter(entry.provenance_status for entry in entries)
    return Progress(
        verified=counts[ProvenanceStatus.VERIFIED],
        recalled=counts[ProvenanceStatus.RECALLED],
        inferred=counts[ProvenanceStatus.INFERRED],
        confirmed=sum(bool(entry.confirmed_as) for entry in entries),
    )
