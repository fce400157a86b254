"""An edition as its file says it: the plain values that every format writes.

The inverse of :func:`assessments.catalogue.edition.from_file`. Keys come in one order whatever
the database keeps, so that the same edition is the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from assessments.catalogue.edition import Edition
from assessments.catalogue.terms import own_terms
from assessments.models import Catalogue, Recommendation, Retirement, Section, Source

# In source_document, and in columns: what the columns say counts.
_IN_BOTH: Final = (
    "title_fr",
    "title_en",
    "issuer",
    "published",
    "legal_value_fr",
    "legal_value_en",
)
_META: Final = (
    "catalogue_id",
    "catalogue_version",
    "source_document",
    "disclaimer_fr",
    "disclaimer_en",
    "scope_fr",
    "scope_en",
    "based_on",
    *own_terms(),
    "sources",
)
_TERM: Final = ("key", "order", "id_prefix", "fr", "en", "alias_fr", "alias_en")


def document(edition: Edition) -> dict[str, Any]:
    """Return what the file of ``edition`` holds, as plain values."""
    catalogue = edition.catalogue
    meta = {
        **vocabulary_of(catalogue),
        "catalogue_id": catalogue.key,
        "catalogue_version": catalogue.edition,
        "disclaimer_fr": catalogue.disclaimer_fr,
        "disclaimer_en": catalogue.disclaimer_en,
        "sources": [_source(row) for row in edition.sources],
    }
    older = catalogue.based_on
    if older is not None:
        meta["based_on"] = {"catalogue_id": older.key, "catalogue_version": older.edition}
    replaced: dict[Any, list[str]] = defaultdict(list)
    for link in edition.successions:
        replaced[link.successor_id].append(link.predecessor.code)
    values: dict[str, Any] = {
        "meta": _ordered(meta, _META),
        "sections": [_section(row) for row in edition.sections],
        "recommendations": [
            _recommendation(row, sorted(replaced[row.pk])) for row in edition.recommendations
        ],
    }
    if edition.retirements:
        values["retired"] = [_retired(row) for row in _in_order(edition.retirements)]
    return values


def _in_order(rows: Iterable[Retirement]) -> list[Retirement]:
    return sorted(rows, key=lambda row: row.predecessor.code)


def _retired(row: Retirement) -> dict[str, Any]:
    return {
        "id": row.predecessor.code,
        "reason_fr": row.reason_fr,
        "reason_en": row.reason_en,
    }


def vocabulary_of(catalogue: Catalogue) -> dict[str, Any]:
    """Return the vocabulary as a file of the edition gives it back.

    An edition made or changed by hand may lack terms, or name a document by other words than
    its columns do.
    """
    own: Mapping[str, Any] = own_terms() | catalogue.vocabulary
    named = dict(own.get("source_document") or {})
    named |= {
        "title_fr": catalogue.title_fr,
        "title_en": catalogue.title_en,
        "issuer": catalogue.issuer,
        "published": catalogue.source_published_on.isoformat(),
        "legal_value_fr": catalogue.legal_value_fr,
        "legal_value_en": catalogue.legal_value_en,
    }
    found: dict[str, Any] = {"source_document": _ordered(named, _IN_BOTH)}
    for name, value in own.items():
        if name != "source_document":
            is_terms = isinstance(value, list) and all(isinstance(term, dict) for term in value)
            found[name] = [_ordered(term, _TERM) for term in value] if is_terms else value
    return found


def _ordered(values: Mapping[str, Any], first: Iterable[str]) -> dict[str, Any]:
    """Return ``values`` with some keys first, the others by name; so in what they hold, too."""
    names = [name for name in first if name in values]
    names += sorted(set(values) - set(names))
    inner = {"source_document": _IN_BOTH}
    return {
        name: _ordered(value, inner.get(name, ()))
        if isinstance(value := values[name], dict)
        else value
        for name in names
    }


def _source(row: Source) -> dict[str, Any]:
    return {"key": row.key, "title": row.title, "url": row.url or None}


def _section(row: Section) -> dict[str, Any]:
    return {
        "key": row.key,
        "phase": row.phase,
        "fr": row.title_fr,
        "en": row.title_en,
        "title_status": row.title_status,
        "sources": row.source_keys,
    }


def _recommendation(row: Recommendation, replaces: list[str]) -> dict[str, Any]:
    provenance: dict[str, Any] = {
        "status": row.provenance_status,
        "confidence": row.confidence,
        "verified_edition": row.verified_editions,
        "sources": row.source_keys,
        "note_fr": row.provenance_note_fr,
        "note_en": row.provenance_note_en,
        "official_number": row.official_number or None,
        "official_page": row.official_page,
    }
    if row.provenance_basis:
        provenance["basis"] = row.provenance_basis
    if row.confirmed_as:
        provenance["confirmed_as"] = row.confirmed_as
    if row.confirmed_on:
        provenance["confirmed_on"] = row.confirmed_on.isoformat()
    if row.confirmed_by:
        provenance["confirmed_by"] = row.confirmed_by
    return {
        "id": row.code,
        "phase": row.phase,
        "section": row.section.key,
        "title_fr": row.title_fr,
        "title_en": row.title_en,
        "statement_fr": row.statement_fr,
        "statement_en": row.statement_en,
        "rationale_fr": row.rationale_fr,
        "rationale_en": row.rationale_en,
        "stakeholders": row.stakeholders,
        "criteria": row.criteria,
        "applies_when": row.applies_when,
        "expected_evidence_fr": row.expected_evidence_fr,
        "expected_evidence_en": row.expected_evidence_en,
        "references": row.references,
        **({"replaces": replaces} if replaces else {}),
        "provenance": provenance,
    }
