"""What answers say for neighbouring frameworks, as the record holds it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assessments.dossier.edition import Text


@dataclass(frozen=True, slots=True)
class MappedRecommendation:
    """What a recommendation is to the requirement (``relation``, in this direction), and why."""

    code: str
    relation: str
    status: str
    confidence: str
    rationale: Text
    source: str


@dataclass(frozen=True, slots=True)
class MappedRequirement:
    """A requirement with what leads to it; ``support`` is empty for a heading."""

    ref: str
    title: Text
    confidence: str
    support: str
    mappings: tuple[MappedRecommendation, ...]


@dataclass(frozen=True, slots=True)
class MappedFramework:
    """An edition of a law, a standard or a guide, as the portal lists its places."""

    key: str
    edition: Text
    name: Text
    short: Text
    publisher: str
    address: str
    dated: str
    nature: str
    confidence: str
    source: Text
    note: Text
    content_sha256: str
    requirements: tuple[MappedRequirement, ...]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """The frameworks chosen for the dossier; ``status`` says what the mappings are worth."""

    generated_on: dt.date | None
    status: Text
    frameworks: tuple[MappedFramework, ...]
