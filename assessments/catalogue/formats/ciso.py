"""An edition as a library of CISO Assistant: a framework, and what maps it to others.

Its loader takes names and texts in one language with translations, a tree of nodes, groups to
choose from, and mappings between frameworks. Sections and phases are nodes that are not assessed;
facts of the profile are groups. The rest is said at the end of the annotation of an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from assessments.catalogue.formats import ours
from assessments.catalogue.formats.crosswalk import RELATIONS, Crosswalk, Framework

PACKAGER: Final = "ansm-portal"
URN: Final = f"urn:{PACKAGER}:risk"
PHASE, SECTION = "phase-", "section-"
_OTHER: Final = re.compile(r"[^0-9a-z._-]+")


def write(
    document: Mapping[str, Any],
    *,
    crosswalk: Crosswalk | None = None,
    comments: Iterable[str] = (),
) -> bytes:
    """Return ``document`` as YAML that CISO Assistant loads."""
    return ours.write(_Library(document, crosswalk or Crosswalk()).whole(), comments=comments)


def slug(text: str) -> str:
    """Return ``text`` as a part of a URN."""
    return _OTHER.sub("-", text.casefold()).strip("-") or "-"


class _Names:
    """Parts of URNs, each once."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.of: dict[str, str] = {}

    def make(self, text: str) -> str:
        made, n = slug(text), 1
        while made in self.taken:
            n += 1
            made = f"{slug(text)}-{n}"
        self.taken.add(made)
        self.of[text] = made
        return made


class _Library:
    def __init__(self, document: Mapping[str, Any], crosswalk: Crosswalk) -> None:
        self.document, self.crosswalk = document, crosswalk
        self.meta = document["meta"]
        self.named = self.meta["source_document"]
        self.slug = slug(f"{self.meta['catalogue_id']}-{self.meta['catalogue_version']}")
        self.names = _Names()
        self.refs: dict[str, _Names] = {}

    def whole(self) -> dict[str, Any]:
        meta, named = self.meta, self.named
        frameworks = [self._framework(), *(self._other(each) for each in self._mapped())]
        objects: dict[str, Any] = {"frameworks": frameworks}
        if sets := [self._set(each) for each in self._mapped()]:
            objects["requirement_mapping_sets"] = sets
        return {
            "urn": f"{URN}:library:{self.slug}",
            "locale": "en",
            "ref_id": meta["catalogue_id"],
            "name": named["title_en"] or named["title_fr"] or meta["catalogue_id"],
            "description": named["legal_value_en"],
            "annotation": meta["disclaimer_en"],
            "copyright": meta["disclaimer_en"][:4000],
            # A new edition is a new library: an audit stays with the one it was made against.
            "version": 1,
            "publication_date": named["published"],
            "provider": named["issuer"],
            "packager": PACKAGER,
            "translations": _french(
                name=named["title_fr"],
                description=named["legal_value_fr"],
                annotation=meta["disclaimer_fr"],
            ),
            "objects": objects,
        }

    def _framework(self) -> dict[str, Any]:
        meta, named = self.meta, self.named
        return {
            "urn": self._framework_urn(""),
            "ref_id": f"{meta['catalogue_id']} {meta['catalogue_version']}",
            "name": named["title_en"] or named["title_fr"] or meta["catalogue_id"],
            "description": meta["disclaimer_en"],
            "annotation": meta["catalogue_version"],
            "translations": _french(name=named["title_fr"], description=meta["disclaimer_fr"]),
            "implementation_groups_definition": [
                {
                    "ref_id": term["key"],
                    "name": term["en"],
                    "description": term.get("definition_en", term["en"]),
                    "translations": _french(
                        name=term["fr"], description=term.get("definition_fr", term["fr"])
                    ),
                }
                for term in meta["applies_when"]
            ],
            "requirement_nodes": list(self._nodes()),
        }

    def _framework_urn(self, key: str) -> str:
        return f"{URN}:framework:{self.slug}" + (f"-{slug(key)}" if key else "")

    def _urn(self, name: str) -> str:
        return f"{URN}:req_node:{self.slug}:{name}"

    def _nodes(self) -> Iterable[dict[str, Any]]:
        terms = {term["key"]: term for term in self.meta["phases"]}
        sections = self.document["sections"]
        for phase in dict.fromkeys(section["phase"] for section in sections):
            term = terms.get(phase, {})
            urn = self._urn(self.names.make(f"{PHASE}{phase or 'none'}"))
            yield {
                "urn": urn,
                "assessable": False,
                "depth": 1,
                "ref_id": term.get("id_prefix", phase) or "-",
                "name": term.get("en", phase),
                "translations": _french(name=term.get("fr", "")),
            }
            for section in sections:
                if section["phase"] == phase:
                    yield from self._section(section, urn)

    def _section(self, section: Mapping[str, Any], parent: str) -> Iterable[dict[str, Any]]:
        urn = self._urn(self.names.make(f"{SECTION}{section['key']}"))
        yield {
            "urn": urn,
            "assessable": False,
            "depth": 2,
            "parent_urn": parent,
            "ref_id": section["key"],
            "name": section["en"] or section["fr"],
            "translations": _french(name=section["fr"]),
        }
        for entry in self.document["recommendations"]:
            if entry["section"] == section["key"]:
                yield self._entry(entry, urn)

    def _entry(self, entry: Mapping[str, Any], parent: str) -> dict[str, Any]:
        return {
            "urn": self._urn(self.names.make(entry["id"])),
            "assessable": True,
            "depth": 3,
            "parent_urn": parent,
            "ref_id": entry["id"],
            "name": entry["title_en"] or entry["title_fr"],
            "description": entry["statement_en"],
            "annotation": f"{entry['rationale_en']}\n\n{self._rest(entry)}".strip(),
            "typical_evidence": _bullets(entry["expected_evidence_en"]),
            "implementation_groups": list(entry["applies_when"]),
            "translations": _french(
                name=entry["title_fr"],
                description=entry["statement_fr"],
                annotation=f"{entry['rationale_fr']}\n\n{self._rest_in_french(entry)}".strip(),
                typical_evidence=_bullets(entry["expected_evidence_fr"]),
            ),
        }

    def _rest(self, entry: Mapping[str, Any]) -> str:
        provenance = entry["provenance"]
        return (
            f"Criteria: {', '.join(entry['criteria'])}. "
            f"Stakeholders: {', '.join(entry['stakeholders'])}. "
            f"Provenance: {provenance['status']} ({provenance['confidence']})."
        )

    def _rest_in_french(self, entry: Mapping[str, Any]) -> str:
        def named(kind: str) -> str:
            labels = {term["key"]: term["fr"] for term in self.meta[kind]}
            return ", ".join(labels.get(key, key) for key in entry[kind])

        labels = {term["key"]: term["fr"] for term in self.meta["provenance_statuses"]}
        status = entry["provenance"]["status"]
        return (
            f"Critères : {named('criteria')}. Parties prenantes : {named('stakeholders')}. "
            f"Provenance : {labels.get(status, status)}."
        )

    def _mapped(self) -> list[Framework]:
        """Return the frameworks that entries of this edition are linked to."""
        codes = {entry["id"] for entry in self.document["recommendations"]}
        wanted = {link.framework for link in self.crosswalk.links if link.code in codes}
        return [each for each in self.crosswalk.frameworks if each.key in wanted]

    def _other(self, framework: Framework) -> dict[str, Any]:
        names = self.refs[framework.key] = _Names()
        return {
            "urn": self._framework_urn(framework.key),
            "ref_id": framework.key,
            "name": framework.name_en,
            "description": ", ".join(filter(None, (framework.publisher, framework.version))),
            "translations": _french(name=framework.name_fr),
            "requirement_nodes": [
                {
                    "urn": self._other_urn(framework.key, names.make(each.ref)),
                    "assessable": True,
                    "depth": 1,
                    "ref_id": each.ref,
                    "name": each.title_en or each.title_fr,
                    "translations": _french(name=each.title_fr),
                }
                for each in framework.requirements
            ],
        }

    def _other_urn(self, key: str, name: str) -> str:
        return f"{URN}:req_node:{self.slug}-{slug(key)}:{name}"

    def _set(self, framework: Framework) -> dict[str, Any]:
        refs = self.refs[framework.key].of
        codes = self.names.of
        return {
            "urn": f"{URN}:req_mapping_set:{self.slug}-{slug(framework.key)}",
            "ref_id": f"{self.slug}-{slug(framework.key)}",
            "name": f"{self.meta['catalogue_id']} → {framework.name_en}",
            "description": "A proposal, not an official mapping.",
            "source_framework_urn": self._framework_urn(""),
            "target_framework_urn": self._framework_urn(framework.key),
            "requirement_mappings": [
                {
                    "source_requirement_urn": self._urn(codes[link.code]),
                    "target_requirement_urn": self._other_urn(framework.key, refs[link.ref]),
                    "relationship": RELATIONS[link.relation],
                    **({"rationale": link.rationale} if link.rationale else {}),
                }
                for link in self.crosswalk.links
                if link.framework == framework.key and link.code in codes and link.ref in refs
            ],
        }


def _french(**texts: str) -> dict[str, dict[str, str]]:
    """Return the French of what is there; the loader takes no empty translation."""
    said = {name: text for name, text in texts.items() if text}
    return {"fr": said} if said else {}


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
