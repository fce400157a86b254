"""Loading and publishing editions of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.catalogue.document import vocabulary_of
from assessments.catalogue.edition import Edition, differences, digest, from_file
from assessments.catalogue.schema import CatalogueFile
from assessments.enums import CatalogueState
from assessments.models import Catalogue, Recommendation, Section, Source

MAY_BE_EMPTY: Final = frozenset({"references", "source_keys", "verified_editions", "vocabulary"})


class EditionDiffers(PortalError):
    """The edition is here already with another content."""


class NotComplete(PortalError):
    """The draft cannot be published; ``sentences`` say what is missing."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Loaded:
    """The edition, and whether this call made it."""

    catalogue: Catalogue
    is_new: bool


@transaction.atomic
def load(file: CatalogueFile, *, publish: bool = True) -> Loaded:
    """Add a checked file as an edition; the same content again changes nothing.

    Raises:
        EditionDiffers: the edition is there already and says something else.
    """
    edition = from_file(file)
    said = edition.content()
    there = Catalogue.objects.filter(key=said["key"], edition=said["edition"]).first()
    if there is not None:
        _refuse_other(there, said)
        return Loaded(there, is_new=False)
    edition.catalogue.save()
    Source.objects.bulk_create(edition.sources)
    Section.objects.bulk_create(edition.sections)
    Recommendation.objects.bulk_create(edition.recommendations)
    if publish:
        _stamp(edition.catalogue, said)
    return Loaded(edition.catalogue, is_new=True)


@transaction.atomic
def publish(pk: UUID) -> Catalogue:
    """Publish a draft: from now on nothing of it changes.

    Raises:
        NotComplete: something is missing, or it is not a draft.
    """
    catalogue = Catalogue.objects.select_for_update(of=("self",)).get(pk=pk)
    if catalogue.state != CatalogueState.DRAFT:
        raise NotComplete([_("%(edition)s is not a draft.") % {"edition": catalogue}])
    catalogue.vocabulary = vocabulary_of(catalogue)  # as a file of this edition gives it back
    edition = Edition.of(catalogue)
    if sentences := lacking(edition):
        raise NotComplete(sentences)
    _stamp(catalogue, edition.content())
    return catalogue


def _stamp(catalogue: Catalogue, said: dict[str, Any]) -> None:
    catalogue.state = CatalogueState.PUBLISHED
    catalogue.published_at = timezone.now()
    catalogue.content_sha256 = digest(said)
    catalogue.save()


def lacking(edition: Edition) -> list[str]:
    """List what prevents the publication of a draft, as sentences."""
    rows = (edition.catalogue, *edition.sources, *edition.sections, *edition.recommendations)
    sentences = [sentence for row in rows for sentence in _wrong(row)]
    if not edition.recommendations:
        sentences.append(_("The edition has no recommendation."))
    known = {source.key for source in edition.sources}
    citing: list[Section | Recommendation] = [*edition.sections, *edition.recommendations]
    cited = {key for row in citing for key in row.source_keys}
    if unknown := sorted(cited - known):
        sentences.append(
            _("These sources are cited and not in the list: %(keys)s.")
            % {"keys": ", ".join(unknown)}
        )
    return sentences


def _wrong(row: models.Model) -> Iterator[str]:
    try:
        row.clean_fields(exclude=MAY_BE_EMPTY)
        row.clean()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            label = getattr(row._meta.get_field(name), "verbose_name", name)
            yield from (f"{row}, {label}: {message}" for message in messages)


def _refuse_other(there: Catalogue, said: dict[str, Any]) -> None:
    """Refuse a file whose edition is ``there`` unless both say the same."""
    if there.state == CatalogueState.DRAFT:
        raise EditionDiffers(
            _(
                "%(edition)s is here as a draft. Publish or delete the draft first, "
                "or give the file another edition."
            )
            % {"edition": there}
        )
    if there.content_sha256 != digest(said):
        raise EditionDiffers(
            _(
                "%(edition)s is published and says something else (%(differences)s). "
                "A published edition never changes: give the file a new edition."
            )
            % {
                "edition": there,
                "differences": differences(Edition.of(there).content(), said),
            }
        )
