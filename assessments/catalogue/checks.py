"""What a value of a catalogue file must look like. No database.

A check returns why a value is wrong, in words, or an empty text.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.catalogue.reading import Problem, line_of

SMALLINT_MAX: Final = 32_767  # of the columns for positions and pages

Check = Callable[[Any], str]


def shown(value: Any) -> str:
    """Return a value as a sentence cites it."""
    return f"“{shorten(value, 60, placeholder='…')}”" if isinstance(value, str) else _("this")


def text(most: int, *, least: int = 1) -> Check:
    """Want a text of ``least`` (0 or 1) to ``most`` characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            return _("a text is expected (in quotes, when it looks like a number or a day)")
        if least and not value.strip():
            return _("the text is empty")
        length = len(unicodedata.normalize("NFC", value))
        return _("longer than %(most)s characters") % {"most": most} if length > most else ""

    return check


def maybe(check: Check) -> Check:
    """Want nothing, or what ``check`` wants."""
    return lambda value: "" if value is None else check(value)


def one_of(allowed: frozenset[str]) -> Check:
    """Want one of some keys."""

    def check(value: Any) -> str:
        if isinstance(value, str) and value in allowed:
            return ""
        words = {"value": shown(value), "allowed": ", ".join(sorted(allowed))}
        return _("%(value)s is not one of %(allowed)s") % words

    return check


def some(item: Check, *, least: int = 1) -> Check:
    """Want a list of at least ``least`` different items, each as ``item`` wants it."""

    def check(value: Any) -> str:
        if not isinstance(value, list) or len(value) < least:
            return _("a list of at least one is expected") if least else _("a list is expected")
        for each in value:
            if reason := item(each):
                return reason
        return _("an item stands twice") if len(set(value)) < len(value) else ""

    return check


def address(value: Any) -> str:
    """Want a web address."""
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return text(500)(value)
    return _("an address is expected that begins with https:// or http://")


def day(value: Any) -> str:
    """Want a day, as YYYY-MM-DD."""
    try:
        if dt.date.fromisoformat(str(value)).isoformat() == str(value):
            return ""
    except ValueError:
        pass
    return _("%(value)s is not a day (YYYY-MM-DD)") % {"value": shown(value)}


def number(value: Any) -> str:
    """Want a whole number from 0 that fits its column."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if is_whole and 0 <= value <= SMALLINT_MAX:
        return ""
    return _("a whole number from 0 to %(most)s is expected") % {"most": SMALLINT_MAX}


def anything(value: Any) -> str:
    """Want nothing in particular."""
    return ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of a mapping: which it needs, which it may have, and what each holds.

    A draft may lack what stands in ``may_lack``: the key, or what it holds.
    """

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)
    may_lack: frozenset[str] = frozenset()

    def problems(self, node: Any, entry: str, line: int) -> Iterator[Problem]:
        """Yield what is wrong with ``node``, which stands in ``line``."""
        if not isinstance(node, dict):
            yield Problem(line, entry, _("a mapping is expected"))
            return
        for key in self.required:
            if key not in node:
                yield Problem(line, entry, _missing(key), is_gap=key in self.may_lack)
        for key, value in node.items():
            check = self.required.get(key) or self.optional.get(key)
            if check is None:
                reason = _("%(key)s is not a key of this place") % {"key": shown(key)}
                yield Problem(line_of(node, key), entry, reason)
            elif reason := check(value):
                is_gap = key in self.may_lack and is_empty(value)
                yield Problem(line_of(node, key), entry, f"{key}: {reason}", is_gap=is_gap)


def is_empty(value: Any) -> bool:
    """Tell whether nothing is said: no value, a blank text, or a list without items."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _missing(key: str) -> str:
    words = {"key": key}
    if key.endswith("_fr") or key == "fr":
        return _("%(key)s is missing: the French text is needed") % words
    if key.endswith("_en") or key == "en":
        return _("%(key)s is missing: the English text is needed") % words
    return _("%(key)s is missing") % words
