"""What a verification reports. Sentences are English, for who shows them to translate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation."""
    return text


class Verdict(IntEnum):
    """What became of the dossier; the exit status of ``verify_dossier``."""

    INTACT = 0
    ALTERED = 1
    NOT_A_DOSSIER = 2


class Outcome(Enum):
    """What one check found."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Standing(Enum):
    """What the register of the portal says of an intact dossier; offline nobody asks it."""

    NOT_ASKED = "not asked"
    CURRENT = "current"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    CUT = "cut"
    EXTENDED = "extended"
    EARLIER = "earlier"
    OTHER_FILE = "other file"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence for a person: a translatable text and the values in it."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values

    def told(self, translate: Callable[[str], str], written: Callable[[dt.date], str]) -> str:
        """Return the sentence in a language; ``written`` writes days and instants in it."""
        values = {
            name: value.told(translate, written)
            if isinstance(value, Sentence)
            else written(value)
            if isinstance(value, dt.date)
            else value
            for name, value in self.values.items()
        }
        return translate(self.text) % values


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    outcome: Outcome
    finding: Sentence


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Who signed before the seal, with which certificate and when."""

    name: str
    meaning: str
    subject: str
    certificate_sha256: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a verification."""

    verdict: Verdict
    sentence: Sentence
    checks: tuple[Check, ...] = ()
    number: str = ""
    sealed_by: str = ""
    is_test_seal: bool = False
    sealed_at: dt.datetime | None = None
    certificate_sha256: str = ""
    file_sha256: str = ""
    level: str = ""
    signatures: tuple[SignedBy, ...] = ()
    record_sha256: str = ""
    standing: Standing = Standing.NOT_ASKED


def compare(agrees: bool, good: str, bad: str, values: Mapping[str, object]) -> Check:  # noqa: FBT001 -- the first thing it asks
    """Return what was found when two things must agree."""
    return Check(
        Outcome.OK if agrees else Outcome.FAILED, Sentence(good if agrees else bad, values)
    )
