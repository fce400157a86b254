"""The way from one edition to a later one, over those between: what became of each entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from assessments.catalogue.edition import Edition
from assessments.catalogue.succession import Group, groups, joined, moved
from assessments.models import Recommendation


class Fate(StrEnum):
    """What becomes of the answers to a group of entries."""

    KEPT = "kept"
    ELSEWHERE = "elsewhere"
    REWORDED = "reworded"
    SPLIT = "split"
    MERGED = "merged"
    ADDED = "added"
    GONE = "gone"


@dataclass(frozen=True)
class Transition:
    """Two editions, the later of which follows the other; ``reasons`` are those of retirements."""

    older: Edition
    newer: Edition
    groups: tuple[Group, ...]
    reasons: Mapping[UUID, tuple[str, str]]

    @cached_property
    def moved(self) -> frozenset[UUID]:
        """The keys of entries of the newer edition that stand elsewhere than before."""
        return frozenset(moved(self.groups))

    def fate(self, group: Group) -> Fate:
        """Say what becomes of the answers to a group."""
        if not group.before:
            return Fate.ADDED
        if not group.after:
            return Fate.GONE
        if group.is_split:
            return Fate.SPLIT
        if group.is_merged:
            return Fate.MERGED
        if group.is_reworded:
            return Fate.REWORDED
        return Fate.ELSEWHERE if group.after[0].pk in self.moved else Fate.KEPT


def along(chain: Sequence[Edition]) -> Transition:
    """Return the way from the first to the last of editions that follow one another."""
    older, newer = chain[0], chain[-1]
    links = {(entry.pk, entry.pk) for entry in older.recommendations}
    reasons: dict[UUID, tuple[str, str]] = {}
    for edition in chain[1:]:
        for row in edition.retirements:
            lost = [first for first, last in links if last == row.predecessor_id]
            reasons |= dict.fromkeys(lost, (row.reason_fr, row.reason_en))
        steps = [(link.predecessor_id, link.successor_id) for link in edition.successions]
        links = joined(links, steps)
    return Transition(
        older, newer, tuple(groups(older.recommendations, newer.recommendations, links)), reasons
    )


def by_code(older: Edition, newer: Edition) -> Transition:
    """Return how two editions compare of which neither follows the other: same code, same entry."""
    later: dict[str, Recommendation] = {entry.code: entry for entry in newer.recommendations}
    links = [(old.pk, later[old.code].pk) for old in older.recommendations if old.code in later]
    found = groups(older.recommendations, newer.recommendations, links)
    return Transition(older, newer, tuple(found), {})
