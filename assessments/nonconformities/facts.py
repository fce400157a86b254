"""What the checks look at: an assessment as plain values. No database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from assessments.enums import Verdict
from assessments.folding import fold


@dataclass(frozen=True)
class Piece:
    """A piece of evidence, as far as the checks read it."""

    label: str
    title: str
    revision: str = ""
    document_on: dt.date | None = None
    expires_on: dt.date | None = None
    is_superseded: bool = False
    file_name: str = ""
    reference: str = ""

    @cached_property
    def text(self) -> str:
        """What it is called, folded."""
        return fold(f"{self.title} {self.file_name} {self.reference}")

    def is_current(self, on: dt.date) -> bool:
        """Tell whether it is the one that counts on the day ``on``."""
        return not self.is_superseded and (self.expires_on is None or self.expires_on >= on)


@dataclass(frozen=True)
class Reply:
    """An answer, as far as the checks read it."""

    code: str
    phase: str
    is_applicable: bool
    verdict: str
    justification: str
    pieces: tuple[Piece, ...] = ()
    has_action: bool = False

    @property
    def is_assessed(self) -> bool:
        """Tell whether it applies and somebody gave a verdict."""
        return self.is_applicable and self.verdict != Verdict.NOT_ASSESSED

    @property
    def is_followed(self) -> bool:
        """Tell whether it is said to be followed, as written or by other means."""
        return self.is_applicable and self.verdict in {Verdict.FOLLOWED, Verdict.ADAPTED}

    @cached_property
    def text(self) -> str:
        """What it says and what its evidence is called, folded."""
        return " ".join([fold(self.justification), *(piece.text for piece in self.pieces)])


@dataclass(frozen=True, slots=True)
class Facts:
    """An assessment on a day."""

    on: dt.date
    version: str
    other_versions: frozenset[str]
    facts: frozenset[str]
    replies: Mapping[str, Reply]


@lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    beginnings = "|".join(re.escape(fold(word)) for word in words)
    return re.compile(rf"(?<![a-z0-9])(?:{beginnings})")


def says(text: str, words: Iterable[str]) -> bool:
    """Tell whether a folded text has a word that begins like one of ``words``."""
    words = tuple(words)
    return bool(words) and _pattern(words).search(text) is not None


def names(text: str, version: str) -> bool:
    """Tell whether a folded text names a version: 3.2.0, and not 13.2.0 or 3.2.0.1."""
    label = re.escape(fold(version))
    return re.search(rf"(?<![0-9.]){label}(?![0-9]|\.[0-9])", text) is not None
