"""The sheets of a workbook: which columns each has, and what a cell of one says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assessments.catalogue.schema import TEXTS

TEXT, NUMBER, LIST, JSON = "text", "number", "list", "json"
EDITION, SOURCES, SECTIONS, ENTRIES, TERMS, RETIRED = (
    "edition",
    "sources",
    "sections",
    "recommendations",
    "terms",
    "retired",
)
SHEETS: Final[Mapping[str, Any]] = {
    EDITION: pgettext_lazy("sheet", "Edition"),
    SOURCES: pgettext_lazy("sheet", "Sources"),
    SECTIONS: pgettext_lazy("sheet", "Sections"),
    ENTRIES: pgettext_lazy("sheet", "Recommendations"),
    TERMS: pgettext_lazy("sheet", "Terms"),
    RETIRED: pgettext_lazy("sheet", "Retired"),
}
# What of an edition is a mapping: each of its keys is a row.
NESTED: Final = ("source_document", "based_on")
# By these a sheet is known again, whatever it is called.
NEEDED: Final[Mapping[str, frozenset[str]]] = {
    ENTRIES: frozenset({"id", "section", "title_fr", "title_en"}),
    SECTIONS: frozenset({"key", "phase", "fr", "en"}),
    TERMS: frozenset({"list", "key", "fr", "en"}),
    EDITION: frozenset({"field", "value", "fr", "en"}),
    SOURCES: frozenset({"key", "title"}),
    RETIRED: frozenset({"id", "reason_fr", "reason_en"}),
}
_LISTS: Final = frozenset(
    ["sources", "stakeholders", "criteria", "applies_when", "references", "replaces"]
    + ["provenance.verified_edition", "provenance.sources"]
    + [name for name in TEXTS if name.startswith("expected_evidence")]
)
_NUMBERS: Final = frozenset(["order", "provenance.official_page"])
# What an empty cell says nothing of, and what it says is not known.
_OPTIONAL: Final = frozenset(
    {
        "replaces",
        "provenance.basis",
        "provenance.confirmed_as",
        "provenance.confirmed_on",
        "provenance.confirmed_by",
        "order",
        "id_prefix",
        "alias_fr",
        "alias_en",
        "definition_fr",
        "definition_en",
    }
)
_NULL: Final = frozenset(["url", "provenance.official_number", "provenance.official_page"])
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    SOURCES: ("key", "title", "url"),
    SECTIONS: ("key", "phase", "fr", "en", "title_status", "sources"),
    ENTRIES: (
        "id",
        "phase",
        "section",
        *TEXTS,
        "stakeholders",
        "criteria",
        "applies_when",
        "references",
        "replaces",
        *(
            f"provenance.{name}"
            for name in ("status", "confidence", "basis", "sources", "verified_edition")
        ),
        *(
            f"provenance.{name}"
            for name in ("note_fr", "note_en", "official_number", "official_page")
        ),
        *(f"provenance.{name}" for name in ("confirmed_as", "confirmed_on", "confirmed_by")),
    ),
    RETIRED: ("id", "reason_fr", "reason_en"),
    TERMS: (
        "list",
        "key",
        "order",
        "id_prefix",
        *("fr", "en", "alias_fr", "alias_en", "definition_fr", "definition_en"),
    ),
}
LABELS: Final[Mapping[str, Any]] = {
    "field": _("field"),
    "value": _("value"),
    "fr": _("French"),
    "en": _("English"),
    "key": _("key"),
    "list": _("list"),
    "id": _("code"),
    "title": _("title"),
    "url": _("address"),
    "phase": _("phase"),
    "section": _("section"),
    "sources": _("sources"),
    "title_status": _("provenance of the title"),
    "title_fr": _("title (French)"),
    "title_en": _("title (English)"),
    "statement_fr": _("statement (French)"),
    "statement_en": _("statement (English)"),
    "rationale_fr": _("rationale (French)"),
    "rationale_en": _("rationale (English)"),
    "expected_evidence_fr": _("expected evidence (French)"),
    "expected_evidence_en": _("expected evidence (English)"),
    "stakeholders": _("stakeholders"),
    "criteria": _("criteria"),
    "applies_when": _("applies when"),
    "references": _("references"),
    "replaces": _("takes the place of"),
    "reason_fr": _("reason (French)"),
    "reason_en": _("reason (English)"),
    "provenance.status": _("provenance"),
    "provenance.confidence": _("confidence"),
    "provenance.basis": _("place in the document"),
    "provenance.sources": _("sources"),
    "provenance.verified_edition": _("editions it was verified in"),
    "provenance.note_fr": _("note on provenance (French)"),
    "provenance.note_en": _("note on provenance (English)"),
    "provenance.official_number": _("official number"),
    "provenance.official_page": _("official page"),
    "provenance.confirmed_as": _("confirmed as"),
    "provenance.confirmed_on": _("confirmed on"),
    "provenance.confirmed_by": _("confirmed by"),
    "order": _("position"),
    "id_prefix": _("prefix of codes"),
    "alias_fr": _("other name (French)"),
    "alias_en": _("other name (English)"),
    "definition_fr": _("definition (French)"),
    "definition_en": _("definition (English)"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name of what it holds, and how a cell says it."""

    name: str
    kind: str

    @property
    def head(self) -> str:
        """What stands above the column, for the way back."""
        return self.name if self.kind == TEXT else f"{self.name}:{self.kind}"

    @classmethod
    def of(cls, head: str) -> Column:
        """Return the column under ``head``."""
        name, _colon, kind = head.strip().partition(":")
        return cls(name, kind if kind in {NUMBER, LIST, JSON} else TEXT)


def columns_of(sheet: str, rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Return the columns of a sheet: those every edition has, and what else its rows hold."""
    known = COLUMNS[sheet]
    others = sorted({name for row in rows for name in row} - set(known))
    return [
        Column(name, kind_of(name, (row.get(name) for row in rows))) for name in (*known, *others)
    ]


def kind_of(name: str, values: Iterable[Any]) -> str:
    """Return how cells of the column ``name`` say their values."""
    if name in _LISTS:
        return LIST
    if name in _NUMBERS:
        return NUMBER
    if name in LABELS:
        return TEXT
    kinds = {_kind(value) for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 else JSON if kinds else TEXT


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return TEXT if value else JSON
    return NUMBER if isinstance(value, int) and not isinstance(value, bool) else JSON


def said(kind: str, value: Any) -> str | int | None:
    """Return what a cell holds."""
    if value is None:
        return None
    if kind == JSON:
        return json.dumps(value, ensure_ascii=False)
    if kind == LIST:
        lines = "\n".join(value)
        is_plain = lines.split("\n") == value and not any(
            item != item.strip() or not item or item.startswith("[") for item in value
        )
        return lines if is_plain else json.dumps(value, ensure_ascii=False) if value else None
    return value if isinstance(value, int) else str(value)


def understood(column: Column, text: str) -> Any:
    """Return the value that a cell with ``text`` holds.

    Raises:
        ValueError: a number or JSON is expected, and it is none.
    """
    if column.kind == LIST:
        return _items(text)
    if column.kind == JSON:
        return json.loads(text)
    return int(text) if column.kind == NUMBER else text


def _items(text: str) -> list[Any]:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return found
    return [line.strip() for line in text.split("\n") if line.strip()]


def empty(column: Column) -> tuple[bool, Any]:
    """Return whether an empty cell says something, and what."""
    if column.name in _OPTIONAL:
        return False, None
    if column.name in _NULL:
        return True, None
    if column.kind == LIST:
        return True, []
    return (True, "") if column.kind == TEXT and column.name in LABELS else (False, None)
