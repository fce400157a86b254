"""OSCAL catalogs of others: nested groups, parameters inside texts, withdrawn controls, parts."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.catalogue.formats.choices import Choices, Found
from assessments.catalogue.formats.foreign import Draft, Entry, Facts, day_of, left_out
from assessments.catalogue.formats.oscal import WITHDRAWN
from assessments.catalogue.formats.pointed import Node

MOST_PROSE: Final = 40_000  # ten times what an entry holds: longer texts are refused anyway
MOST_INSERTED: Final = 1000
_INSERT: Final = re.compile(r"\{\{\s*(?:insert:\s*)?(?:param,\s*)?([\w.\-]+)\s*\}\}")
_LINK: Final = re.compile(r"\[([^\[\]\n]{1,200})\]\(#[^()\s]{1,100}\)")
SHOWN_WITHDRAWN: Final = 8


def foreign(catalog: Node, content: bytes, choices: Choices) -> Found:
    """Return a catalog that is not ours as the draft of an edition."""
    return _Foreign(catalog, choices).found(hashlib.sha256(content).hexdigest())


class _Foreign:
    def __init__(self, catalog: Node, choices: Choices) -> None:
        self.catalog, self.draft = catalog, Draft(choices, root="/catalog/metadata")
        self.language = choices.language or "en"
        self.parameters: dict[str, Node] = {}
        self.inserted: dict[str, str] = {}
        self.resources = {
            resource.text("uuid"): resource
            for resource in catalog.node("back-matter").nodes("resources")
        }
        self.withdrawn: list[str] = []
        self.unused: Counter[str] = Counter()

    def found(self, sha256: str) -> Found:
        catalog, metadata = self.catalog, self.catalog.node("metadata")
        self._parameters_of(catalog)
        title = metadata.text("title")
        if catalog.value.get("controls"):
            self._controls(catalog, self.draft.section("-", {self.language: title}, catalog.at))
        for group in catalog.nodes("groups"):
            self._group(group, "")
        self._told()
        version = metadata.text("version")
        facts = Facts(
            key=re.sub(r"\W+", "-", title).strip("-").upper()[:60].strip("-"),
            edition=" ".join(version.split())[:40],
            titles={self.language: title},
            issuer=next((party.text("name") for party in metadata.nodes("parties")), ""),
            published=day_of(metadata.text("published") or metadata.text("last-modified")),
            source=f"{title[:180]} {version[:30]}, OSCAL, SHA-256 {sha256}",
        )
        found = self.draft.found(facts, catalog.problems)
        return replace(found, withdrawn=tuple(self.withdrawn))

    def _group(self, group: Node, above: str) -> None:
        title = " – ".join(filter(None, (above, group.text("title"))))
        self._parameters_of(group)
        for part in group.nodes("parts"):
            self.unused[part.text("name")] += 1
        if group.value.get("controls"):
            titles = {self.language: title}
            self._controls(group, self.draft.section(group.text("id"), titles, group.at))
        for inner in group.nodes("groups"):
            self._group(inner, title)

    def _controls(self, parent: Node, section: str) -> None:
        for control in parent.nodes("controls"):
            self._parameters_of(control)
            labels = {
                prop.text("class"): prop.text("value")
                for prop in control.nodes("props")
                if prop.value.get("name") == "label"
            }
            label = labels.get("") or next(iter(labels.values()), "")
            if any(
                prop.value.get("name") == "status" and prop.text("value").casefold() == WITHDRAWN
                for prop in control.nodes("props")
            ):
                self.withdrawn.append(label or control.text("id"))
            else:
                self._entry(control, section, label)
            self._controls(control, section)

    def _entry(self, control: Node, section: str, label: str) -> None:
        statements: list[str] = []
        guidance: list[str] = []
        evidence: list[str] = []
        for part in control.nodes("parts"):
            name = part.text("name")
            if name in {"overview", "statement"}:
                statements += self._prose(part)
            elif name == "guidance":
                guidance += self._prose(part)
            elif _is_examined(part):
                evidence += self._objects(part)
            else:
                self.unused[name] += 1
        self.draft.entry(
            Entry(
                code=label or control.text("id"),
                section=section,
                titles={self.language: self._read(control.text("title"))},
                statements={self.language: "\n".join(statements)},
                rationales={self.language: "\n".join(guidance)},
                evidence={self.language: evidence},
                references=list(self._references(control)),
                number=label,
                at=control.at,
            )
        )

    def _prose(self, part: Node) -> Iterator[str]:
        label = next(
            (
                prop.text("value")
                for prop in part.nodes("props")
                if prop.value.get("name") == "label"
            ),
            "",
        )
        title = part.text("title")
        prose = self._read(part.text("prose")).strip()
        if line := " ".join(filter(None, (label, title, prose))):
            yield line
        for inner in part.nodes("parts"):
            yield from self._prose(inner)

    def _objects(self, method: Node) -> Iterator[str]:
        for part in method.nodes("parts"):
            for text in self._read(part.text("prose")).splitlines():
                yield text.strip()[:500]

    def _references(self, control: Node) -> Iterator[str]:
        for link in control.nodes("links"):
            href, rel = link.text("href"), link.text("rel")
            if resource := self.resources.get(href.removeprefix("#")):
                yield resource.text("title") or resource.node("citation").text("text")
            elif href.startswith("#"):
                self.unused[f"link “{rel}”"] += 1
            else:
                yield link.text("text") or href

    def _parameters_of(self, parent: Node) -> None:
        for parameter in parent.nodes("params"):
            self.parameters[parameter.text("id")] = parameter

    def _read(self, prose: str) -> str:
        """Return a text with its parameters named in their places, and links as their words."""
        if len(prose) > MOST_PROSE:
            return prose
        if "{{" in prose:
            prose = _INSERT.sub(lambda found: self._insert(found[1]), prose)
        return _LINK.sub(r"\1", prose) if "](#" in prose else prose

    def _insert(self, name: str) -> str:
        if name not in self.inserted:
            self.inserted[name] = f"[{name}]"  # what one that names itself says
            self.inserted[name] = self._parameter(name)[:MOST_INSERTED]
        return self.inserted[name]

    def _parameter(self, name: str) -> str:
        parameter = self.parameters.get(name)
        if parameter is None:
            return f"[{name}]"
        if given := list(parameter.texts("values")):
            return ", ".join(given)
        select = parameter.node("select")
        if offered := [self._read(choice) for choice in select.texts("choice")]:
            many = " (one or more)" if select.text("how-many") == "one-or-more" else ""
            return f"[Selection{many}: {'; '.join(offered)}]"
        return f"[Assignment: {self._read(parameter.text('label')) or name}]"

    def _told(self) -> None:
        if self.withdrawn:
            shown = ", ".join(self.withdrawn[:SHOWN_WITHDRAWN])
            if len(self.withdrawn) > SHOWN_WITHDRAWN:
                shown += ", …"
            self.draft.notes.append(
                ngettext(
                    "%(count)s withdrawn control is left out: %(codes)s.",
                    "%(count)s withdrawn controls are left out: %(codes)s.",
                    len(self.withdrawn),
                )
                % {"count": len(self.withdrawn), "codes": shown}
            )
        if self.inserted:
            self.draft.notes.append(
                _("Parameters stand in the texts as [Assignment: …] and [Selection: …].")
            )
        if self.unused:
            self.draft.notes.append(left_out(self.unused))


def _is_examined(part: Node) -> bool:
    """Tell whether a part lists documents to look at, which are expected evidence."""
    return part.value.get("name") in {"assessment-method", "assessment"} and any(
        prop.value.get("name") == "method" and prop.value.get("value") == "EXAMINE"
        for prop in part.nodes("props")
    )
