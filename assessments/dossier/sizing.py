"""How large a dossier will be, and what is done about it before it is rendered. Pure.

Time and memory grow with the pages: about 2 MB and 0.1 s each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from assessments.dossier.enclosing import Caps, enclose
from assessments.dossier.snapshot import Snapshot

# Measured with script/bench.
_PAGES_AROUND: Final = 16
_ENTRIES_A_PAGE: Final = 3.6
_LINES_A_PAGE: Final = 7.2
_CHARACTERS_A_PAGE: Final = 3600


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for, and what is allowed: ``enclosing`` is None without evidence files."""

    most_pages: int
    enclosing: Caps | None = None


def expected_pages(snapshot: Snapshot) -> int:
    """Return about how many pages the dossier will have, a tenth more or less."""
    texts = sum(len(entry.answer.justification) for entry in snapshot.entries)
    pages = (
        _PAGES_AROUND + len(list(snapshot.entries)) / _ENTRIES_A_PAGE + texts / _CHARACTERS_A_PAGE
    )
    if snapshot.register_is_printed:
        pages += len(snapshot.evidence) / _LINES_A_PAGE
    return math.ceil(pages)


def shaped(snapshot: Snapshot, wishes: Wishes) -> Snapshot:
    """Return the record with the places of evidence files, and its register where it fits."""
    if wishes.enclosing is not None:
        snapshot = replace(snapshot, evidence=enclose(snapshot.evidence, wishes.enclosing))
    if expected_pages(snapshot) > wishes.most_pages:
        snapshot = replace(snapshot, register_is_printed=False)
    return snapshot
