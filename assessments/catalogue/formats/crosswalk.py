"""What entries of an edition are mapped to in other frameworks, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Our relations, and what CISO Assistant calls them.
RELATIONS: Final = {
    "equal": "equal",
    "subset": "subset",
    "superset": "superset",
    "intersects": "intersect",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A requirement of a neighbouring framework."""

    ref: str
    title_fr: str
    title_en: str
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A neighbouring framework, with our own words for its titles."""

    key: str
    name_fr: str
    name_en: str
    version: str = ""
    publisher: str = ""
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How an entry relates to a requirement; ``relation`` is a key of :data:`RELATIONS`."""

    code: str
    framework: str
    ref: str
    relation: str
    rationale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosswalk:
    """What an edition is mapped to."""

    frameworks: tuple[Framework, ...] = ()
    links: tuple[Link, ...] = ()
