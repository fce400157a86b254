"""Libraries of CISO Assistant back as an edition: ours, and those of others."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.catalogue.formats.choices import LANGUAGES, Choices, Found
from assessments.catalogue.formats.ciso import PACKAGER, PHASE
from assessments.catalogue.formats.foreign import Draft, Entry, Facts, day_of, left_out
from assessments.catalogue.reading import Problem, Unreadable, line_of, named, read
from assessments.catalogue.schema import APPLIES_WHEN, PHASES

TITLE_FROM_TEXT: Final = 120
# What is said at the end of an annotation of ours.
_REST: Final = re.compile(
    r"\n*Criteria: (?P<criteria>[\w, ]*)\. Stakeholders: (?P<stakeholders>[\w, ]*)\. "
    r"Provenance: (?P<status>\w*) \((?P<confidence>\w*)\)\.$"
)
_UNUSED: Final = ("questions", "threats", "reference_controls", "weight", "scores_definition")
_BULLET: Final = re.compile(r"^\s*(?:[-–•*]\s+)?")


def is_library(document: Any) -> bool:
    """Tell whether YAML is a library, and not a catalogue of ours."""
    return isinstance(document, dict) and "objects" in document and "urn" in document


def read_ciso(content: bytes, choices: Choices) -> Found:
    """Return what a library says.

    Raises:
        Unreadable: it is no YAML as we take it, or no library with a framework.
    """
    library = read(content)
    if not is_library(library):
        raise _unreadable(
            1, _("This is no library of CISO Assistant: “urn” or “objects” is missing.")
        )
    objects = library["objects"]
    line = line_of(library, "objects")
    if not isinstance(objects, dict):
        raise _unreadable(line, _("“objects” is no mapping."))
    framework = objects.get("framework") or objects.get("frameworks")
    if isinstance(framework, list) and framework:
        framework = framework[0]
    if not isinstance(framework, dict):
        words = {"kinds": ", ".join(map(str, objects))}
        raise _unreadable(line, _("This library holds no framework, but: %(kinds)s.") % words)
    nodes = framework.get("requirement_nodes")
    if not isinstance(nodes, list):
        raise _unreadable(line_of(framework), _("“requirement_nodes” is no list."))
    return _Library(library, framework, nodes, choices).found(hashlib.sha256(content).hexdigest())


def _unreadable(line: int, reason: str) -> Unreadable:
    return Unreadable(Problem(line, "", reason))


class _Library:
    def __init__(self, library: Any, framework: Any, nodes: Any, choices: Choices) -> None:
        self.library, self.framework, self.nodes = library, framework, nodes
        self.is_ours = library.get("packager") == PACKAGER
        self.draft = Draft(choices, root=named(1))
        self.choices = choices
        self.problems: list[Problem] = []
        self.locale = str(library.get("locale", "en"))
        self.by_urn: dict[str, Any] = {}
        self.sections: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.unused: Counter[str] = Counter()

    def found(self, sha256: str) -> Found:
        self._language()
        for at, node in enumerate(self.nodes):
            line = line_of(self.nodes, at)
            if not isinstance(node, dict) or not isinstance(node.get("urn"), str):
                self._fault(line, _("a node with a “urn” is expected"))
                continue
            urn = node["urn"].casefold()
            if urn in self.by_urn:
                self._fault(line_of(node, "urn"), _("this urn stands twice"))
                continue
            self.by_urn[urn] = node
        for urn, node in self.by_urn.items():
            if node.get("assessable"):
                self._entry(urn, node)
            elif not self.is_ours and node.get("description"):
                self.unused["description of a heading"] += 1
        self._told()
        library = self.library
        titles = self._texts(library, "name")
        edition = str(library.get("version", ""))
        if self.is_ours:
            edition = str(self.framework.get("annotation", ""))
        facts = Facts(
            key=str(library.get("ref_id") or library["urn"].rpartition(":")[2])[:60],
            edition=edition[:40],
            titles=titles,
            issuer=str(library.get("provider") or ""),
            published=day_of(str(library.get("publication_date") or "")),
            source=f"{str(library.get('name'))[:150]}, {str(library['urn'])[:70]}, "
            f"SHA-256 {sha256}",
        )
        found = self.draft.found(facts, self.problems)
        return self._as_ours(found) if self.is_ours else found

    def _as_ours(self, found: Found) -> Found:
        """Add what a library of ours says, and others do not."""
        meta: Any = found.document["meta"]
        for name, key in (("disclaimer", "annotation"), ("legal_value", "description")):
            target = meta if name == "disclaimer" else meta["source_document"]
            for language, text in self._texts(self.library, key).items():
                target[f"{name}_{language}"] = text
        phases = self._phases()
        for node in [*found.document["sections"], *found.document["recommendations"]]:
            node["phase"] = phases.get(node.get("section", node.get("key", "")), "")
        return found

    def _fault(self, line: int, reason: str, entry: str = "") -> None:
        self.problems.append(Problem(line, entry, reason))

    def _language(self) -> None:
        """Refuse what is in neither of our languages, unless somebody says which it stands for."""
        spoken = {self.locale, *self._translations(self.framework)}
        spoken.update(lang for node in self.nodes[:50] for lang in self._translations(node))
        if spoken.isdisjoint(LANGUAGES) and not self.choices.language:
            words = {"language": self.locale}
            reason = _(
                "this library is in “%(language)s”, without French or English: choose the language "
                "that its texts are taken for"
            )
            self._fault(line_of(self.library, "locale"), reason % words)

    def _translations(self, node: Any) -> dict[str, Any]:
        found = node.get("translations") if isinstance(node, dict) else None
        return found if isinstance(found, dict) else {}

    def _texts(self, node: Any, key: str) -> dict[str, str]:
        """Return what stands under ``key``, in each of our languages that it is in."""
        own = self.locale if self.locale in LANGUAGES else self.choices.language
        found = {own: self._text(node, key)} if own else {}
        for language, texts in self._translations(node).items():
            if language in LANGUAGES and isinstance(texts, dict) and texts.get(key):
                found[language] = self._text(texts, key)
        return found

    def _text(self, node: Any, key: str) -> str:
        value = node.get(key)
        if value is None:
            return ""
        if isinstance(value, str | int | float):
            return str(value).replace("\r\n", "\n").replace("\t", " ").strip()
        self._fault(line_of(node, key), _("%(key)s: a text is expected") % {"key": key})
        return ""

    def _ancestors(self, node: Any) -> list[Any]:
        """Return the headings above ``node``, the nearest first."""
        found: list[Any] = []
        seen: set[str] = set()
        parent = str(node.get("parent_urn") or "").casefold()
        while parent in self.by_urn and parent not in seen:
            seen.add(parent)
            above = self.by_urn[parent]
            if not above.get("assessable"):
                found.append(above)
            parent = str(above.get("parent_urn") or "").casefold()
        return found

    def _section_of(self, node: Any) -> str:
        above = self._ancestors(node)
        urn = above[0]["urn"].casefold() if above else ""
        if urn not in self.sections:
            path = [above[0]] if self.is_ours and above else above[::-1]
            titles: dict[str, str] = {}
            for language in LANGUAGES:
                names = [self._named(each, language) for each in path]
                titles[language] = " – ".join(filter(None, names))
            if not above:
                titles = self._texts(self.framework, "name")
            key = str(above[0].get("ref_id") or urn.rpartition(":")[2]) if above else "-"
            at = named(line_of(above[0] if above else self.framework))
            self.sections[urn] = self.draft.section(key, titles, at)
        return self.sections[urn]

    def _named(self, node: Any, language: str) -> str:
        texts = self._texts(node, "name")
        if not any(texts.values()):
            texts = self._texts(node, "description")
        return texts.get(language, "")

    def _entry(self, urn: str, node: Any) -> None:
        titles, statements = self._texts(node, "name"), self._texts(node, "description")
        for language in {*titles, *statements}:
            title, statement = titles.get(language, ""), statements.get(language, "")
            if statement and not title:
                self.counts["titles"] += 1
                titles[language] = _beginning(statement)
            elif title and not statement and not self.is_ours:
                self.counts["statements"] += 1
                statements[language] = title
        ref = str(node.get("ref_id") or "")
        for key in _UNUSED:
            if node.get(key):
                self.unused[key] += 1
        entry = Entry(
            code=ref or urn.rpartition(":")[2],
            section=self._section_of(node),
            titles=titles,
            statements=statements,
            rationales=self._texts(node, "annotation"),
            evidence={
                language: [_BULLET.sub("", line)[:500] for line in text.splitlines()]
                for language, text in self._texts(node, "typical_evidence").items()
            },
            number="" if self.is_ours else ref,
            at=named(line_of(node)),
        )
        groups = node.get("implementation_groups")
        if self.is_ours:
            self._entry_of_ours(entry, groups)
        else:
            self.unused["implementation_groups"] += bool(groups)
            self.draft.entry(entry)

    def _entry_of_ours(self, entry: Entry, groups: Any) -> None:
        """Take what our own file says at the end of the annotation."""
        english = entry.rationales.get("en", "")
        said = _REST.search(english)
        french = entry.rationales.get("fr", "").rpartition("Critères : ")[0].rstrip("\n")
        own = self.draft.choices
        if said:
            self.draft.choices = replace(
                own,
                criteria=_keys(said["criteria"]),
                stakeholders=_keys(said["stakeholders"]),
                applies_when=tuple(key for key in groups or () if key in APPLIES_WHEN),
                status=said["status"],
                confidence=said["confidence"],
            )
            english = english[: said.start()]
        self.draft.entry(replace(entry, rationales={"en": english, "fr": french}))
        self.draft.choices = own

    def _phases(self) -> dict[str, str]:
        """Return the phase of each section of a library of ours, by its key."""
        found: dict[str, str] = {}
        for urn, key in self.sections.items():
            above = self._ancestors(self.by_urn[urn]) if urn else []
            phase = above[0]["urn"].rpartition(":")[2].removeprefix(PHASE) if above else ""
            found[key] = phase if phase in PHASES else ""
        return found

    def _told(self) -> None:
        if count := self.counts["titles"]:
            self.draft.notes.append(
                ngettext(
                    "%(count)s title is the beginning of its text: the file gives none.",
                    "%(count)s titles are the beginnings of their texts: the file gives none.",
                    count,
                )
                % {"count": count}
            )
        if count := self.counts["statements"]:
            self.draft.notes.append(
                ngettext(
                    "%(count)s statement repeats its title: the file gives no other text.",
                    "%(count)s statements repeat their titles: the file gives no other text.",
                    count,
                )
                % {"count": count}
            )
        if others := sorted(set(map(str, self.library["objects"])) - {"framework", "frameworks"}):
            self.unused.update(others)
        if unused := +self.unused:
            self.draft.notes.append(left_out(unused))


def _keys(listed: str) -> tuple[str, ...]:
    return tuple(filter(None, listed.split(", ")))


def _beginning(text: str) -> str:
    """Return the first line of a text, or what a title holds of it."""
    first = " ".join(text.partition("\n")[0].split())
    if len(first) <= TITLE_FROM_TEXT:
        return first
    return f"{first[:TITLE_FROM_TEXT].rpartition(' ')[0] or first[:TITLE_FROM_TEXT]}…"
