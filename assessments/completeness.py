"""What an answer lacks before its phase can be submitted. No database."""

from __future__ import annotations

from enum import Enum

from assessments.enums import Verdict

JUSTIFIED = frozenset(
    {Verdict.ADAPTED, Verdict.PARTLY_FOLLOWED, Verdict.NOT_FOLLOWED, Verdict.NOT_APPLICABLE}
)


class Lack(Enum):
    """What is missing."""

    VERDICT = "verdict"
    JUSTIFICATION = "justification"
    EVIDENCE = "evidence"
    CONFIRMATION = "confirmation"


def lack_of(
    verdict: Verdict | str, *, justification: str, evidence_count: int, to_confirm: bool = False
) -> Lack | None:
    """Return what an answer lacks, or None when it is complete.

    Whatever is not simply *followed* needs a justification; *followed* needs evidence,
    or a justification why there is none (domain rule 2). What was carried over from an
    earlier version needs somebody who confirms it.
    """
    if to_confirm:
        return Lack.CONFIRMATION
    if verdict == Verdict.NOT_ASSESSED:
        return Lack.VERDICT
    if justification.strip():
        return None
    if verdict in JUSTIFIED:
        return Lack.JUSTIFICATION
    return None if evidence_count else Lack.EVIDENCE
