"""What became of the entries of one edition in the next: groups of entries, and words for them.

Entries that follow one another, directly or through a common one, are a :class:`Group`: an
entry alone, one that was split into several, several that were merged, or both at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from assessments.enums import SuccessionKind
from assessments.models import Recommendation

WORDING: Final = (
    "title_fr",
    "title_en",
    "statement_fr",
    "statement_en",
    "rationale_fr",
    "rationale_en",
    "expected_evidence_fr",
    "expected_evidence_en",
)

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of the older edition, and those of the newer that took their place."""

    before: tuple[Recommendation, ...]
    after: tuple[Recommendation, ...]

    @property
    def is_split(self) -> bool:
        """Tell whether one entry has several successors."""
        return len(self.after) > 1

    @property
    def is_merged(self) -> bool:
        """Tell whether several entries have one successor."""
        return len(self.before) > 1

    @property
    def is_one_to_one(self) -> bool:
        """Tell whether one entry took the place of one."""
        return len(self.before) == len(self.after) == 1

    @property
    def is_reworded(self) -> bool:
        """Tell whether one entry took the place of one, and says something else."""
        return self.is_one_to_one and wording(self.before[0]) != wording(self.after[0])


def wording(entry: Recommendation) -> tuple[Any, ...]:
    """Return what an entry says, to those who answer it."""
    return tuple(getattr(entry, name) for name in WORDING)


def groups(
    older: Iterable[Recommendation],
    newer: Iterable[Recommendation],
    links: Iterable[tuple[Any, Any]],
) -> list[Group]:
    """Return the entries by what became of them, in the order of the newer edition.

    ``links`` are keys of entries: who is followed by whom. Entries that are linked to none are
    groups of their own, without a side; those of the older edition come last.
    """
    before = {entry.pk: entry for entry in older}
    after = {entry.pk: entry for entry in newer}
    pairs = [(one, other) for one, other in links if one in before and other in after]
    parts = _parts([("old", pk) for pk in before], [("new", pk) for pk in after], pairs)
    found = [
        Group(
            tuple(before[pk] for side, pk in part if side == "old"),
            tuple(after[pk] for side, pk in part if side == "new"),
        )
        for part in parts
    ]
    last = len(after) + len(before) + 1
    order = {pk: place for place, pk in enumerate(after)}
    return sorted(found, key=lambda group: order[group.after[0].pk] if group.after else last)


def _parts(
    old: Sequence[tuple[str, Any]],
    new: Sequence[tuple[str, Any]],
    pairs: Iterable[tuple[Any, Any]],
) -> list[list[tuple[str, Any]]]:
    """Return what hangs together, each part in the order given."""
    neighbours: dict[tuple[str, Any], list[tuple[str, Any]]] = defaultdict(list)
    for one, other in pairs:
        neighbours["old", one].append(("new", other))
        neighbours["new", other].append(("old", one))
    place = {node: index for index, node in enumerate((*old, *new))}
    seen: set[tuple[str, Any]] = set()
    parts = []
    for node in place:
        if node in seen:
            continue
        part, waiting = [], [node]
        seen.add(node)
        while waiting:
            here = waiting.pop()
            part.append(here)
            for there in neighbours[here]:
                if there not in seen:
                    seen.add(there)
                    waiting.append(there)
        parts.append(sorted(part, key=place.__getitem__))
    return parts


def moved(found: Iterable[Group]) -> set[Any]:
    """Return the keys of new entries that stand elsewhere: another phase, section or order.

    Only of entries that took the place of one. In a section that keeps its entries, as few as
    can be are called moved: an entry added above moves nothing.
    """
    single = [(group.before[0], group.after[0]) for group in found if group.is_one_to_one]
    elsewhere = {new.pk for old, new in single if _place(old) != _place(new)}
    by_section: dict[Any, list[tuple[Recommendation, Recommendation]]] = defaultdict(list)
    for old, new in single:
        if new.pk not in elsewhere:
            by_section[new.section_id].append((old, new))
    for pairs in by_section.values():
        pairs.sort(key=lambda pair: pair[1].position)
        kept = longest_rise([old.position for old, _new in pairs])
        elsewhere |= {new.pk for index, (_old, new) in enumerate(pairs) if index not in kept}
    return elsewhere


def _place(entry: Recommendation) -> tuple[str, str]:
    return entry.phase, entry.section.key


def longest_rise(numbers: Sequence[int]) -> set[int]:
    """Return the indices of a longest rising selection of ``numbers``, which all differ."""
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for index, number in enumerate(numbers):
        at = bisect_left(tails, number)
        tails[at : at + 1] = [number]
        ends[at : at + 1] = [index]
        before[index] = ends[at - 1] if at else None
    kept: set[int] = set()
    index_or_none = ends[-1] if ends else None
    while index_or_none is not None:
        kept.add(index_or_none)
        index_or_none = before[index_or_none]
    return kept


def kinds(found: Iterable[Group]) -> dict[tuple[Any, Any], SuccessionKind]:
    """Return for each old and new entry of a group, by keys, what the one became in the other."""
    found = list(found)
    elsewhere = moved(found)
    return {
        (old.pk, new.pk): _kind(group, is_moved=new.pk in elsewhere)
        for group in found
        for old in group.before
        for new in group.after
    }


def _kind(group: Group, *, is_moved: bool) -> SuccessionKind:
    if group.is_split:
        return SuccessionKind.SPLIT
    if group.is_merged:
        return SuccessionKind.MERGED
    if group.is_reworded:
        return SuccessionKind.REWORDED
    return SuccessionKind.MOVED if is_moved else SuccessionKind.UNCHANGED


def joined(
    first: Iterable[tuple[Key, Key]], then: Iterable[tuple[Key, Key]]
) -> set[tuple[Key, Key]]:
    """Return who follows whom across an edition between: ``first`` leads to it, ``then`` on."""
    onward: Mapping[Key, list[Key]] = defaultdict(list)
    for one, other in then:
        onward[one].append(other)
    return {(one, last) for one, other in first for last in onward[other]}
