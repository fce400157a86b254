"""The part of the record that comes from the catalogue: an edition and its entries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the catalogue in both languages."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts in both languages; the lists need not be of one length."""

    fr: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """What a key of a closed list means; ``definition`` is empty when the label says it all."""

    vocabulary: str
    key: str
    label: Text
    definition: Text


@dataclass(frozen=True, slots=True)
class Source:
    """A public source that entries of the edition cite."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The edition that was assessed against."""

    key: str
    edition: str
    title: Text
    issuer: str
    source_published_on: dt.date
    legal_value: Text
    disclaimer: Text
    content_sha256: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """How far a public source confirms an entry."""

    status: str
    confidence: str
    basis: str
    note: Text
    verified_editions: tuple[str, ...]
    sources: tuple[str, ...]
    official_number: str
    official_page: int | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One entry of the edition, whole."""

    code: str
    title: Text
    statement: Text
    rationale: Text
    expected_evidence: Texts
    stakeholders: tuple[str, ...]
    criteria: tuple[str, ...]
    applies_when: tuple[str, ...]
    references: tuple[str, ...]
    provenance: Provenance
