"""Who is called in a text: ``@Prénom Nom`` or ``@address``. No database."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Named(Generic[K]):
    """Somebody who can be called: by name or by address."""

    key: K
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Mention(Generic[K]):
    """A call in a text, from its ``@`` to its end; people of one name are called together."""

    start: int
    end: int
    keys: tuple[K, ...]


def find(text: str, people: Iterable[Named[K]]) -> list[Mention[K]]:
    """Return the calls in ``text``; accents and case do not count, the longest name wins."""
    if "@" not in text:
        return []
    called: dict[str, list[K]] = defaultdict(list)
    for person in people:
        for words in {_fold(person.name)[0], _fold(person.email)[0]} - {""}:
            called[words].append(person.key)
    longest_first = sorted(called, key=len, reverse=True)
    folded, places = _fold(text)
    found = []
    for start in _ats(folded):
        for words in longest_first:
            end = start + 1 + len(words)
            if folded.startswith(words, start + 1) and not _goes_on(folded, end):
                found.append(Mention(places[start], places[end - 1] + 1, tuple(called[words])))
                break
    return found


def marked(text: str, people: Iterable[Named[K]]) -> SafeString:
    """Return ``text`` as HTML, lines kept, with what calls somebody marked."""
    parts: list[SafeString] = []
    done = 0
    for mention in find(text, people):
        parts += [
            _lines(text[done : mention.start]),
            format_html('<span class="mention">{}</span>', text[mention.start : mention.end]),
        ]
        done = mention.end
    return format_html_join("", "{}", [(part,) for part in [*parts, _lines(text[done:])]])


def _lines(text: str) -> SafeString:
    return SafeString(linebreaksbr(text, autoescape=True))


def _fold(text: str) -> tuple[str, list[int]]:
    """Return ``text`` without accents, case and runs of space, and where each character was."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isspace():
            if folded and folded[-1] == " ":
                continue
            folded.append(" ")
            places.append(place)
            continue
        for part in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(part):
                folded.append(part)
                places.append(place)
    return "".join(folded), places


def _ats(folded: str) -> Iterator[int]:
    """Yield where a call may start: not inside an address."""
    for place, character in enumerate(folded):
        if character == "@" and not (place and folded[place - 1].isalnum()):
            yield place


def _goes_on(folded: str, end: int) -> bool:
    """Tell whether the word that ends before ``end`` goes on: ``Anne`` is not ``Anne-Marie``."""
    rest = folded[end : end + 2]
    if not rest:
        return False
    return rest[0].isalnum() or rest[0] == "_" or (rest[0] in "-.@" and rest[1:].isalnum())
