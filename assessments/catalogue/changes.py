"""What differs between two editions, entry by entry. Pure: no query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from assessments.catalogue.succession import Group, wording
from assessments.catalogue.transition import Transition
from assessments.catalogue.words import Aspect

METADATA: Final = ("code", "stakeholders", "criteria", "applies_when", "references")
PROVENANCE: Final = (
    *("provenance_status", "confidence", "provenance_basis", "provenance_note_fr"),
    *("provenance_note_en", "verified_editions", "source_keys", "official_number"),
    *("official_page", "confirmed_as", "confirmed_on", "confirmed_by"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """Entries that differ: how, in which columns (name, before, after), and why if retired."""

    group: Group
    aspects: frozenset[Aspect]
    columns: tuple[tuple[str, Any, Any], ...] = ()
    reasons: tuple[str, str] = ("", "")


def changes(transition: Transition) -> list[Change]:
    """Return the entries that differ, in the order of the newer edition, those retired last."""
    found = (_change(transition, group) for group in transition.groups)
    return [change for change in found if change.aspects]


def _change(transition: Transition, group: Group) -> Change:
    if not group.before:
        return Change(group, frozenset({Aspect.ADDED}))
    if not group.after:
        why = transition.reasons.get(group.before[0].pk, ("", ""))
        return Change(group, frozenset({Aspect.RETIRED}), reasons=why)
    aspects = set()
    if group.is_split:
        aspects.add(Aspect.SPLIT)
    if group.is_merged:
        aspects.add(Aspect.MERGED)
    columns: list[tuple[str, Any, Any]] = []
    if group.is_one_to_one:
        old, new = group.before[0], group.after[0]
        if wording(old) != wording(new):
            aspects.add(Aspect.REWORDED)
        if new.pk in transition.moved:
            aspects.add(Aspect.MOVED)
        for aspect, names in ((Aspect.METADATA, METADATA), (Aspect.PROVENANCE, PROVENANCE)):
            differing = [
                (name, getattr(old, name), getattr(new, name))
                for name in names
                if getattr(old, name) != getattr(new, name)
            ]
            aspects |= {aspect} if differing else set()
            columns += differing
    return Change(group, frozenset(aspects), tuple(columns))


def counted(found: Iterable[Change]) -> dict[Aspect, int]:
    """Return how many entries differ in which way, each way that there is."""
    counts = Counter(aspect for change in found for aspect in change.aspects)
    return {aspect: counts[aspect] for aspect in Aspect if counts[aspect]}
