"""Values that know where they stand in a file without lines of its own: cell, or JSON pointer.

The checks of a catalogue file ask a value for its line. Here a line is a number of a list of
places, which :func:`assessments.catalogue.schema.checked` then names instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Lines:
    """The line of a mapping or list, and of what it holds."""

    __slots__ = ("inner", "line")

    def __init__(self, line: int) -> None:
        self.line = line - 1
        self.inner: dict[Any, int] = {}

    def key(self, key: Any) -> tuple[int, int]:
        return self.inner[key] - 1, 0

    item = key


class Mapping(dict[str, Any]):
    """A mapping with places."""

    __slots__ = ("lc",)
    lc: Lines


class Sequence(list[Any]):
    """A list with places."""

    __slots__ = ("lc",)
    lc: Lines


class Places:
    """The places of one file, in the order its values were taken from it."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def mark(self, name: str) -> int:
        """Return the line that stands for a place."""
        if not self.names or self.names[-1] != name:
            self.names.append(name)
        return len(self.names)

    def mapping(self, place: str, values: Iterable[tuple[str, Any, str]] = ()) -> Mapping:
        """Return a mapping that stands at ``place``, of keys, values and where each stands."""
        made = Mapping()
        made.lc = Lines(self.mark(place))
        for key, value, where in values:
            self.put(made, key, value, where)
        return made

    def put(self, mapping: Mapping, key: str, value: Any, place: str) -> None:
        """Set a value, and say where it stands."""
        mapping[key] = value
        mapping.lc.inner[key] = self.mark(place)

    def sequence(self, place: str, values: Iterable[tuple[Any, str]] = ()) -> Sequence:
        """Return a list that stands at ``place``, of values and where each stands."""
        made = Sequence()
        made.lc = Lines(self.mark(place))
        for value, where in values:
            made.append(value)
            made.lc.inner[len(made) - 1] = self.mark(where)
        return made
