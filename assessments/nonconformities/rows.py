"""The rows of typical non-conformities, from the file that comes with the portal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from assessments.catalogue.checks import Shape, anything, day, number, one_of, some, text
from assessments.catalogue.reading import Problem, line_of, plain, read
from assessments.catalogue.schema import Invalid
from assessments.enums import Confidence, RemarkKind
from devices.enums import Fact, LifecyclePhase

FILE: Final = Path(__file__).parent.parent / "catalogue" / "data" / "nonconformities.yaml"
_PAIRS: Final = tuple(
    f"{name}_{language}" for name in ("title", "sentence", "todo") for language in ("fr", "en")
)
RULE_NAMES: Final = frozenset(
    {
        "says",
        "says_without",
        "shown",
        "rests_only_on",
        "rests_on_something",
        "can_be_found",
        "names_the_version",
    }
)
_CODES: Final = some(text(30), least=0)
_WORDS: Final = some(text(60), least=0)


@dataclass(frozen=True, slots=True)
class Check:
    """One typical non-conformity, and the rule that looks for it."""

    key: str
    check: str
    severity: str
    title_fr: str
    title_en: str
    sentence_fr: str
    sentence_en: str
    todo_fr: str
    todo_en: str
    source: str
    confidence: str
    codes: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    except_: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    enough: str = ""

    @property
    def severity_label(self) -> str:
        """What an auditor would call it."""
        return str(RemarkKind(self.severity).label)

    @property
    def confidence_label(self) -> str:
        """How sure we are of it."""
        return str(Confidence(self.confidence).label)


@dataclass(frozen=True, slots=True)
class Rows:
    """All of them, with the day they are of."""

    generated_on: dt.date
    notice_fr: str
    notice_en: str
    checks: tuple[Check, ...]


@cache
def rows() -> Rows:
    """Return what the portal checks for; read once."""
    return parse(FILE.read_bytes())


def parse(content: bytes) -> Rows:
    """Read and check a file of typical non-conformities.

    Raises:
        Unreadable: it is not YAML as we take it.
        Invalid: it is, but something in it is wrong; all problems at once.
    """
    document = read(content)
    if problems := sorted(_problems(document), key=lambda each: (each.line, each.reason)):
        raise Invalid(problems)
    values = plain(document)
    return Rows(
        generated_on=dt.date.fromisoformat(values["generated"]),
        notice_fr=values["notice_fr"],
        notice_en=values["notice_en"],
        checks=tuple(_check(each) for each in values["checks"]),
    )


def _check(said: dict[str, Any]) -> Check:
    named = {"except_" if key == "except" else key: value for key, value in said.items()}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in named.items()
    }
    return Check(**values)


def _shape() -> Shape:
    return Shape(
        {
            "key": text(60),
            "check": one_of(RULE_NAMES),
            "severity": one_of(frozenset(RemarkKind.values)),
            **dict.fromkeys(_PAIRS, text(1000)),
            "source": text(300),
            "confidence": one_of(frozenset(Confidence.values)),
        },
        {
            "codes": _CODES,
            "except": _CODES,
            "phases": some(one_of(frozenset(LifecyclePhase.values)), least=0),
            "facts": some(one_of(frozenset(Fact.values)), least=0),
            "words": _WORDS,
            "unless": _WORDS,
            "enough": one_of(frozenset({"action"})),
        },
    )


def _problems(document: Any) -> Iterator[Problem]:
    top = {"schema": number, "generated": day, "notice_fr": text(1000), "notice_en": text(1000)}
    yield from Shape({**top, "checks": anything}).problems(document, "file", 1)
    checks, shape, seen = document.get("checks"), _shape(), set()
    if not isinstance(checks, list) or not checks:
        yield Problem(line_of(document, "checks"), "checks", "a list is expected")
        return
    for index, each in enumerate(checks):
        line = line_of(checks, index)
        name = str(each.get("key", "checks")) if isinstance(each, dict) else "checks"
        yield from shape.problems(each, name, line)
        if name in seen:
            yield Problem(line, name, "key stands already above")
        seen.add(name)
