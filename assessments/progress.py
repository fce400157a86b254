"""How far the making of a dossier is, as one share of the whole. Pure.

Each stage has the share of the whole that it takes of the dossier of the sample; only the
layout, by far the longest, is known from inside.
"""

from __future__ import annotations

from typing import Final

from assessments.enums import DossierStage

_BEGINS: Final = {
    DossierStage.SNAPSHOT: 1,
    DossierStage.LAYOUT: 4,
    DossierStage.WRITING: 58,
    DossierStage.ATTACHING: 84,
    DossierStage.SEALING: 86,
    DossierStage.STAMPING: 86,
    DossierStage.CHECKING: 92,
    DossierStage.KEEPING: 99,
}
_MOST_OF_THE_LAYOUT: Final = 0.97  # it may have more pages than were expected


def percent(stage: DossierStage, *, pages: int = 0, expected: int = 0) -> int:
    """Return the share that is done when a stage is at ``pages`` of ``expected`` ones."""
    begins = _BEGINS[stage]
    if stage is not DossierStage.LAYOUT or not expected:
        return begins
    done = min(pages / expected, _MOST_OF_THE_LAYOUT)
    return begins + int((_BEGINS[DossierStage.WRITING] - begins) * done)
