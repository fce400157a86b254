"""An edition as values: its rows from a file, what it says, the digest of that."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from django.db import models
from django.utils.translation import gettext as _

from assessments.catalogue.schema import CatalogueFile
from assessments.models import Catalogue, Recommendation, Section, Source

SHOWN_NAMES: Final = 10

# What an edition says, and its digest is taken of: column by column, in any order.
SAID: Final[dict[type[models.Model], tuple[str, ...]]] = {
    Catalogue: (
        "key",
        "edition",
        "title_fr",
        "title_en",
        "issuer",
        "source_published_on",
        "legal_value_fr",
        "legal_value_en",
        "disclaimer_fr",
        "disclaimer_en",
        "vocabulary",
    ),
    Source: ("key", "title", "url"),
    Section: ("key", "phase", "position", "title_fr", "title_en", "title_status", "source_keys"),
    Recommendation: (
        "code",
        "phase",
        "position",
        "title_fr",
        "title_en",
        "statement_fr",
        "statement_en",
        "rationale_fr",
        "rationale_en",
        "expected_evidence_fr",
        "expected_evidence_en",
        "stakeholders",
        "criteria",
        "applies_when",
        "references",
        "provenance_status",
        "confidence",
        "provenance_basis",
        "provenance_note_fr",
        "provenance_note_en",
        "verified_editions",
        "source_keys",
        "official_number",
        "official_page",
    ),
}


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition with its rows, saved or not."""

    catalogue: Catalogue
    sources: Sequence[Source]
    sections: Sequence[Section]
    recommendations: Sequence[Recommendation]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Edition:
        """Read the rows of ``catalogue``."""
        return cls(
            catalogue,
            list(catalogue.sources.order_by("key")),
            list(catalogue.sections.order_by("position")),
            list(catalogue.recommendations.select_related("section").order_by("position")),
        )

    def content(self) -> dict[str, Any]:
        """Return what the edition says, as plain values."""
        return {
            **_said(self.catalogue),
            "sources": {row.key: _said(row) for row in self.sources},
            "sections": {row.key: _said(row) for row in self.sections},
            "recommendations": {
                row.code: {**_said(row), "section": row.section.key} for row in self.recommendations
            },
        }


def _said(row: models.Model) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in SAID[type(row)]}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
    }


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON (RFC 8785) of what an edition says, hex."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def differences(here: dict[str, Any], file: dict[str, Any]) -> str:
    """Name in a few words what differs between two contents of an edition."""
    old, new = here["recommendations"], file["recommendations"]
    found = {
        _("reworded"): [code for code in old if code in new and old[code] != new[code]],
        _("added"): [code for code in new if code not in old],
        _("removed"): [code for code in old if code not in new],
        _("outside the recommendations"): [
            name for name in here if name != "recommendations" and here[name] != file[name]
        ],
    }
    return "; ".join(f"{label} {_listed(names)}" for label, names in found.items() if names)


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" (+ {more})" if more > 0 else "")


def from_file(file: CatalogueFile) -> Edition:
    """Return the rows, not saved yet, of a checked file."""
    meta, document = file.meta, file.meta["source_document"]
    columns = {"catalogue_id", "catalogue_version", "disclaimer_fr", "disclaimer_en", "sources"}
    catalogue = Catalogue(
        key=meta["catalogue_id"],
        edition=meta["catalogue_version"],
        title_fr=document["title_fr"],
        title_en=document["title_en"],
        issuer=document["issuer"],
        source_published_on=dt.date.fromisoformat(document["published"]),
        legal_value_fr=document["legal_value_fr"],
        legal_value_en=document["legal_value_en"],
        disclaimer_fr=meta["disclaimer_fr"],
        disclaimer_en=meta["disclaimer_en"],
        vocabulary={name: value for name, value in meta.items() if name not in columns},
    )
    sections = {
        each["key"]: Section(
            catalogue=catalogue,
            key=each["key"],
            phase=each["phase"],
            position=position,
            title_fr=each["fr"],
            title_en=each["en"],
            title_status=each["title_status"],
            source_keys=each["sources"],
        )
        for position, each in enumerate(file.sections, start=1)
    }
    return Edition(
        catalogue,
        [
            Source(catalogue=catalogue, key=s["key"], title=s["title"], url=s.get("url") or "")
            for s in meta["sources"]
        ],
        list(sections.values()),
        [
            _recommendation(each, position, catalogue, sections[each["section"]])
            for position, each in enumerate(file.recommendations, start=1)
        ],
    )


_COPIED: Final = (
    "phase",
    "title_fr",
    "title_en",
    "statement_fr",
    "statement_en",
    "rationale_fr",
    "rationale_en",
    "expected_evidence_fr",
    "expected_evidence_en",
    "stakeholders",
    "criteria",
    "applies_when",
    "references",
)


def _recommendation(
    entry: dict[str, Any], position: int, catalogue: Catalogue, section: Section
) -> Recommendation:
    provenance = entry["provenance"]
    return Recommendation(
        catalogue=catalogue,
        section=section,
        code=entry["id"],
        position=position,
        provenance_status=provenance["status"],
        confidence=provenance["confidence"],
        provenance_basis=provenance.get("basis") or "",
        provenance_note_fr=provenance["note_fr"],
        provenance_note_en=provenance["note_en"],
        verified_editions=provenance["verified_edition"],
        source_keys=provenance["sources"],
        official_number=provenance["official_number"] or "",
        official_page=provenance["official_page"],
        **{name: entry[name] for name in _COPIED},
    )
