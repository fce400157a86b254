"""What a catalogue file must look like: the whole file is checked before anything is loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from assessments.catalogue.reading import Problem, line_of, plain, read
from assessments.enums import Confidence, Criterion, ProvenanceStatus, Stakeholder
from devices.enums import Fact, LifecyclePhase

APPLIES_WHEN: Final = frozenset(["all", *Fact.values])
PHASES: Final = frozenset(LifecyclePhase.values)
STATUSES: Final = frozenset(ProvenanceStatus.values)

Check = Callable[[Any], str]


def text(most: int) -> Check:
    """Want a text of 1 to ``most`` characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            return "a text is expected"
        return f"longer than {most} characters" if len(value) > most else ""

    return check


def maybe(check: Check) -> Check:
    """Want nothing, or what ``check`` wants."""
    return lambda value: "" if value is None else check(value)


def one_of(allowed: frozenset[str]) -> Check:
    """Want one of some keys."""

    def check(value: Any) -> str:
        if isinstance(value, str) and value in allowed:
            return ""
        return f"{value!r} is not one of {', '.join(sorted(allowed))}"

    return check


def some_of(allowed: frozenset[str] | None = None, *, least: int = 1) -> Check:
    """Want a list of different texts, of ``allowed`` when given."""

    def check(value: Any) -> str:
        if not isinstance(value, list) or len(value) < least:
            return f"a list of at least {least} is expected"
        if any(not isinstance(item, str) or not item.strip() for item in value):
            return "a list of texts is expected"
        if len(set(value)) < len(value):
            return "an item stands twice"
        wrong = [item for item in value if allowed is not None and item not in allowed]
        return one_of(allowed)(wrong[0]) if wrong and allowed is not None else ""

    return check


def day(value: Any) -> str:
    """Want a day, as YYYY-MM-DD."""
    try:
        dt.date.fromisoformat(str(value))
    except ValueError:
        return f"{value!r} is not a day (YYYY-MM-DD)"
    return ""


def number(value: Any) -> str:
    """Want a whole number from 0."""
    return "" if isinstance(value, int) and value >= 0 else "a whole number is expected"


def anything(value: Any) -> str:
    """Want nothing in particular."""
    return ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of a mapping: which it needs, which it may have, and what each holds."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)

    def problems(self, node: Any, entry: str) -> Iterator[Problem]:
        """Yield what is wrong with ``node``."""
        if not isinstance(node, dict):
            yield Problem(line_of(node), entry, "a mapping is expected")
            return
        for key in self.required:
            if key not in node:
                yield Problem(line_of(node), entry, _missing(key))
        for key, value in node.items():
            check = self.required.get(key) or self.optional.get(key)
            if check is None:
                yield Problem(line_of(node, key), entry, f"unknown key {key!r}")
            elif reason := check(value):
                yield Problem(line_of(node, key), entry, f"{key}: {reason}")


def _missing(key: str) -> str:
    for ending, language in (("_fr", "French"), ("_en", "English")):
        if key.endswith(ending) or key == ending[1:]:
            return f"{key} is missing: the {language} text is needed"
    return f"{key} is missing"


_TERM: Final = Shape(
    {"key": text(40), "fr": text(1000), "en": text(1000)},
    {
        "order": number,
        "id_prefix": text(20),
        "alias_fr": text(300),
        "alias_en": text(300),
        "definition_fr": text(2000),
        "definition_en": text(2000),
    },
)
_TERMS: Final = (
    "phases",
    "stakeholders",
    "criteria",
    "provenance_statuses",
    "section_title_statuses",
    "applies_when",
    "provenance_basis",
)
_KNOWN: Final = {
    "phases": PHASES,
    "stakeholders": frozenset(Stakeholder.values),
    "criteria": frozenset(Criterion.values),
    "provenance_statuses": STATUSES,
    "section_title_statuses": STATUSES,
    "applies_when": APPLIES_WHEN,
}
_META: Final = Shape(
    {
        "catalogue_id": text(60),
        "catalogue_version": text(40),
        "source_document": anything,
        "disclaimer_fr": text(4000),
        "disclaimer_en": text(4000),
        "sources": anything,
        **dict.fromkeys(_TERMS, anything),
    },
    {"scope_fr": text(1000), "scope_en": text(1000)},
)
_DOCUMENT: Final = Shape(
    {
        "title_fr": text(300),
        "title_en": text(300),
        "issuer": text(100),
        "published": day,
        "legal_value_fr": text(300),
        "legal_value_en": text(300),
    },
    {"pages": number, "recommendation_pages": number, "draft": anything},
)
_SOURCE: Final = Shape({"key": text(20), "title": text(300)}, {"url": maybe(text(500))})


def _section(sources: frozenset[str]) -> Shape:
    return Shape(
        {
            "key": text(20),
            "phase": one_of(PHASES),
            "fr": text(300),
            "en": text(300),
            "title_status": one_of(STATUSES),
            "sources": some_of(sources, least=0),
        }
    )


def _recommendation(sections: frozenset[str]) -> Shape:
    return Shape(
        {
            "id": text(30),
            "phase": one_of(PHASES),
            "section": one_of(sections),
            "title_fr": text(300),
            "title_en": text(300),
            "statement_fr": text(4000),
            "statement_en": text(4000),
            "rationale_fr": text(4000),
            "rationale_en": text(4000),
            "stakeholders": some_of(frozenset(Stakeholder.values)),
            "criteria": some_of(frozenset(Criterion.values)),
            "applies_when": some_of(APPLIES_WHEN),
            "expected_evidence_fr": some_of(),
            "expected_evidence_en": some_of(),
            "references": some_of(least=0),
            "provenance": anything,
        }
    )


def _provenance(sources: frozenset[str], bases: frozenset[str]) -> Shape:
    return Shape(
        {
            "status": one_of(STATUSES),
            "confidence": one_of(frozenset(Confidence.values)),
            "verified_edition": some_of(least=0),
            "sources": some_of(sources, least=0),
            "note_fr": text(2000),
            "note_en": text(2000),
            "official_number": maybe(text(30)),
            "official_page": maybe(number),
        },
        {"basis": maybe(one_of(bases))},
    )


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file that was found good, as plain values."""

    meta: dict[str, Any]
    sections: list[dict[str, Any]]
    recommendations: list[dict[str, Any]]


class Invalid(Exception):
    """The file is wrong; ``problems`` names every place."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def parse(content: bytes) -> CatalogueFile:
    """Read and check a catalogue file.

    Raises:
        Unreadable: it is not YAML as we take it.
        Invalid: it is, but not a catalogue; all problems at once, in the order of lines.
    """
    document = read(content)
    problems = sorted(set(_problems(document)), key=lambda problem: problem.line)
    if problems:
        raise Invalid(problems)
    values = plain(document)
    return CatalogueFile(values["meta"], values["sections"], values["recommendations"])


def _problems(document: Any) -> Iterator[Problem]:
    top = Shape(dict.fromkeys(("meta", "sections", "recommendations"), anything))
    yield from top.problems(document, "file")
    meta = document.get("meta")
    if not isinstance(meta, dict):
        yield Problem(line_of(document), "meta", "a mapping is expected")
        return
    yield from _META.problems(meta, "meta")
    yield from _DOCUMENT.problems(meta.get("source_document"), "meta.source_document")
    for name in _TERMS:
        yield from _list(meta, name, _TERM, f"meta.{name}", key="key")
        for term in _dicts(meta.get(name)):
            if name in _KNOWN and (reason := one_of(_KNOWN[name])(term.get("key"))):
                yield Problem(line_of(term), f"meta.{name}", f"key: {reason}")
    yield from _list(meta, "sources", _SOURCE, "meta.sources", key="key")
    sources = _keys(meta.get("sources"), "key")
    yield from _list(document, "sections", _section(sources), "sections", key="key")
    shape = _recommendation(_keys(document.get("sections"), "key"))
    yield from _list(document, "recommendations", shape, "recommendations", key="id")
    phases = {s.get("key"): s.get("phase") for s in _dicts(document.get("sections"))}
    provenance = _provenance(sources, _keys(meta.get("provenance_basis"), "key"))
    for entry in _dicts(document.get("recommendations")):
        name = str(entry.get("id", "recommendations"))
        yield from provenance.problems(entry.get("provenance"), f"{name}.provenance")
        section = entry.get("section")
        if section in phases and phases[section] != entry.get("phase"):
            reason = f"section {section} belongs to phase {phases[section]}"
            yield Problem(line_of(entry, "section"), name, reason)
        french, english = entry.get("expected_evidence_fr"), entry.get("expected_evidence_en")
        if isinstance(french, list) and isinstance(english, list) and len(french) != len(english):
            reason = "expected_evidence: as many items in French as in English"
            yield Problem(line_of(entry, "expected_evidence_en"), name, reason)


def _list(parent: Any, name: str, shape: Shape, entry: str, *, key: str) -> Iterator[Problem]:
    """Check a list of mappings whose ``key`` is different in each."""
    items = parent.get(name)
    if not isinstance(items, list) or not items:
        yield Problem(line_of(parent, name), entry, "a list with at least one entry is expected")
        return
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        label = str(item.get(key, f"{entry}[{index + 1}]")) if isinstance(item, dict) else entry
        if not isinstance(item, dict):
            yield Problem(line_of(items, index), entry, "a mapping is expected")
            continue
        yield from shape.problems(item, label)
        value, line = str(item.get(key)), line_of(item)
        if value in seen:
            yield Problem(line, label, f"{key} stands already in line {seen[value]}")
        seen.setdefault(value, line)


def _dicts(items: Any) -> list[Any]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _keys(items: Any, key: str) -> frozenset[str]:
    return frozenset(str(item.get(key)) for item in _dicts(items))
