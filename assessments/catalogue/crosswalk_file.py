"""What the files of frameworks and of the crosswalk must look like. No database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assessments.catalogue.checks import (
    Check,
    Shape,
    address,
    anything,
    day,
    maybe,
    number,
    one_of,
    some,
    text,
)
from assessments.catalogue.reading import Problem, line_of, plain, read, unfit
from assessments.catalogue.schema import Invalid
from assessments.enums import Confidence, FrameworkNature, MappingRelation

MAX_ENTRIES: Final = 5000
_CONFIDENCE: Final = one_of(frozenset(Confidence.values))
_FRAMEWORKS: Final = Shape(
    {
        "schema": number,
        "generated": day,
        "language": anything,
        "notice_fr": text(2000),
        "notice_en": text(2000),
        "frameworks": anything,
    }
)
_CROSSWALK: Final = Shape(
    {
        "schema": number,
        "generated": day,
        "status_fr": text(2000),
        "status_en": text(2000),
        "catalogue_id": text(60),
        "catalogue_version": text(40),
        "controls": anything,
    }
)
_MILESTONE: Final = Shape({"on": day, "fr": text(200), "en": text(200)})
_REQUIREMENT: Final = Shape(
    {"ref": text(40), "title_fr": text(300), "title_en": text(300)},
    {"parent": text(40), "confidence": _CONFIDENCE, "question_ids": some(text(20), least=0)},
)
_CONTROL: Final = Shape(
    {
        "id": text(20),
        "title_fr": text(300),
        "title_en": text(300),
        "phases": some(text(20), least=0),
        "criteria": some(text(20), least=0),
        "stakeholders": some(text(30), least=0),
        "ansm_refs": some(text(30), least=0),
        "evidence": some(text(200), least=0),
        "refs": anything,
    },
    {
        "relation": one_of(frozenset(MappingRelation.values)),
        "confidence": _CONFIDENCE,
        "rationale_fr": text(2000),
        "rationale_en": text(2000),
    },
)


def _yes_or_no(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false is expected"


def _framework() -> Shape:
    pairs: dict[str, Check] = {
        f"{name}_{language}": text(most)
        for name, most in (("name", 300), ("short", 40), ("version", 200))
        for language in ("fr", "en")
    }
    optional = {
        f"{name}_{language}": maybe(text(2000))
        for name in ("source", "note")
        for language in ("fr", "en")
    }
    return Shape(
        {
            "key": text(40),
            **pairs,
            "publisher": text(100),
            "address": address,
            "date": text(60),
            "nature": one_of(frozenset(FrameworkNature.values)),
            "confidence": _CONFIDENCE,
            "address_seen": _yes_or_no,
            "requirements": anything,
        },
        {**optional, "aliases": some(text(40), least=0), "milestones": anything},
    )


@dataclass(frozen=True, slots=True)
class CrosswalkFiles:
    """Both files, found good, as plain values."""

    frameworks: list[dict[str, Any]]
    header: dict[str, Any]
    controls: list[dict[str, Any]]

    @property
    def places(self) -> dict[str, frozenset[str]]:
        """The references of the requirements of each framework."""
        return places_of(self.frameworks)


def places_of(frameworks: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Return the references of the requirements of each framework."""
    return {
        each["key"]: frozenset(row["ref"] for row in each["requirements"]) for each in frameworks
    }


def parse_frameworks(content: bytes) -> list[dict[str, Any]]:
    """Read and check a file of frameworks.

    Raises:
        Unreadable: it is not YAML as we take it.
        Invalid: it is, but something in it is wrong; all problems at once.
    """
    document = read(content)
    _refuse(document, _problems_of_frameworks(document))
    return list(plain(document)["frameworks"])


def parse(content: bytes, *, frameworks: list[dict[str, Any]]) -> CrosswalkFiles:
    """Read and check a crosswalk, which names places of ``frameworks`` only.

    Raises:
        Unreadable: it is not YAML as we take it.
        Invalid: it is, but something in it is wrong; all problems at once.
    """
    document = read(content)
    _refuse(document, _problems_of_crosswalk(document, places_of(frameworks)))
    values = plain(document)
    controls = values.pop("controls")
    return CrosswalkFiles(frameworks, values, controls)


def _refuse(document: Any, found: Iterator[Problem]) -> None:
    problems = set(found)
    told = {problem.line for problem in problems}
    problems.update(each for each in unfit(document) if each.line not in told)
    if problems:
        raise Invalid(sorted(problems, key=lambda each: (each.line, each.entry, each.reason)))


def _problems_of_frameworks(document: Any) -> Iterator[Problem]:
    yield from _FRAMEWORKS.problems(document, "file", 1)
    yield from _rows(document, "frameworks", _framework(), "key")
    for each in _dicts(document.get("frameworks")):
        name = str(each.get("key", "frameworks"))
        yield from _rows(each, "requirements", _REQUIREMENT, "ref", entry=name)
        milestones = each.get("milestones", [])
        for index, milestone in enumerate(milestones if isinstance(milestones, list) else [None]):
            yield from _MILESTONE.problems(milestone, name, line_of(milestones, index))
        for one, other in (("source_fr", "source_en"), ("note_fr", "note_en")):
            if bool(each.get(one)) != bool(each.get(other)):
                yield Problem(line_of(each), name, f"{one} and {other}: both or none")
        refs = {str(row.get("ref")) for row in _dicts(each.get("requirements"))}
        for row in _dicts(each.get("requirements")):
            parent = row.get("parent")
            if parent is not None and str(parent) not in refs:
                reason = f"parent “{parent}” is no reference of this framework"
                yield Problem(line_of(row, "parent"), f"{name} {row.get('ref')}", reason)


def _problems_of_crosswalk(document: Any, known: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    yield from _CROSSWALK.problems(document, "file", 1)
    yield from _rows(document, "controls", _CONTROL, "id")
    for each in _dicts(document.get("controls")):
        name, refs = str(each.get("id", "controls")), each.get("refs")
        if not isinstance(refs, dict):
            if "refs" in each:
                yield Problem(line_of(each, "refs"), name, "refs: a mapping is expected")
            continue
        for key, places in refs.items():
            if key not in known:
                yield Problem(line_of(refs, key), name, f"“{key}” is no framework of the file")
            elif not isinstance(places, list):
                yield Problem(line_of(refs, key), name, f"{key}: a list is expected")
            else:
                for index, place in enumerate(places):
                    if not isinstance(place, str) or place not in known[key]:
                        reason = f"“{place}” is no requirement of {key}"
                        yield Problem(line_of(places, index), name, reason)


def _rows(parent: Any, name: str, shape: Shape, key: str, *, entry: str = "") -> Iterator[Problem]:
    """Check a list of mappings whose ``key`` is different in each."""
    if not isinstance(parent, dict) or name not in parent:
        return  # the shape of the parent says so
    items, entry = parent[name], entry or name
    if not isinstance(items, list) or not 0 < len(items) <= MAX_ENTRIES:
        reason = f"a list of 1 to {MAX_ENTRIES} entries is expected"
        yield Problem(line_of(parent, name), entry, reason)
        return
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        line = line_of(items, index)
        label = str(item.get(key, "")) if isinstance(item, dict) else ""
        where = (f"{entry} {label}" if entry != name else label).strip() or entry
        yield from shape.problems(item, where, line)
        if label and label in seen:
            yield Problem(line, where, f"{key} stands already in line {seen[label]}")
        seen.setdefault(label, line)


def _dicts(items: Any) -> list[Any]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
