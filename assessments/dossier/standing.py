"""What the register of the portal adds to a report. Pure: the register is asked elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from assessments.dossier.report import (
    Check,
    Outcome,
    Report,
    Sentence,
    Standing,
    Verdict,
    gettext_noop,
)
from assessments.dossier.verify import ONLY_THE_PORTAL_KNOWS


class Copy(Enum):
    """What a file is beside the file that was issued last under its number."""

    ISSUED = "that very file"
    EARLIER = "one issued before it"
    CUT = "its beginning"
    EXTENDED = "more than it"
    OTHER = "another"


@dataclass(frozen=True, slots=True)
class Registration:
    """What is said to anybody of a dossier: no name, no reason. ``ended_on`` is when it ended."""

    number: str
    issued_on: dt.date
    copy: Copy
    is_withdrawn: bool = False
    superseded_by: str = ""
    ended_on: dt.date | None = None

    @property
    def standing(self) -> Standing:
        if self.is_withdrawn:
            return Standing.WITHDRAWN
        if self.copy is not Copy.ISSUED:
            return _STANDINGS[self.copy]
        return Standing.SUPERSEDED if self.superseded_by else Standing.CURRENT


_STANDINGS: Final = {
    Copy.EARLIER: Standing.EARLIER,
    Copy.CUT: Standing.CUT,
    Copy.EXTENDED: Standing.EXTENDED,
    Copy.OTHER: Standing.OTHER_FILE,
}
_SENTENCES: Final = {
    Standing.CURRENT: gettext_noop(
        "Dossier %(number)s is intact, issued by this portal on %(issued)s, and current: no later "
        "one supersedes it."
    ),
    Standing.SUPERSEDED: gettext_noop(
        "Dossier %(number)s is intact and was issued by this portal, but %(other)s of %(ended)s "
        "supersedes it."
    ),
    Standing.WITHDRAWN: gettext_noop(
        "Dossier %(number)s is intact, but it was withdrawn on %(ended)s: it no longer counts."
    ),
    Standing.CUT: gettext_noop(
        "Dossier %(number)s is intact as far as it goes, but a later part of the file that this "
        "portal issued was cut off."
    ),
    Standing.EXTENDED: gettext_noop(
        "Dossier %(number)s is intact, but time stamps were added to it that this portal did not "
        "add."
    ),
    Standing.EARLIER: gettext_noop(
        "Dossier %(number)s is intact, but this portal has issued a newer file of it, with later "
        "time stamps."
    ),
    Standing.OTHER_FILE: gettext_noop(
        "Dossier %(number)s is intact, but this is not the file that this portal issued under the "
        "number."
    ),
    Standing.UNKNOWN: gettext_noop(
        "Dossier %(number)s is intact, but the register of this portal does not know it: ask its "
        "manufacturer."
    ),
}
_COPIES: Final = {
    Copy.ISSUED: (Outcome.OK, gettext_noop("This portal issued this very file on %(issued)s.")),
    Copy.EARLIER: (
        Outcome.OK,
        gettext_noop("This portal issued this very file; it has issued a newer one since."),
    ),
    Copy.CUT: (
        Outcome.FAILED,
        gettext_noop("This file is only the beginning of the one that this portal issued."),
    ),
    Copy.EXTENDED: (
        Outcome.NOT_CHECKED,
        gettext_noop(
            "This file begins with the one that this portal issued; what follows is not from it."
        ),
    ),
    Copy.OTHER: (
        Outcome.FAILED,
        gettext_noop("This portal issued another file with the same record on %(issued)s."),
    ),
}


def judged(report: Report, registration: Registration | None) -> Report:
    """Return the report with what the register says, and what that makes of the verdict."""
    checks = tuple(each for each in report.checks if each.finding.text != ONLY_THE_PORTAL_KNOWS)
    if report.verdict is not Verdict.INTACT:
        return replace(report, checks=(*checks, *_of_the_record(registration)))
    standing = registration.standing if registration else Standing.UNKNOWN
    values = {"number": report.number, **(_values(registration) if registration else {})}
    return replace(
        report,
        sentence=Sentence(_SENTENCES[standing], values),
        standing=standing,
        checks=(*checks, *_found(registration, values)),
    )


def _values(registration: Registration) -> dict[str, object]:
    return {
        "number": registration.number,
        "issued": registration.issued_on,
        "other": registration.superseded_by,
        "ended": registration.ended_on,
    }


def _found(registration: Registration | None, values: dict[str, object]) -> list[Check]:
    if registration is None:
        text = gettext_noop("The register of this portal knows neither the file nor its record.")
        return [Check(Outcome.FAILED, Sentence(text))]
    outcome, text = _COPIES[registration.copy]
    return [Check(outcome, Sentence(text, values)), _whether_it_counts(registration, values)]


def _whether_it_counts(registration: Registration, values: dict[str, object]) -> Check:
    if registration.is_withdrawn:
        text = gettext_noop(
            "It was withdrawn on %(ended)s; who issued it knows the reason, and can be asked."
        )
        return Check(Outcome.FAILED, Sentence(text, values))
    if registration.superseded_by:
        text = gettext_noop("A later dossier supersedes it: %(other)s of %(ended)s.")
        return Check(Outcome.FAILED, Sentence(text, values))
    text = gettext_noop("It was not withdrawn, and no later dossier supersedes it.")
    return Check(Outcome.OK, Sentence(text, values))


def _of_the_record(registration: Registration | None) -> list[Check]:
    """Say of a file that does not hold whether its record is of a dossier that was issued."""
    if registration is None:
        return []
    text = gettext_noop(
        "The record in it is that of dossier %(number)s, issued by this portal on %(issued)s: ask "
        "who issued it for the file."
    )
    return [Check(Outcome.NOT_CHECKED, Sentence(text, _values(registration)))]
