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

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.catalogue.document import document, vocabulary_of
from assessments.catalogue.edition import (
    Edition,
    NotInThatEdition,
    differences,
    digest,
    from_file,
)
from assessments.catalogue.schema import CatalogueFile, Invalid, checked
from assessments.enums import CatalogueState
from assessments.models import (
    Catalogue,
    Recommendation,
    Retirement,
    Section,
    Source,
    Succession,
)
from assessments.services.catalogue_journal import tell
from assessments.services.editions import in_order, number, settle, unaccounted

KEPT_BY_THE_DATABASE: Final = frozenset({"catalogue", "section"})  # each would be looked up
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
def load(file: CatalogueFile, *, publish: bool = True, actor: User | None = None) -> Loaded:
    """Add a checked file as an edition; the same content again changes nothing.

    Raises:
        EditionDiffers: the edition is there already and says something else.
        NotComplete: the edition that it follows is not here, or is not followed whole.
    """
    edition = rows_of(file)
    said = edition.content()
    there = Catalogue.objects.filter(owner=None, key=said["key"], edition=said["edition"]).first()
    if there is not None:
        _refuse_other(there, said)
        return Loaded(there, is_new=False)
    edition.catalogue.save()
    Source.objects.bulk_create(edition.sources)
    Section.objects.bulk_create(edition.sections)
    Recommendation.objects.bulk_create(edition.recommendations)
    Succession.objects.bulk_create(edition.successions)
    Retirement.objects.bulk_create(edition.retirements)
    settle(edition.catalogue)
    if publish:
        if sentences := _left_behind(edition.catalogue):
            raise NotComplete(sentences)
        _stamp(edition.catalogue, said)
    tell(
        "catalogue.load", edition.catalogue, actor=actor, is_published=publish, sha256=digest(said)
    )
    return Loaded(edition.catalogue, is_new=True)


def rows_of(file: CatalogueFile) -> Edition:
    """Return the rows of a file, with those of the edition that it follows.

    Raises:
        NotComplete: that edition is not here, or has not all that the file names of it.
    """
    followed = file.meta.get("based_on")
    if not followed:
        return from_file(file)
    key, name = followed["catalogue_id"], followed["catalogue_version"]
    older = Catalogue.objects.filter(owner=None, key=key, edition=name).first()
    if older is None or older.state == CatalogueState.DRAFT:
        raise NotComplete(
            [
                _("It follows %(edition)s, which is not published here. Load that edition first.")
                % {"edition": f"{key} {name}"}
            ]
        )
    try:
        return from_file(
            file,
            based_on=older,
            predecessors={entry.code: entry for entry in older.recommendations.all()},
        )
    except NotInThatEdition as unknown:
        raise NotComplete(
            [
                _("%(edition)s has no entry %(codes)s: correct “replaces” and “retired”.")
                % {"edition": older, "codes": ", ".join(unknown.codes)}
            ]
        ) from unknown


def _left_behind(catalogue: Catalogue) -> list[str]:
    """Say which entries of the edition before nothing follows, and that nobody retired."""
    codes = unaccounted(catalogue)
    if not codes:
        return []
    return [
        _("Say what became of these entries of %(edition)s: %(codes)s.")
        % {"edition": catalogue.based_on, "codes": ", ".join(codes)}
    ]


@transaction.atomic
def publish(pk: UUID, *, actor: User | None = None) -> Catalogue:
    """Publish a draft: from now on nothing of it changes.

    Raises:
        NotComplete: something is missing, or it is not a draft.
    """
    catalogue = Catalogue.objects.select_for_update(of=("self",)).get(pk=pk)
    if catalogue.state != CatalogueState.DRAFT:
        raise NotComplete([_("%(edition)s is not a draft.") % {"edition": catalogue}])
    number(list(catalogue.sections.order_by("position")))
    number(in_order(catalogue))
    settle(catalogue)
    catalogue.vocabulary = vocabulary_of(catalogue)  # as a file of this edition gives it back
    edition = Edition.of(catalogue)
    if sentences := lacking(edition):
        raise NotComplete(sentences)
    _stamp(catalogue, edition.content())
    tell("catalogue.publish", catalogue, actor=actor, sha256=catalogue.content_sha256)
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
    sentences += _left_behind(edition.catalogue)
    known = {source.key for source in edition.sources}
    citing: list[Section | Recommendation] = [*edition.sections, *edition.recommendations]
    cited = {key for row in citing for key in row.source_keys}
    if unknown := sorted(cited - known):
        sentences.append(
            _("These sources are cited and not in the list: %(keys)s.")
            % {"keys": ", ".join(unknown)}
        )
    return sentences or list(_refused_as_a_file(edition))


def _refused_as_a_file(edition: Edition) -> Iterator[str]:
    """Say what the file of an edition would be refused for: it has to come in again elsewhere."""
    try:
        checked(document(edition))
    except Invalid as error:
        yield from (f"{problem.entry}: {problem.reason}." for problem in error.problems)


def _wrong(row: models.Model) -> Iterator[str]:
    try:
        row.clean_fields(exclude=MAY_BE_EMPTY | KEPT_BY_THE_DATABASE)
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
