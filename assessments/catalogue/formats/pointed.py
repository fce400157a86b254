"""JSON that anybody may have made: within bounds, no key twice, and each value with its pointer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.catalogue.reading import Problem, Unreadable

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_VALUES: Final = 1_000_000
MAX_DEPTH: Final = 40


def read(content: bytes) -> dict[str, Any]:
    """Return the mapping at the top of a JSON file.

    Raises:
        Unreadable: it is too large, not UTF-8, not JSON, says a key twice, or is no mapping.
    """
    if len(content) > MAX_BYTES:
        raise _unreadable(
            _("The file has more than %(most)s MB.") % {"most": MAX_BYTES // (1024 * 1024)}
        )
    if sum(content.count(mark) for mark in (b"[", b"{", b",")) > MAX_VALUES:
        raise _unreadable(_("The file has more than %(most)s values.") % {"most": MAX_VALUES})
    try:
        found = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise _unreadable(
            _("This is not UTF-8."), content[: error.start].count(b"\n") + 1
        ) from error
    except json.JSONDecodeError as error:
        reason = _("This is not JSON (%(reason)s, column %(column)s).")
        words = {"reason": error.msg, "column": error.colno}
        raise _unreadable(reason % words, error.lineno) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise _unreadable(str(error)) from error
    if not isinstance(found, dict):
        raise _unreadable(_("A mapping is expected at the top."))
    return found


def _unreadable(reason: str, line: int = 1) -> Unreadable:
    return Unreadable(Problem(line, "", reason))


def _too_deep() -> Unreadable:
    return _unreadable(
        _("The file is nested more than %(most)s levels deep.") % {"most": MAX_DEPTH}
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(_("The key “%(key)s” stands twice in one mapping.") % {"key": twice[:60]})
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(_("%(name)s is not a value of JSON.") % {"name": name})


@dataclass(slots=True)
class Node:
    """A mapping in a file, where it stands, and the faults that were found on the way."""

    value: dict[str, Any]
    at: str = ""
    problems: list[Problem] = field(default_factory=list)
    depth: int = 0

    def fault(self, reason: str, key: str = "") -> None:
        """Note that something here is wrong."""
        place = f"{self.at}/{pointed(key)}" if key else self.at or "/"
        self.problems.append(Problem(len(self.problems) + 1, "", reason, place=place))

    def text(self, key: str, default: str = "") -> str:
        """Return the text under ``key``."""
        value = self.value.get(key)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        self.fault(_("a text is expected"), key)
        return default

    def node(self, key: str) -> Node:
        """Return the mapping under ``key``; an empty one where there is none."""
        value = self.value.get(key)
        if value is not None and not isinstance(value, dict):
            self.fault(_("a mapping is expected"), key)
        found = value if isinstance(value, dict) else {}
        return self._inner(found, f"{self.at}/{pointed(key)}")

    def nodes(self, key: str) -> Iterator[Node]:
        """Yield the mappings in the list under ``key``."""
        for at, value in self._items(key):
            if isinstance(value, dict):
                yield self._inner(value, f"{self.at}/{pointed(key)}/{at}")
            else:
                self.fault(_("a mapping is expected"), f"{key}/{at}")

    def texts(self, key: str) -> Iterator[str]:
        """Yield the texts in the list under ``key``."""
        for at, value in self._items(key):
            if isinstance(value, str):
                yield value
            else:
                self.fault(_("a text is expected"), f"{key}/{at}")

    def _items(self, key: str) -> Iterator[tuple[int, Any]]:
        value = self.value.get(key)
        if isinstance(value, list):
            yield from enumerate(value)
        elif value is not None:
            self.fault(_("a list is expected"), key)

    def _inner(self, value: dict[str, Any], at: str) -> Node:
        if self.depth == MAX_DEPTH:
            raise _too_deep()
        return Node(value, at, self.problems, self.depth + 1)


def pointed(key: str) -> str:
    """Return ``key`` as a JSON pointer (RFC 6901) writes it; ``a/0`` stays a path."""
    return key.replace("~", "~0")
