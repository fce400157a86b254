"""How mappings carry over to an edition that follows others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from assessments.crosswalk.ways import Entry, Step, Way, ways
from assessments.enums import CatalogueState
from assessments.models import Catalogue, MappingChange

MOST_KEPT: Final = 100  # editions
_kept: dict[
    tuple[UUID, UUID | None], dict[Entry, tuple[Way, ...]]
] = {}  # published editions never change


def ways_to(
    catalogue: Catalogue, *, since: Catalogue | None = None
) -> dict[Entry, tuple[Way, ...]]:
    """Return where entries of the editions before lead in ``catalogue``: none, if there are none.

    Of all of them, or of those ``since`` one, which leads nowhere if ``catalogue`` does not follow
    it. Three queries for each edition between, the first time.
    """
    if catalogue.based_on_id is None or catalogue == since:
        return {}
    name = catalogue.pk, since.pk if since else None
    if name in _kept:
        return _kept[name]
    steps: list[Step] = []
    newer: Catalogue = catalogue
    older: Catalogue | None = catalogue.based_on
    while older is not None and newer != since:
        columns = ("predecessor__code", "successor__code", "kind")
        steps.insert(
            0,
            Step(
                older.key,
                list(newer.successions.order_by("pk").values_list(*columns)),
                list(newer.retirements.values_list("predecessor__code", flat=True)),
            ),
        )
        newer, older = older, older.based_on
    found = ways(steps) if since is None or newer == since else {}
    if catalogue.state != CatalogueState.DRAFT:
        if len(_kept) > MOST_KEPT:
            _kept.clear()
        _kept[name] = found
    return found


@dataclass(frozen=True, slots=True)
class Carrying:
    """How mappings carry over to an edition.

    They are of a catalogue, not of one of its editions. Where editions follow one another they go
    with the entry, whatever its code became; where what it says is no longer the same, a person
    has to read them again. ``reread`` are those that a person spoke of since it was published.
    """

    catalogue: Catalogue
    ways: Mapping[Entry, tuple[Way, ...]]
    reread: frozenset[UUID]

    @classmethod
    def to(cls, catalogue: Catalogue) -> Carrying:
        """Read what ``catalogue`` follows, and which mappings were read since."""
        found = ways_to(catalogue)
        if not found or catalogue.published_at is None:
            return cls(catalogue, found, frozenset())
        since = MappingChange.objects.filter(
            changed_at__gte=catalogue.published_at, changed_by__isnull=False
        )
        return cls(catalogue, found, frozenset(since.values_list("mapping", flat=True)))

    @property
    def keys(self) -> set[str]:
        """The catalogues whose mappings carry over."""
        return {self.catalogue.key, *(key for key, _code in self.ways)}

    def from_codes(self, code: str) -> set[str]:
        """Return the codes whose mappings may lead to ``code``."""
        leading = {old for (_key, old), there in self.ways.items() for w in there if w.code == code}
        return {code, *leading}

    def carried(self, pk: UUID, key: str, code: str) -> tuple[Way, ...]:
        """Return where the mapping ``pk`` of an entry of a catalogue leads."""
        if key == self.catalogue.key and pk in self.reread:
            return (Way(code),)
        own = (Way(code),) if key == self.catalogue.key else ()
        return self.ways.get((key, code), own)
