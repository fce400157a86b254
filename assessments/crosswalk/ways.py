"""Where a code of an edition leads in a later one. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assessments.enums import SuccessionKind

ALIKE: Final = frozenset({SuccessionKind.UNCHANGED, SuccessionKind.MOVED})
Entry = tuple[str, str]  # the key of a catalogue, and a code in it


@dataclass(frozen=True, slots=True)
class Way:
    """The code that an entry has later; not ``is_same`` when what it says is no longer the same."""

    code: str
    is_same: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """From an edition to the next: who follows whom, and how; and who nobody does."""

    key: str
    links: Sequence[tuple[str, str, str]]
    retired: Iterable[str]


def ways(steps: Iterable[Step]) -> dict[Entry, tuple[Way, ...]]:
    """Return where each entry of earlier editions leads at the end of ``steps``, oldest first.

    Of a code that meant one thing and later another, the earlier meaning counts. What no step
    names leads to its own code.
    """
    found: dict[Entry, dict[str, bool]] = {}
    for step in steps:
        onward: dict[str, dict[str, bool]] = {code: {} for code in step.retired}
        for old, new, kind in step.links:
            onward.setdefault(old, {})[new] = kind in ALIKE
        before = found
        found = {entry: _further(there, onward) for entry, there in before.items()}
        for old, there in onward.items():
            found.setdefault((step.key, old), dict(there))
    return {
        entry: tuple(Way(code, is_same) for code, is_same in there.items())
        for entry, there in found.items()
    }


def _further(
    there: Mapping[str, bool], onward: Mapping[str, Mapping[str, bool]]
) -> dict[str, bool]:
    made: dict[str, bool] = {}
    for code, was_same in there.items():
        for later, is_same in onward.get(code, {code: True}).items():
            made[later] = made.get(later, True) and was_same and is_same
    return made
