"""What answers say for requirements of other frameworks. Pure: plain values in, plain values out.

Nothing here says that a requirement is met: a mapping links what was answered for one text to a
place of another, and a person judges that place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from assessments.enums import MappingRelation, Support, Verdict

WHOLE: Final = frozenset({MappingRelation.EQUAL.value, MappingRelation.SUPERSET.value})
FOLLOWED: Final = frozenset({Verdict.FOLLOWED.value, Verdict.ADAPTED.value})


@dataclass(frozen=True, slots=True)
class Position:
    """The answer to one recommendation, as far as it speaks for anything."""

    code: str
    is_applicable: bool
    verdict: str

    @property
    def counts(self) -> bool:
        """Tell whether it is judged to apply."""
        return self.is_applicable and self.verdict != Verdict.NOT_APPLICABLE

    @property
    def is_followed(self) -> bool:
        """Tell whether it is followed, as written or by other means."""
        return self.counts and self.verdict in FOLLOWED


P = TypeVar("P", bound=Position)


@dataclass(frozen=True, slots=True)
class Link:
    """A mapping that stands, from a recommendation to a requirement."""

    code: str
    relation: str
    confidence: str
    status: str

    @property
    def is_whole(self) -> bool:
        """Tell whether the recommendation asks for all that the requirement does."""
        return self.relation in WHOLE


L = TypeVar("L", bound=Link)


def support(links: Iterable[Link], positions: Mapping[str, Position]) -> Support:
    """Return what ``positions`` (by code) say for a requirement with ``links``.

    Codes that the edition does not have reach nothing. One recommendation that asks for all
    the requirement does is enough when it is followed; otherwise every linked one that
    applies has to be.
    """
    reached = [(link, positions[link.code]) for link in links if link.code in positions]
    if not reached:
        return Support.NOT_REACHED
    counting = [(link, position) for link, position in reached if position.counts]
    if not counting:
        return Support.NOT_APPLICABLE
    followed = [link for link, position in counting if position.is_followed]
    if len(followed) == len(counting) or any(link.is_whole for link in followed):
        return Support.SUPPORTED
    some = followed or any(
        position.verdict == Verdict.PARTLY_FOLLOWED for _link, position in counting
    )
    return Support.PARTLY if some else Support.OPEN


@dataclass(frozen=True, slots=True)
class Place(Generic[L]):
    """A requirement with the mappings that lead to it."""

    ref: str
    links: Sequence[L]
    is_heading: bool = False

    @property
    def is_counted(self) -> bool:
        """Tell whether it asks for something: a heading that nothing is mapped to does not."""
        return bool(self.links) or not self.is_heading

    @property
    def is_reached_whole(self) -> bool:
        """Tell whether some recommendation asks for all that it does."""
        return any(link.is_whole for link in self.links)


def counts(places: Iterable[Place[L]], positions: Mapping[str, Position]) -> Counter[Support]:
    """Return how many places have each kind of support, headings left out."""
    return Counter(support(each.links, positions) for each in places if each.is_counted)
