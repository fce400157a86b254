"""An OSCAL catalog back as an edition: ours exactly, those of others as far as they say."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.catalogue.formats.choices import Choices, Found
from assessments.catalogue.formats.oscal import EVIDENCE, PARTS, RETIRED, TERMS
from assessments.catalogue.formats.oscal_foreign import foreign
from assessments.catalogue.formats.placed import Mapping, Places
from assessments.catalogue.formats.pointed import Node, read
from assessments.catalogue.formats.properties import NS, values
from assessments.catalogue.reading import Problem, Unreadable
from assessments.catalogue.terms import LISTS

_BOTH: Final = ("fr", "en")


def read_oscal(content: bytes, choices: Choices) -> Found:
    """Return what an OSCAL catalog in JSON says.

    Raises:
        Unreadable: it is no JSON, or no catalog.
    """
    top = Node(read(content))
    if not isinstance(top.value.get("catalog"), dict):
        reason = _("This is no OSCAL catalog: the key “catalog” is missing at the top.")
        raise Unreadable(Problem(1, "", reason))
    catalog = top.node("catalog")
    if any(prop.get("ns") == NS for prop in _props(catalog.node("metadata"))):
        return _Ours(catalog).found()
    return foreign(catalog, content, choices)


def _props(node: Node) -> list[dict[str, Any]]:
    return [prop.value for prop in node.nodes("props")]


class _Ours:
    def __init__(self, catalog: Node) -> None:
        self.catalog, self.places = catalog, Places()
        self.sections: list[tuple[str, Mapping, str]] = []
        self.entries: list[tuple[str, Mapping, str]] = []
        self.retired: list[tuple[str, Mapping, str]] = []
        self.terms: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS}

    def found(self) -> Found:
        meta = self._meta()
        for group in self.catalog.nodes("groups"):
            if group.value.get("class") == TERMS:
                self._terms(group)
            elif group.value.get("class") == RETIRED:
                self.retired += [
                    (_order(control), self._mapping(control), control.at)
                    for control in group.nodes("controls")
                ]
            else:
                self._phase(group)
        for name, terms in self.terms.items():
            meta[name] = terms
        places = self.places
        document = places.mapping("/catalog")
        places.put(document, "meta", meta, "/catalog/metadata")
        found_of = {"sections": self.sections, "recommendations": self.entries}
        if self.retired:
            found_of["retired"] = self.retired
        for name, found in found_of.items():
            rows = [(row, at) for _order, row, at in sorted(found, key=lambda each: each[0])]
            places.put(document, name, places.sequence("/catalog/groups", rows), "/catalog/groups")
        return Found.of(document, places.names, problems=tuple(self.catalog.problems))

    def _values(self, node: Node, group: str = "") -> dict[str, Any]:
        """Return what the properties of ours say; what they cannot is a fault."""
        try:
            return values([each for each in _props(node) if _is_property(each)], group=group)
        except (ValueError, RecursionError):
            node.fault(_("a property of the class “json” holds no JSON"), "props")
            return {}

    def _mapping(self, node: Node, group: str = "") -> Mapping:
        said = self._values(node, group)
        at = f"{node.at}/props"
        return self.places.mapping(node.at, [(key, value, at) for key, value in said.items()])

    def _meta(self) -> Mapping:
        metadata = self.catalog.node("metadata")
        meta = self._mapping(metadata, "edition")
        document = self._mapping(metadata, "source-document")
        self.places.put(meta, "source_document", document, metadata.at)
        resources = list(self.catalog.node("back-matter").nodes("resources"))
        sources = [(self._mapping(each), each.at) for each in resources]
        at = "/catalog/back-matter/resources"
        self.places.put(meta, "sources", self.places.sequence(at, sources), at)
        return meta

    def _terms(self, group: Node) -> None:
        for part in group.nodes("parts"):
            name = part.text("name").replace("-", "_")
            if name in self.terms:
                self.terms[name] += [self._values(term) for term in part.nodes("parts")]
            else:
                part.fault(_("no list of terms has this name"), "name")

    def _phase(self, phase: Node) -> None:
        for group in phase.nodes("groups"):
            self.sections.append((_order(group), self._mapping(group), group.at))
            for control in group.nodes("controls"):
                self.entries.append((_order(control), self._entry(control), control.at))

    def _entry(self, control: Node) -> Mapping:
        entry = self._mapping(control)
        provenance = self._mapping(control, "provenance")
        self.places.put(entry, "provenance", provenance, f"{control.at}/props")
        said: dict[str, tuple[Any, str]] = {
            f"{text}_{language}": ("", control.at) for text in PARTS.values() for language in _BOTH
        }
        said |= {f"expected_evidence_{language}": ([], control.at) for language in _BOTH}
        for part in control.nodes("parts"):
            name, language = part.text("name"), part.text("class", "en")
            if name in PARTS and language in _BOTH:
                said[f"{PARTS[name]}_{language}"] = part.text("prose"), f"{part.at}/prose"
            elif name == EVIDENCE and language in _BOTH:
                items = [item.text("prose") for item in part.nodes("parts")]
                said[f"expected_evidence_{language}"] = items, part.at
            else:
                part.fault(_("no part of a recommendation has this name and class"), "name")
        for key, (value, at) in said.items():
            self.places.put(entry, key, value, at)
        return entry


def _is_property(found: dict[str, Any]) -> bool:
    return all(
        isinstance(found.get(key, ""), str) for key in ("ns", "remarks", "class", "group")
    ) and (isinstance(found.get("name"), str) and isinstance(found.get("value"), str))


def _order(node: Node) -> str:
    """Return what OSCAL sorts a group or control by."""
    order = next((p.get("value") for p in _props(node) if p.get("name") == "sort-id"), "")
    return order if isinstance(order, str) else ""
