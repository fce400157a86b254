"""Which other texts the recommendations refer to, where the record has no mappings to them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assessments.dossier.view import EntryView

if TYPE_CHECKING:
    from assessments.dossier.document import Document

# Where the name of a text ends and the place in it begins.
_PLACE: Final = re.compile(r"\s+(?=(?:§|Annexe?s?\b|[Aa]rt\.|[Cc]h\.|[A-Z]{4}$))")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text, and the recommendations that refer to it; empty: the whole text."""

    name: str
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A text that recommendations refer to."""

    name: str
    places: tuple[Place, ...]


def of(document: Document) -> list[Reference] | None:
    """Return the texts that recommendations that apply refer to; None without any, or mapped."""
    if document.snapshot.crosswalk is not None:
        return None
    found: dict[str, dict[str, list[EntryView]]] = defaultdict(lambda: defaultdict(list))
    for entry in document.applicable:
        for reference in entry.recommendation.references:
            name, _space, place = _PLACE.sub("\0", reference, count=1).partition("\0")
            found[name][place].append(entry)
    return [
        Reference(
            name,
            tuple(
                Place(place, tuple(entries))
                for place, entries in sorted(places.items(), key=lambda one: _natural(one[0]))
            ),
        )
        for name, places in sorted(found.items(), key=lambda one: _natural(one[0]))
    ] or None


def _natural(text: str) -> str:
    """Sort 10 behind 9."""
    return _NUMBER.sub(lambda number: number[0].zfill(6), text)
