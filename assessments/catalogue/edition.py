"""An edition as values: its rows from a file, what it says, the digest of that."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from django.db import models
from django.utils.translation import gettext as _

from assessments.catalogue.following import named, stand_in
from assessments.catalogue.schema import CatalogueFile
from assessments.models import (
    Catalogue,
    Recommendation,
    Retirement,
    Section,
    Source,
    Succession,
)

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
        "confirmed_as",
        "confirmed_on",
        "confirmed_by",
    ),
}
# Said only by who has something to say: editions of before keep their digest.
UNLESS_EMPTY: Final = frozenset({"confirmed_as", "confirmed_on", "confirmed_by"})


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition with its rows, saved or not."""

    catalogue: Catalogue
    sources: Sequence[Source]
    sections: Sequence[Section]
    recommendations: Sequence[Recommendation]
    successions: Sequence[Succession] = ()
    retirements: Sequence[Retirement] = ()

    @classmethod
    def of(cls, catalogue: Catalogue) -> Edition:
        """Read the rows of ``catalogue``."""
        return cls(
            catalogue,
            list(catalogue.sources.order_by("key")),
            list(catalogue.sections.order_by("position")),
            list(catalogue.recommendations.select_related("section").order_by("position")),
            list(catalogue.successions.select_related("predecessor").order_by("pk")),
            list(catalogue.retirements.select_related("predecessor").order_by("pk")),
        )

    def content(self) -> dict[str, Any]:
        """Return what the edition says, as plain values."""
        replaced: dict[Any, list[str]] = defaultdict(list)
        for link in self.successions:
            replaced[link.successor_id].append(link.predecessor.code)
        return {
            **_said(self.catalogue),
            **self._followed(),
            "sources": {row.key: _said(row) for row in self.sources},
            "sections": {row.key: _said(row) for row in self.sections},
            "recommendations": {
                row.code: {
                    **_said(row),
                    "section": row.section.key,
                    **({"replaces": sorted(replaced[row.pk])} if row.pk in replaced else {}),
                }
                for row in self.recommendations
            },
        }

    def _followed(self) -> dict[str, Any]:
        """Return which edition this one follows, and which entries of it have no successor."""
        older = self.catalogue.based_on
        if older is None:
            return {}
        retired = {
            row.predecessor.code: {"reason_fr": row.reason_fr, "reason_en": row.reason_en}
            for row in self.retirements
        }
        return {"based_on": {"key": older.key, "edition": older.edition}, "retired": retired}


def _said(row: models.Model) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in SAID[type(row)]}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
        if value or name not in UNLESS_EMPTY
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
            name
            for name in {**here, **file}
            if name != "recommendations" and here.get(name) != file.get(name)
        ],
    }
    return "; ".join(f"{label} {_listed(names)}" for label, names in found.items() if names)


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" (+ {more})" if more > 0 else "")


class NotInThatEdition(Exception):
    """The file names entries that the edition it follows does not have: ``codes``."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def from_file(
    file: CatalogueFile,
    *,
    based_on: Catalogue | None = None,
    predecessors: Mapping[str, Recommendation] | None = None,
) -> Edition:
    """Return the rows, not saved yet, of a checked file.

    ``predecessors`` are the entries, by code, of the edition that it is ``based_on``; without,
    rows stand in for them.

    Raises:
        NotInThatEdition: one that it replaces or retires is not among them.
    """
    meta, document = file.meta, file.meta["source_document"]
    columns = {"catalogue_id", "catalogue_version", "disclaimer_fr", "disclaimer_en", "sources"}
    columns |= {"based_on"}
    older = predecessors or {}
    if predecessors is None:
        based_on, older = stand_in(file)
    if unknown := [code for code in named(file) if code not in older]:
        raise NotInThatEdition(unknown)
    catalogue = Catalogue(
        based_on=based_on,
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
    rows = [
        _recommendation(each, position, catalogue, sections[each["section"]])
        for position, each in enumerate(file.recommendations, start=1)
    ]
    return Edition(
        catalogue,
        [
            Source(catalogue=catalogue, key=s["key"], title=s["title"], url=s.get("url") or "")
            for s in meta["sources"]
        ],
        list(sections.values()),
        rows,
        [
            Succession(catalogue=catalogue, predecessor=older[code], successor=row)
            for row, each in zip(rows, file.recommendations, strict=True)
            for code in each.get("replaces", ())
        ],
        [
            Retirement(
                catalogue=catalogue,
                predecessor=older[each["id"]],
                reason_fr=each["reason_fr"],
                reason_en=each["reason_en"],
            )
            for each in file.retired
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
        confirmed_as=provenance.get("confirmed_as") or "",
        confirmed_by=provenance.get("confirmed_by") or "",
        confirmed_on=_day(provenance.get("confirmed_on")),
        **{name: entry[name] for name in _COPIED},
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
