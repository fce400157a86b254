"""Editions from files: looked at first, then brought in as a draft."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.identifiers import uuid7
from assessments.catalogue.edition import Edition, from_file
from assessments.catalogue.file_changes import Change, changes, followed
from assessments.catalogue.following import follow
from assessments.catalogue.formats.choices import Choices, Found
from assessments.catalogue.formats.registry import check, format_of, read_as
from assessments.catalogue.schema import CatalogueFile
from assessments.catalogue.transition import along
from assessments.enums import CatalogueState
from assessments.models import Catalogue, CatalogueUpload
from assessments.services.catalogue import NotComplete, load, rows_of
from assessments.sheets.columns import portable

MAX_BYTES: Final = 20 * 1024 * 1024
# A file that nobody confirmed is not kept for longer.
KEPT_FOR: Final = dt.timedelta(days=7)
SHOWN: Final = 5
SHOWN_CODES: Final = 20


class ImportRefused(PortalError):
    """The file is not taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that entries lack: how many, and the first of them."""

    reason: str
    count: int
    entries: Sequence[str]

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.entries) else ""
        return f"{self.reason} ({self.count}: {', '.join(self.entries)}{more})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What bringing in a file would do; nothing is written.

    ``succession`` are sentences on the edition that it follows; with ``is_refused``, they say why
    it cannot be brought in.
    """

    found: Found
    file: CatalogueFile
    edition: Edition
    against: Catalogue | None
    changes: Sequence[Change]
    succession: Sequence[str] = ()
    is_refused: bool = False

    @property
    def gaps(self) -> list[Gap]:
        """What the draft would lack before it can be published, the most frequent first."""
        names: dict[str, list[str]] = {}
        for problem in self.file.gaps:
            names.setdefault(problem.reason, []).append(problem.entry.partition(".provenance")[0])
        found = [Gap(reason, len(entries), entries[:SHOWN]) for reason, entries in names.items()]
        return sorted(found, key=lambda gap: -gap.count)


def upload(file: File, *, actor: User) -> CatalogueUpload:  # type: ignore[type-arg]
    """Keep a file that can be read, to be looked at.

    Raises:
        ImportRefused: it is empty, or too large.
        Unreadable: it is in none of the formats.
        Invalid: it is, but something in it is wrong; all faults at once.
    """
    content = content_of(file)
    name = format_of(content)
    found = read_as(name, content, Choices())
    if found.is_ours:
        check(found)
    _forget_old()
    pk = uuid7()
    file.seek(0)
    path = default_storage.save(f"catalogue/{pk}", file)
    try:
        return CatalogueUpload.objects.create(
            pk=pk,
            file=path,
            file_name=portable(file.name or "")[-255:],
            format=name,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            uploaded_by=actor,
        )
    except BaseException:
        default_storage.delete(path)
        raise


def content_of(file: File) -> bytes:  # type: ignore[type-arg]
    """Return what a file holds.

    Raises:
        ImportRefused: it is empty, or too large.
    """
    size = file.size or 0
    if not size:
        raise ImportRefused(_("This file is empty."))
    if size > MAX_BYTES:
        raise ImportRefused(
            _("This file is larger than %(most)s MB.") % {"most": MAX_BYTES // (1024 * 1024)}
        )
    file.seek(0)
    return bytes(file.read())


def kept(given: CatalogueUpload) -> bytes:
    """Return the content of an upload.

    Raises:
        ImportRefused: its file is gone.
    """
    try:
        with default_storage.open(given.file) as file:
            return bytes(file.read())
    except OSError as error:
        raise ImportRefused(_("The file is not there any more. Upload it again.")) from error


def preview(
    content: bytes,
    *,
    name: str = "",
    choices: Choices,
    base: Catalogue | None = None,
    follows: Catalogue | None = None,
) -> Preview:
    """Read and check a file, and compare it with an edition: ``base``, or the nearest.

    It becomes the edition that ``follows`` another, whatever it says itself.

    Raises:
        Unreadable: it is not what it should be.
        Invalid: something in it is wrong; all faults at once.
    """
    found = read_as(name or format_of(content), content, choices)
    return compared(found, check(found), base, follows=follows)


def compared(
    found: Found,
    file: CatalogueFile,
    base: Catalogue | None = None,
    *,
    follows: Catalogue | None = None,
) -> Preview:
    """Compare a checked file with an edition: ``base``, the one it follows, or the nearest."""
    if follows is not None:
        codes = set(follows.recommendations.values_list("code", flat=True))
        name = {"key": follows.key, "edition": follows.edition}
        file = follow(file, **name, codes=codes, withdrawn=found.withdrawn)
    edition = from_file(file)
    said = edition.content()
    against = base or follows or nearest(said)
    differing: list[Change] = []
    succession, is_refused, rows = _followed(file)
    if against is not None:
        older = Edition.of(against)
        differing = list(changes(older.content(), said))
        if rows is not None and rows.catalogue.based_on == against:
            differing = list(followed(differing, along([older, rows])))
    return Preview(
        found=found,
        file=file,
        edition=edition,
        against=against,
        changes=differing,
        succession=succession,
        is_refused=is_refused,
    )


def _followed(file: CatalogueFile) -> tuple[list[str], bool, Edition | None]:
    """Say which edition a file follows, and what is open there; or why it cannot.

    With the rows that follow those of that edition.
    """
    if "based_on" not in file.meta:
        return [], False, None
    try:
        rows = rows_of(file)
    except NotComplete as error:
        return error.sentences, True, None
    older = rows.catalogue.based_on
    if older is None:
        return [], False, None
    replaced = {code for entry in file.recommendations for code in entry.get("replaces", ())}
    retired = {entry["id"] for entry in file.retired}
    codes = list(older.recommendations.order_by("position").values_list("code", flat=True))
    words = {
        "edition": older,
        "replaced": len(replaced),
        "retired": len(retired),
        "all": len(codes),
    }
    sentences = [
        _(
            "It follows %(edition)s: of the %(all)s entries there, %(replaced)s are followed by "
            "one or more of this file, %(retired)s retired."
        )
        % words
    ]
    if lost := [code for code in codes if code not in replaced | retired]:
        listed = ", ".join(lost[:SHOWN_CODES]) + (", …" if len(lost) > SHOWN_CODES else "")
        sentences.append(
            _("Say in the draft what became of these, before it is published: %(codes)s.")
            % {"codes": listed}
        )
    return sentences, False, rows


def followed_by(found: Found) -> Catalogue | None:
    """Return the edition that a file is offered to follow: the one that it seems to come from.

    Of the same name, when that is published here; else the newest of the same catalogue, unless
    the file names one.
    """
    meta = found.document["meta"]
    published = Catalogue.objects.filter(owner=None, key=str(meta.get("catalogue_id", ""))).exclude(
        state=CatalogueState.DRAFT
    )
    same = published.filter(edition=str(meta.get("catalogue_version", ""))).first()
    if same is not None or "based_on" in meta:
        return same
    return published.order_by("-published_at").first()


def nearest(said: dict[str, Any]) -> Catalogue | None:
    """Return the edition of the same name, else the newest one of the same catalogue."""
    editions = Catalogue.objects.filter(key=said["key"])
    same = editions.filter(edition=said["edition"]).first()
    return same or (editions.exclude(state=CatalogueState.DRAFT).order_by("-published_at").first())


@transaction.atomic
def bring_in(file: CatalogueFile, *, actor: User | None = None) -> Catalogue:
    """Add a checked file as a new draft.

    Raises:
        EditionDiffers: an edition of this name says something else.
        NotComplete: the edition that it follows is not published here.
        ImportRefused: it is here already, and says the same.
    """
    loaded = load(file, publish=False, actor=actor)
    if not loaded.is_new:
        raise ImportRefused(
            _("%(edition)s is here already, and says the same.") % {"edition": loaded.catalogue}
        )
    return loaded.catalogue


@transaction.atomic
def discard(given: CatalogueUpload) -> None:
    """Forget an upload and its file."""
    path = given.file
    given.delete()
    transaction.on_commit(lambda: default_storage.delete(path))


def _forget_old() -> None:
    for given in CatalogueUpload.objects.filter(uploaded_at__lt=timezone.now() - KEPT_FOR):
        discard(given)
