"""What files of others say, put into the shape of our own file; what they do not say stays open."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.catalogue.formats.choices import LANGUAGES, Choices, Found
from assessments.catalogue.formats.placed import Mapping as Placed
from assessments.catalogue.formats.placed import Places
from assessments.catalogue.reading import Problem
from assessments.catalogue.terms import own_terms

SOURCE: Final = "FILE"
CODE_LENGTH, KEY_LENGTH, REFERENCE_LENGTH, TITLE_LENGTH = 30, 20, 200, 300
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a file says of itself as a whole."""

    key: str
    edition: str
    titles: Texts
    issuer: str
    published: str
    source: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One requirement of a file: texts by language; ``at`` is where it stands."""

    code: str
    section: str
    titles: Texts
    statements: Texts
    rationales: Texts
    evidence: Mapping[str, list[str]]
    references: Iterable[str] = ()
    number: str = ""
    at: str


class Draft:
    """Collects sections and entries of a file of others."""

    def __init__(self, choices: Choices, *, root: str) -> None:
        self.choices, self.places, self.root = choices, Places(), root
        self.sections: list[tuple[Placed, str]] = []
        self.entries: list[tuple[Placed, str]] = []
        self.groups: list[tuple[str, str]] = []
        self.keys: set[str] = set()
        self.codes: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []

    def section(self, key: str, titles: Texts, at: str) -> str:
        """Add a section, and return its key: that of the file when it is short enough."""
        made = _distinct(key or "-", KEY_LENGTH, self.keys)
        section = self.places.mapping(at)
        values = {
            "key": made,
            "phase": self.choices.phase_of(made),
            **{language: self._short(titles.get(language, "")) for language in LANGUAGES},
            "title_status": self.choices.status,
            "sources": [SOURCE],
        }
        for name, value in values.items():
            self.places.put(section, name, value, at)
        self.sections.append((section, at))
        self.groups.append((made, next((t for t in titles.values() if t), made)))
        return made

    def entry(self, found: Entry) -> None:
        """Add an entry; sections without entries are left out in the end."""
        code = _distinct(found.code, CODE_LENGTH, self.codes)
        self.counts["renamed"] += code != found.code
        choices, at = self.choices, found.at
        values: dict[str, Any] = {
            "id": code,
            "phase": choices.phase_of(found.section),
            "section": found.section,
        }
        for name, texts in (
            ("title", {lang: self._short(text) for lang, text in found.titles.items()}),
            ("statement", found.statements),
            ("rationale", found.rationales),
        ):
            values |= {f"{name}_{language}": texts.get(language, "") for language in LANGUAGES}
        for language in LANGUAGES:
            items = [item.strip() for item in found.evidence.get(language, []) if item.strip()]
            values[f"expected_evidence_{language}"] = list(dict.fromkeys(items))
        references = [" ".join(text.split())[:REFERENCE_LENGTH] for text in found.references]
        values |= {
            "stakeholders": list(choices.stakeholders),
            "criteria": list(choices.criteria),
            "applies_when": list(choices.applies_when),
            "references": list(dict.fromkeys(filter(None, references))),
        }
        placed = self.places.mapping(at)
        for name, value in values.items():
            self.places.put(placed, name, value, at)
        self.places.put(placed, "provenance", self._provenance(found), at)
        self.entries.append((placed, at))

    def _provenance(self, found: Entry) -> Placed:
        number = found.number if len(found.number) <= CODE_LENGTH else ""
        values = {
            "status": self.choices.status,
            "confidence": self.choices.confidence,
            "verified_edition": [],
            "sources": [SOURCE],
            "note_fr": "",
            "note_en": "",
            "official_number": number or None,
            "official_page": None,
        }
        return self.places.mapping(
            found.at, [(name, value, found.at) for name, value in values.items()]
        )

    def _short(self, title: str) -> str:
        title = " ".join(title.split())
        if len(title) > TITLE_LENGTH:
            self.counts["shortened"] += 1
            return f"{title[: TITLE_LENGTH - 1].rstrip()}…"
        return title

    def found(self, facts: Facts, problems: Iterable[Problem] = ()) -> Found:
        """Return all of it, as the document of a draft."""
        root = self.root
        places, used = self.places, {entry["section"] for entry, _at in self.entries}
        document = places.mapping(root)
        places.put(document, "meta", self._meta(facts), root)
        sections = [(row, at) for row, at in self.sections if row["key"] in used]
        places.put(document, "sections", places.sequence(root, sections), root)
        places.put(document, "recommendations", places.sequence(root, self.entries), root)
        return Found.of(
            document,
            places.names,
            problems=tuple(problems),
            is_ours=False,
            groups=tuple(group for group in self.groups if group[0] in used),
            notes=(*self.notes, *self._told()),
        )

    def _meta(self, facts: Facts) -> Placed:
        choices, places, root = self.choices, self.places, self.root
        published = choices.published.isoformat() if choices.published else facts.published
        named = {
            "title_fr": self._short(facts.titles.get("fr", "")),
            "title_en": self._short(facts.titles.get("en", "")),
            "issuer": (choices.issuer or facts.issuer)[:100],
            "published": published,
            "legal_value_fr": "",
            "legal_value_en": "",
        }
        source = {"key": SOURCE, "title": self._short(facts.source), "url": facts.address or None}
        values: dict[str, Any] = {
            "catalogue_id": choices.key or facts.key,
            "catalogue_version": choices.edition or facts.edition,
            "source_document": places.mapping(root, [(k, v, root) for k, v in named.items()]),
            "disclaimer_fr": "",
            "disclaimer_en": "",
            "sources": places.sequence(
                root, [(places.mapping(root, [(k, v, root) for k, v in source.items()]), root)]
            ),
            **own_terms(),
        }
        return places.mapping(root, [(name, value, root) for name, value in values.items()])

    def _told(self) -> Iterable[str]:
        if renamed := self.counts["renamed"]:
            yield ngettext(
                "%(count)s code is new: the file has none, or a longer one, or the same twice.",
                "%(count)s codes are new: the file has none, or longer ones, or the same twice.",
                renamed,
            ) % {"count": renamed}
        if shortened := self.counts["shortened"]:
            yield ngettext(
                "%(count)s title had more than 300 characters and is cut.",
                "%(count)s titles had more than 300 characters and are cut.",
                shortened,
            ) % {"count": shortened}


def _distinct(text: str, most: int, taken: set[str]) -> str:
    """Return ``text``, cut to ``most`` characters where needed, as nothing else is called yet."""
    text = " ".join(text.split()) or "-"
    made, n = text, 1
    if len(made) > most:
        print_of = hashlib.sha256(text.encode()).hexdigest()[:6]
        made = f"{text[: most - 7]}-{print_of}"
    stem = made
    while made in taken:
        n += 1
        made = f"{stem[: most - len(str(n)) - 1]}~{n}"
    taken.add(made)
    return made


def day_of(value: str) -> str:
    """Return the day of an instant or day as a file writes it, or nothing."""
    try:
        return dt.date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return ""


def left_out(kinds: Counter[str]) -> str:
    """Say what was not taken over, as a sentence."""
    listed = ", ".join(f"{name} ({count})" for name, count in kinds.most_common())
    return _("Not taken over, for want of a place: %(kinds)s.") % {"kinds": listed}
