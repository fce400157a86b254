"""What an edition says of itself, and the sources it cites: begun, changed, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.catalogue.edition import SAID
from assessments.models import Catalogue, Source
from assessments.services.catalogue_journal import tell
from assessments.services.entries import NotFit, locked_draft

EDITABLE: Final = SAID[Catalogue]
OF_SOURCE: Final = SAID[Source]


@transaction.atomic
def begin(*, fields: Mapping[str, Any], actor: User | None) -> Catalogue:
    """Begin an edition that follows none, as an empty draft.

    Raises:
        NotFit: a field is wrong.
    """
    catalogue = Catalogue(**{name: fields[name] for name in EDITABLE if name in fields})
    _refuse_unless_fit(catalogue)
    catalogue.save(force_insert=True)
    tell("catalogue.begin", catalogue, actor=actor)
    return catalogue


@transaction.atomic
def describe(catalogue: Catalogue, *, fields: Mapping[str, Any], actor: User | None) -> Catalogue:
    """Change what a draft says of itself.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(catalogue.pk)
    if changes := _change(catalogue, fields, EDITABLE):
        tell("catalogue.describe", catalogue, actor=actor, changes=changes)
    return catalogue


@transaction.atomic
def remove_draft(catalogue: Catalogue, *, actor: User | None) -> None:
    """Delete a draft with all its rows; nothing refers to it.

    Raises:
        PortalError: the edition is published.
    """
    catalogue = locked_draft(catalogue.pk)
    tell("catalogue.remove", catalogue, actor=actor, entries=catalogue.recommendations.count())
    # Sections are kept by their entries, and successions by theirs: these go first.
    catalogue.successions.all().delete()
    catalogue.recommendations.all().delete()
    catalogue.delete()


@transaction.atomic
def add_source(catalogue: Catalogue, *, fields: Mapping[str, Any], actor: User | None) -> Source:
    """Add a source that entries of a draft can cite.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(catalogue.pk)
    source = Source(catalogue=catalogue, **{name: fields.get(name, "") for name in OF_SOURCE})
    _refuse_unless_fit(source)
    source.save(force_insert=True)
    tell("source.add", catalogue, actor=actor, source=source.key, title=source.title)
    return source


@transaction.atomic
def edit_source(source: Source, *, fields: Mapping[str, Any], actor: User | None) -> Source:
    """Change a source; entries that cite it by its key cite it by the new one.

    Raises:
        NotFit: a field is wrong.
        PortalError: the edition is published.
    """
    catalogue = locked_draft(source.catalogue_id)
    source = Source.objects.get(pk=source.pk)
    before = source.key
    if changes := _change(source, fields, OF_SOURCE):
        if "key" in changes:
            _cite(catalogue, before, source.key)
        tell("source.edit", catalogue, actor=actor, source=before, changes=changes)
    return source


@transaction.atomic
def remove_source(source: Source, *, actor: User | None) -> None:
    """Remove a source that nothing cites.

    Raises:
        PortalError: the edition is published, or something cites it.
    """
    catalogue = locked_draft(source.catalogue_id)
    if citing := [str(row) for row in _citing(catalogue, source.key)]:
        raise PortalError(
            _("%(source)s is cited by %(entries)s. Take it out there first.")
            % {"source": source.key, "entries": ", ".join(citing[:5])}
        )
    source.delete()
    tell("source.remove", catalogue, actor=actor, source=source.key)


def _citing(catalogue: Catalogue, key: str) -> list[Any]:
    rows: list[Any] = [*catalogue.sections.all(), *catalogue.recommendations.all()]
    return [row for row in rows if key in row.source_keys]


def _cite(catalogue: Catalogue, before: str, after: str) -> None:
    for row in _citing(catalogue, before):
        row.source_keys = [after if key == before else key for key in row.source_keys]
        row.save(update_fields=["source_keys"])


def _change(row: Any, fields: Mapping[str, Any], editable: tuple[str, ...]) -> dict[str, Any]:
    if unknown := sorted(set(fields) - set(editable)):
        raise TypeError(f"not fields that change: {', '.join(unknown)}")
    changes = {
        name: [getattr(row, name), value]
        for name, value in fields.items()
        if getattr(row, name) != value
    }
    for name, (_before, value) in changes.items():
        setattr(row, name, value)
    if changes:
        _refuse_unless_fit(row)
        row.save(update_fields=list(changes))
    return changes


def _refuse_unless_fit(row: Catalogue | Source) -> None:
    try:
        row.full_clean(exclude={"catalogue", "vocabulary", "owner", "based_on"})
        # Constraints that name an excluded column are not looked at above.
        row.validate_constraints()
    except ValidationError as error:
        raise NotFit(error.message_dict) from error
