"""What a catalogue file must look like: the whole file is checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.catalogue.checks import (
    Shape,
    address,
    anything,
    day,
    is_empty,
    maybe,
    number,
    one_of,
    some,
    text,
)
from assessments.catalogue.reading import Problem, line_of, named, plain, read, unfit
from assessments.enums import (
    Confidence,
    Confirmation,
    Criterion,
    ProvenanceStatus,
    Stakeholder,
)
from devices.enums import Fact, LifecyclePhase

APPLIES_WHEN: Final = frozenset(["all", *Fact.values])
PHASES: Final = frozenset(LifecyclePhase.values)
STATUSES: Final = frozenset(ProvenanceStatus.values)
MAX_ENTRIES: Final = 2000
LONGEST_TEXT: Final = 10_000
SMALLINT_MAX: Final = 32_767  # of the columns for positions and pages
TEXTS: Final = tuple(
    f"{name}_{language}"
    for name in ("title", "statement", "rationale", "expected_evidence")
    for language in ("fr", "en")
)

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
    {"scope_fr": text(1000), "scope_en": text(1000), "based_on": anything},
    frozenset(["disclaimer_fr", "disclaimer_en"]),
)
_BASED_ON: Final = Shape({"catalogue_id": text(60), "catalogue_version": text(40)})
_RETIRED: Final = Shape({"id": text(30), "reason_fr": text(2000), "reason_en": text(2000)})
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
    frozenset(["title_fr", "title_en", "issuer", "legal_value_fr", "legal_value_en"]),
)
_SOURCE: Final = Shape({"key": text(20), "title": text(300)}, {"url": maybe(address)})


def _section(sources: frozenset[str]) -> Shape:
    return Shape(
        {
            "key": text(20),
            "phase": one_of(PHASES),
            "fr": text(300),
            "en": text(300),
            "title_status": one_of(STATUSES),
            "sources": some(one_of(sources), least=0),
        },
        may_lack=frozenset(["phase", "fr", "en", "title_status", "sources"]),
    )


def _recommendation(sections: frozenset[str]) -> Shape:
    return Shape(
        {
            "id": text(30),
            "phase": one_of(PHASES),
            "section": one_of(sections),
            "title_fr": text(300),
            "title_en": text(300),
            "statement_fr": text(LONGEST_TEXT),
            "statement_en": text(LONGEST_TEXT),
            "rationale_fr": text(LONGEST_TEXT),
            "rationale_en": text(LONGEST_TEXT),
            "stakeholders": some(one_of(frozenset(Stakeholder.values))),
            "criteria": some(one_of(frozenset(Criterion.values))),
            "applies_when": some(one_of(APPLIES_WHEN)),
            "expected_evidence_fr": some(text(500)),
            "expected_evidence_en": some(text(500)),
            "references": some(text(200), least=0),
            "provenance": anything,
        },
        {"replaces": some(text(30), least=0)},
        may_lack=frozenset(
            ["phase", "stakeholders", "criteria", "applies_when", "references", *TEXTS]
        ),
    )


def _provenance(sources: frozenset[str], bases: frozenset[str]) -> Shape:
    return Shape(
        {
            "status": one_of(STATUSES),
            "confidence": one_of(frozenset(Confidence.values)),
            "verified_edition": some(text(40), least=0),
            "sources": some(one_of(sources), least=0),
            "note_fr": text(2000, least=0),
            "note_en": text(2000, least=0),
            "official_number": maybe(text(30)),
            "official_page": maybe(number),
        },
        {
            "basis": maybe(one_of(bases)),
            "confirmed_as": one_of(frozenset(Confirmation.values)),
            "confirmed_on": day,
            "confirmed_by": text(150),
        },
        frozenset(["status", "confidence", "verified_edition", "sources", "note_fr", "note_en"]),
    )


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file that was found good, as plain values; ``gaps`` are what a draft still lacks."""

    meta: dict[str, Any]
    sections: list[dict[str, Any]]
    recommendations: list[dict[str, Any]]
    retired: list[dict[str, Any]] = field(default_factory=list)
    gaps: tuple[Problem, ...] = ()


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
    return checked(read(content))


def checked(document: Any, *, is_draft: bool = False, places: Sequence[str] = ()) -> CatalogueFile:
    """Check what a file says, whatever its format; a draft may have gaps.

    ``places`` name where a value stands, by the line that the document gives for it, when the
    file has no lines.

    Raises:
        Invalid: it is not a catalogue; all problems at once, in the order of the file.
    """
    problems = set(_problems(document))
    told = {problem.line for problem in problems}
    problems.update(each for each in unfit(document) if each.line not in told)
    found = sorted(problems, key=lambda each: (each.line, each.entry, each.reason))
    if places:
        found = [each.placed(places) for each in found]
    if wrong := [each for each in found if not (is_draft and each.is_gap)]:
        raise Invalid(wrong)
    values = plain(document)
    if found:
        _fill(values)
    return CatalogueFile(
        values["meta"],
        values["sections"],
        values["recommendations"],
        values.get("retired", []),
        tuple(found),
    )


_LISTS: Final = frozenset(
    ["stakeholders", "criteria", "applies_when", "references", "sources", "verified_edition"]
    + [name for name in TEXTS if name.startswith("expected_evidence")]
)


def _fill(values: dict[str, Any]) -> None:
    """Put an empty value where a draft lacks one."""
    nothing: frozenset[str] = frozenset()
    places = [(values["meta"], _META), (values["meta"]["source_document"], _DOCUMENT)]
    places += [(section, _section(nothing)) for section in values["sections"]]
    for entry in values["recommendations"]:
        places += [
            (entry, _recommendation(nothing)),
            (entry["provenance"], _provenance(nothing, nothing)),
        ]
    for node, shape in places:
        for key in shape.may_lack:
            if is_empty(node.get(key)):
                node[key] = [] if key in _LISTS else ""


def _problems(document: Any) -> Iterator[Problem]:
    parts = ("meta", "sections", "recommendations")
    top = Shape(dict.fromkeys(parts, anything), {"retired": anything})
    yield from top.problems(document, "file", 1)
    meta = document.get("meta")
    meta_line = line_of(document, "meta")
    yield from _META.problems(meta, "meta", meta_line)
    meta = meta if isinstance(meta, dict) else {}
    if "source_document" in meta:
        line = line_of(meta, "source_document")
        yield from _DOCUMENT.problems(meta["source_document"], "meta.source_document", line)
    for name in _TERMS:
        least = 0 if name == "provenance_basis" else 1
        yield from _list(meta, name, _TERM, f"meta.{name}", key="key", least=least)
        for term in _dicts(meta.get(name)):
            if name in _KNOWN and (reason := one_of(_KNOWN[name])(term.get("key"))):
                yield Problem(line_of(term, "key"), f"meta.{name}", f"key: {reason}")
    yield from _list(meta, "sources", _SOURCE, "meta.sources", key="key", least=0)
    sources = _keys(meta.get("sources"), "key")
    yield from _list(document, "sections", _section(sources), "sections", key="key")
    shape = _recommendation(_keys(document.get("sections"), "key"))
    yield from _list(document, "recommendations", shape, "recommendations", key="id")
    phases = {str(s.get("key")): s.get("phase") for s in _dicts(document.get("sections"))}
    provenance = _provenance(sources, _keys(meta.get("provenance_basis"), "key"))
    for entry in _dicts(document.get("recommendations")):
        yield from _across(entry, phases, provenance)
    yield from _following(document, meta)


def _following(document: Any, meta: Any) -> Iterator[Problem]:
    """Check what the file says of the edition before: which, and what became of its entries."""
    if "based_on" in meta:
        line = line_of(meta, "based_on")
        yield from _BASED_ON.problems(meta["based_on"], "meta.based_on", line)
    yield from _list(document, "retired", _RETIRED, "retired", key="id")
    retired = _keys(document.get("retired"), "id")
    why = _("it needs meta.based_on: the edition that this one follows")
    if retired and "based_on" not in meta:
        yield Problem(line_of(document, "retired"), "retired", why)
    for entry in _dicts(document.get("recommendations")):
        codes = entry.get("replaces")
        if not isinstance(codes, list) or not codes:
            continue
        name, line = str(entry.get("id", "recommendations")), line_of(entry, "replaces")
        if "based_on" not in meta:
            yield Problem(line, name, f"replaces: {why}")
        elif both := [code for code in codes if code in retired]:
            reason = _("replaces: %(code)s is retired as well") % {"code": both[0]}
            yield Problem(line, name, reason)


def _across(entry: Any, phases: Mapping[str, Any], provenance: Shape) -> Iterator[Problem]:
    """Check what several keys of a recommendation say together."""
    name = str(entry.get("id", "recommendations"))
    if "provenance" in entry:
        line = line_of(entry, "provenance")
        yield from provenance.problems(entry["provenance"], f"{name}.provenance", line)
    section = str(entry.get("section"))
    if phases.get(section, entry.get("phase")) != entry.get("phase"):
        words = {"section": section, "phase": phases[section]}
        reason = _("section %(section)s belongs to phase %(phase)s") % words
        yield Problem(line_of(entry, "section"), name, reason)
    if isinstance(entry.get("provenance"), dict):
        said = [key for key in entry["provenance"] if str(key).startswith("confirmed_")]
        if said and len(said) < 3:  # noqa: PLR2004 -- as, on, by
            reason = _("confirmed_as, confirmed_on and confirmed_by go together")
            yield Problem(line_of(entry["provenance"], said[0]), name, reason)
    french, english = entry.get("expected_evidence_fr"), entry.get("expected_evidence_en")
    if isinstance(french, list) and isinstance(english, list) and len(french) != len(english):
        reason = _("expected_evidence: as many items in French as in English")
        is_gap = not french or not english
        yield Problem(line_of(entry, "expected_evidence_en"), name, reason, is_gap)


def _list(
    parent: Any, name: str, shape: Shape, entry: str, *, key: str, least: int = 1
) -> Iterator[Problem]:
    """Check a list of mappings whose ``key`` is different in each."""
    if name not in parent:
        return  # the shape of the parent says so
    items = parent[name]
    if not isinstance(items, list) or not least <= len(items) <= MAX_ENTRIES:
        words = {"least": least, "most": MAX_ENTRIES}
        reason = _("a list of %(least)s to %(most)s entries is expected") % words
        yield Problem(line_of(parent, name), entry, reason)
        return
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        line = line_of(items, index)
        label = str(item.get(key, entry)) if isinstance(item, dict) else entry
        yield from shape.problems(item, label, line)
        if label in seen and label != entry:
            said = {"key": key, "place": named(seen[label])}
            reason = _("%(key)s stands already in %(place)s") % said
            yield Problem(line, label, reason, first=seen[label])
        seen.setdefault(label, line)


def _dicts(items: Any) -> list[Any]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _keys(items: Any, key: str) -> frozenset[str]:
    return frozenset(str(item.get(key)) for item in _dicts(items))
