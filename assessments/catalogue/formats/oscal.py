"""An edition as an OSCAL catalog (NIST, 1.2.1).

Phases are groups, sections groups in them, entries controls with the parts *statement* and
*guidance*. What OSCAL has no place for, French among it, stands in properties and parts of our
namespace, so that the file read back is the same edition.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import rfc8785
from django.utils.encoding import iri_to_uri

from assessments.catalogue.formats.properties import NS, line, properties
from assessments.catalogue.terms import LISTS

VERSION: Final = "1.2.1"
GENERATOR: Final = "ANSM portal"
EARLIEST, LATEST = "1900-01-01", "2899-12-31"  # that OSCAL can say
PHASE, SECTION, TERMS, RETIRED = "phase", "section", "terms", "retired"
EVIDENCE, ITEM = "expected-evidence", "item"
WITHDRAWN: Final = "withdrawn"
# The parts of an entry by the texts they say; the English ones have names of OSCAL.
PARTS: Final = {"statement": "statement", "guidance": "rationale"}


def write(document: dict[str, Any], *, changed_at: dt.datetime | None = None) -> bytes:
    """Return ``document`` as JSON, valid against NIST's schema of OSCAL catalogs.

    ``changed_at`` is when it last changed; else the day its source was published.
    """
    catalog = _Catalog(document, changed_at).whole()
    return (json.dumps({"catalog": catalog}, ensure_ascii=False, indent=2) + "\n").encode()


class _Catalog:
    def __init__(self, document: dict[str, Any], changed_at: dt.datetime | None) -> None:
        self.meta = document["meta"]
        self.sections, self.entries = document["sections"], document["recommendations"]
        self.retired = document.get("retired", [])
        self.changed_at = changed_at
        content = hashlib.sha256(rfc8785.dumps(document)).hexdigest()
        self.root = uuid5(NAMESPACE_URL, f"{NS}:{content}")
        self.taken: set[str] = set()
        self.resources = {
            source["key"]: str(self._uuid("source", source["key"]))
            for source in self.meta["sources"]
        }

    def _uuid(self, *names: str) -> UUID:
        return uuid5(self.root, "\x1f".join(names))

    def whole(self) -> dict[str, Any]:
        labels = {term["key"]: term for term in self.meta["phases"]}
        phases = list(dict.fromkeys(section["phase"] for section in self.sections))
        groups = [self._phase(phase, labels.get(phase, {})) for phase in phases]
        catalog: dict[str, Any] = {
            "uuid": str(self._uuid("catalog")),
            "metadata": self._metadata(),
            "groups": [*groups, *self._gone(), self._terms()],
        }
        if self.meta["sources"]:
            catalog["back-matter"] = {"resources": [self._source(s) for s in self.meta["sources"]]}
        return catalog

    def _metadata(self) -> dict[str, Any]:
        document = self.meta["source_document"]
        apart = {*LISTS, "sources", "source_document"}
        own = {name: value for name, value in self.meta.items() if name not in apart}
        day = f"{min(max(document['published'], EARLIEST), LATEST)}T00:00:00Z"
        changed = self.changed_at
        return {
            "title": line(document["title_en"]) or line(document["title_fr"]) or "-",
            "last-modified": f"{changed.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if changed else day,
            "version": line(self.meta["catalogue_version"]),
            "oscal-version": VERSION,
            "props": [
                *properties({"generator": GENERATOR}),
                *properties(own, group="edition"),
                *properties(document, group="source-document"),
            ],
            "remarks": f"{self.meta['disclaimer_en']}\n\n{self.meta['disclaimer_fr']}",
        }

    def _phase(self, phase: str, term: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self._token(f"phase-{phase or 'none'}"),
            "class": PHASE,
            "title": line(term.get("en", phase)) or "-",
            "props": properties({"phase": phase, "title_fr": term.get("fr", phase)}),
            "groups": [
                self._section(section, position)
                for position, section in enumerate(self.sections, start=1)
                if section["phase"] == phase
            ],
        }

    def _section(self, section: dict[str, Any], position: int) -> dict[str, Any]:
        group: dict[str, Any] = {
            "id": self._token(f"section-{section['key']}"),
            "class": SECTION,
            "title": line(section["en"]) or "-",
            "props": [*self._order(section["key"], position), *properties(section)],
        }
        if links := self._links(section["sources"]):
            group["links"] = links
        if controls := [
            self._control(entry, place)
            for place, entry in enumerate(self.entries, start=1)
            if entry["section"] == section["key"]
        ]:
            group["controls"] = controls
        return group

    def _control(self, entry: dict[str, Any], position: int) -> dict[str, Any]:
        name = self._token(entry["id"])
        apart = {"provenance", *(f"{text}_{lang}" for text in PARTS.values() for lang in _BOTH)}
        apart |= {f"expected_evidence_{language}" for language in _BOTH}
        own = {key: value for key, value in entry.items() if key not in apart}
        control: dict[str, Any] = {
            "id": name,
            "title": line(entry["title_en"]) or "-",
            "props": [
                *self._order(entry["id"], position),
                *properties(own),
                *properties(entry["provenance"], group="provenance"),
            ],
        }
        if links := self._links(entry["provenance"]["sources"]):
            control["links"] = links
        if parts := list(self._parts(entry, name)):
            control["parts"] = parts
        return control

    def _parts(self, entry: dict[str, Any], name: str) -> Any:
        for part, text in PARTS.items():
            if prose := entry[f"{text}_en"]:
                yield {"id": self._token(f"{name}_{part}"), "name": part, "prose": prose}
            if prose := entry[f"{text}_fr"]:
                yield {"name": part, "ns": NS, "class": "fr", "props": _FRENCH, "prose": prose}
        for language in _BOTH:
            if items := entry[f"expected_evidence_{language}"]:
                yield {
                    "name": EVIDENCE,
                    "ns": NS,
                    "class": language,
                    "props": properties({"lang": language}),
                    "parts": [{"name": ITEM, "ns": NS, "prose": item} for item in items],
                }

    def _order(self, label: str, position: int) -> list[dict[str, str]]:
        return [
            {"name": "label", "value": line(label) or "-"},
            {"name": "sort-id", "value": f"{position:04}"},
        ]

    def _links(self, keys: list[str]) -> list[dict[str, str]]:
        return [
            {"href": f"#{self.resources[key]}", "rel": "reference"}
            for key in keys
            if key in self.resources
        ]

    def _gone(self) -> Iterator[dict[str, Any]]:
        """Yield what was retired with this edition, as a group of withdrawn controls."""
        if self.retired:
            yield {
                "id": self._token(RETIRED),
                "class": RETIRED,
                "title": "Retired",
                "controls": [
                    {
                        "id": self._token(f"{RETIRED}-{entry['id']}"),
                        "title": line(entry["id"]) or "-",
                        "props": [
                            *self._order(entry["id"], position),
                            {"name": "status", "value": WITHDRAWN},
                            *properties(entry),
                        ],
                    }
                    for position, entry in enumerate(self.retired, start=1)
                ],
            }

    def _terms(self) -> dict[str, Any]:
        """Return what the keys mean, as parts of a group of its own."""
        return {
            "id": self._token(TERMS),
            "class": TERMS,
            "title": "Terms",
            "parts": [
                {
                    "name": name.replace("_", "-"),
                    "ns": NS,
                    "parts": [
                        {
                            "name": "term",
                            "ns": NS,
                            "title": line(term["en"]) or "-",
                            "props": properties(term),
                        }
                        for term in self.meta[name]
                    ],
                }
                for name in LISTS
                if self.meta[name]
            ],
        }

    def _source(self, source: dict[str, Any]) -> dict[str, Any]:
        resource: dict[str, Any] = {
            "uuid": self.resources[source["key"]],
            "title": line(source["title"]),
            "props": properties(source),
        }
        if source.get("url"):
            resource["rlinks"] = [{"href": iri_to_uri(source["url"])}]
        return resource

    def _token(self, text: str) -> str:
        """Return ``text`` as a key of OSCAL that no other has."""
        token = "".join(letter if _FITS.match(letter) else "_" for letter in text)
        if not (token[:1].isalpha() or token[:1] == "_"):
            token = f"_{token}"
        found, n = token, 1
        while found.casefold() in self.taken:
            n += 1
            found = f"{token}_{n}"
        self.taken.add(found.casefold())
        return found


_BOTH: Final = ("en", "fr")
_FRENCH: Final = properties({"lang": "fr"})
_FITS: Final = re.compile(r"[A-Za-z0-9._-]")
