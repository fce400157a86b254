"""What differs between two states of answers: two versions, or two days of one. No database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from assessments.history import Told, all_changes_in, keys_in

FIELDS: Final = ("is_applicable", "verdict", "justification", "owner_id", "due_on")


@dataclass(frozen=True, slots=True)
class Said:
    """What one answer says: plain values, keys and days as text, as the journal has them."""

    key: str
    code: str
    phase: str
    position: int
    is_applicable: bool
    verdict: str
    justification: str
    owner_id: str | None
    due_on: str | None
    evidence: frozenset[str]


class Kind(StrEnum):
    """What became of an entry."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that differs; ``changes`` names fields with what was and is."""

    kind: Kind
    before: Said | None
    after: Said | None
    changes: tuple[tuple[str, Any, Any], ...] = ()
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()

    @property
    def shown(self) -> Said:
        """The side that is there, the later one if both are."""
        side = self.after or self.before
        assert side is not None  # noqa: S101 -- one of them is always given
        return side

    @property
    def verdicts(self) -> tuple[str, str] | None:
        """The verdicts before and after, if they differ."""
        return next(((old, new) for name, old, new in self.changes if name == "verdict"), None)


@dataclass(slots=True)
class Tally:
    """How many answers of a phase are alike, how many differ and how."""

    alike: int = 0
    changed: int = 0
    added: int = 0
    removed: int = 0

    @property
    def differing(self) -> int:
        """How many are not as they were."""
        return self.changed + self.added + self.removed


def compare(before: Iterable[Said], after: Iterable[Said]) -> tuple[list[Difference], list[Said]]:
    """Return what differs, in the order of the later edition, and what is alike.

    Entries are the same when their codes are. What applies on neither side is left out.
    """
    old, new = ({said.code: said for said in side} for side in (before, after))
    differing, alike = [], []
    for code in [*new, *(code for code in old if code not in new)]:
        one, other = old.get(code), new.get(code)
        if not any(said and said.is_applicable for said in (one, other)):
            continue
        found = _difference(one, other)
        if found is not None:
            differing.append(found)
        elif other is not None:
            alike.append(other)
    return differing, alike


def _difference(before: Said | None, after: Said | None) -> Difference | None:
    if before is None:
        return Difference(Kind.ADDED, None, after)
    if after is None:
        return Difference(Kind.REMOVED, before, None)
    changes = tuple(
        (name, getattr(before, name), getattr(after, name))
        for name in FIELDS
        if getattr(before, name) != getattr(after, name)
    )
    came, went = after.evidence - before.evidence, before.evidence - after.evidence
    if not (changes or came or went):
        return None
    return Difference(
        Kind.CHANGED, before, after, changes, tuple(sorted(came)), tuple(sorted(went))
    )


def tallies(differing: Iterable[Difference], alike: Iterable[Said]) -> dict[str, Tally]:
    """Return how many answers of each phase are alike, changed, new and gone."""
    found: dict[str, Tally] = {}
    for said in alike:
        found.setdefault(said.phase, Tally()).alike += 1
    for one in differing:
        tally = found.setdefault(one.shown.phase, Tally())
        setattr(tally, one.kind.value, getattr(tally, one.kind.value) + 1)
    return found


def moves(differing: Iterable[Difference]) -> list[tuple[tuple[str, str], int]]:
    """Return which verdicts became which others, and how often, most frequent first."""
    return Counter(one.verdicts for one in differing if one.verdicts).most_common()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What answers said earlier; of those whose codes are ``doubtful``, not all is known."""

    answers: tuple[Said, ...]
    doubtful: tuple[str, ...] = ()


def rewind(
    answers: Iterable[Said],
    events: Iterable[Told],
    *,
    doubtful: Iterable[str] = (),
    former: Iterable[Said] = (),
) -> Earlier:
    """Take ``events``, the latest first, back from what ``answers`` say.

    An event that says that an answer became something else than it is leaves a doubt: something
    changed it that the journal does not tell. Before a move to another edition, answers that it
    made were not there, and the ``former`` ones still were.
    """
    states = {said.key: said for said in answers}
    left = {said.key: said for said in former}
    doubts = dict.fromkeys(doubtful)
    for event in events:
        if event.verb == "assessment.move":
            states = {key: said for key, said in states.items() if key not in event.data["made"]}
            states |= {key: left[key] for key in event.data["left"] if key in left}
        for key, fields in all_changes_in(event).items():
            if key in states:
                states[key], is_sure = _taken_back(states[key], fields)
                if not is_sure:
                    doubts[states[key].code] = None
    return Earlier(tuple(states.values()), tuple(doubts))


def _taken_back(said: Said, fields: Mapping[str, Any]) -> tuple[Said, bool]:
    values: dict[str, Any] = {}
    is_sure = True
    for name in FIELDS:
        if name in fields:
            values[name], after = fields[name]
            is_sure &= getattr(said, name) == after
    if "evidence" in fields:
        went, came = (set(keys_in(side)) for side in fields["evidence"])
        is_sure &= came <= said.evidence and went.isdisjoint(said.evidence)
        values["evidence"] = said.evidence - came | went
    return replace(said, **values), is_sure
