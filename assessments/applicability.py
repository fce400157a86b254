"""Which recommendations apply to a version. No database."""

from __future__ import annotations

from collections.abc import Iterable, Set

from devices.enums import Fact

ALWAYS = "all"


def missing_facts(applies_when: Iterable[str], facts: Set[Fact]) -> list[str]:
    """Return the facts that would make a recommendation apply and that ``facts`` lacks.

    An empty list means that it applies: one of the facts it names holds, or it
    applies to any device integrating software (``all``).
    """
    wanted = list(applies_when)
    if ALWAYS in wanted or not facts.isdisjoint(wanted):
        return []
    return sorted(wanted)
