"""What pages read in the record of an issued dossier, whatever its schema version. No database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assessments.dossier.edition import Term, Text
from assessments.dossier.view import Label


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the register as it was issued, and the recommendations that cite it."""

    evidence: Mapping[str, Any]
    cited_by: tuple[str, ...]

    @property
    def is_file(self) -> bool:
        """Tell whether its content is kept by the portal."""
        return bool(self.evidence["kind"] == "file")


class Record:
    """The record of a dossier, read with the words it carries."""

    def __init__(self, content: str, *, language: str) -> None:
        self.plain: Mapping[str, Any] = json.loads(content)
        self.language = language
        self._words = {
            (term["vocabulary"], term["key"]): self._term(term)
            for term in self.plain.get("vocabulary", ())
        }

    def _term(self, term: Mapping[str, Any]) -> Term:
        label, definition = (
            Text(term[name]["fr"], term[name]["en"]) for name in ("label", "definition")
        )
        return Term(term["vocabulary"], term["key"], label, definition)

    def text(self, text: Text) -> str:
        """Return a text of the catalogue in the language of the page."""
        return text.en if self.language == "en" else text.fr

    def label(self, vocabulary: str, key: str) -> Label:
        """Return what the reader sees for a key; the key itself if the record does not say."""
        term = self._words.get((vocabulary, key))
        return Label(key, self.text(term.label) if term else key)

    @property
    def entries(self) -> Iterator[tuple[str, str]]:
        """Code and title of each recommendation, in order."""
        for phase in self.plain.get("phases", ()):
            for section in phase["sections"]:
                for entry in section["entries"]:
                    shown = entry["recommendation"]
                    yield shown["code"], shown["title"][self.language]

    @property
    def register(self) -> list[Piece]:
        """The register of evidence, by number."""
        cited_by: dict[str, list[str]] = defaultdict(list)
        for phase in self.plain.get("phases", ()):
            for section in phase["sections"]:
                for entry in section["entries"]:
                    for number in entry["answer"]["evidence"]:
                        cited_by[number].append(entry["recommendation"]["code"])
        return [
            Piece(piece, tuple(cited_by[piece["number"]]))
            for piece in self.plain.get("evidence", ())
        ]
