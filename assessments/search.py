"""Full-text search of answers: their words, what is asked for, and the index of each database.

The words of an answer are kept folded (:mod:`assessments.folding`). Among them are marks, which
begin with an underscore as no word does: the organisation, so that the index itself keeps
organisations apart; the recommendation, whose texts are looked up where they are few and then
found by this mark; and the numbers of evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func
from django.db.models.sql.compiler import SQLCompiler
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assessments.folding import any_accent, fold

INDEX: Final = "assessments_search"  # an FTS5 table on SQLite, a GIN index on PostgreSQL
WORD: Final = re.compile(r"[^\W_]+")
NUMBER: Final = re.compile(r"(?<![^\W_])ev-?0*([0-9]{1,8})(?![^\W_])")
LONGEST: Final = 60  # letters of a word that are kept; what is longer is a key or a digest
AROUND: Final = 70  # letters before and after a word that is shown where it stands


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark of the index, or the beginning of words."""

    text: str
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One word as a person typed it, folded; ``a-2`` is one, of two words of the index."""

    text: str

    @property
    def tokens(self) -> list[Token]:
        """What the words of an answer must all have."""
        if number := NUMBER.fullmatch(self.text):
            return [Token(number_mark(int(number[1])))]
        *whole, last = WORD.findall(self.text)
        return [*(Token(word[:LONGEST]) for word in whole), Token(last[:LONGEST], True)]  # noqa: FBT003 -- a beginning

    def is_in(self, folded: str) -> bool:
        """Tell whether it stands in a folded text, where a word begins."""
        return re.search(rf"(?<![^\W_]){re.escape(self.text)}", folded) is not None


def asked_for(words: str) -> list[Asked]:
    """Return the words that a person typed, without those that have no letter or digit."""
    trimmed = (re.sub(r"^[\W_]+|[\W_]+$", "", word) for word in fold(words).split())
    return [Asked(word) for word in trimmed if word]


def number_mark(number: int) -> str:
    """Return the mark of a piece of evidence."""
    return f"_ev{number}"


def recommendation_mark(key: UUID) -> str:
    """Return the mark of a recommendation."""
    return f"_r{key.hex}"


def words_of(
    *, organisation: UUID, recommendation: UUID, texts: Iterable[str], numbers: Iterable[int]
) -> str:
    """Return the words of one answer as the index has them, each once."""
    folded = [fold(text) for text in texts]
    mentioned = (int(found[1]) for text in folded for found in NUMBER.finditer(text))
    words = dict.fromkeys(
        [
            f"_o{organisation.hex}",
            recommendation_mark(recommendation),
            *map(number_mark, [*numbers, *mentioned]),
            *(word[:LONGEST] for text in folded for word in WORD.findall(text)),
        ]
    )
    return " ".join(words)


class Matches(Func):
    """Tell whether an entry has every word that is asked for, or its recommendation has."""

    output_field = BooleanField()

    def __init__(
        self, asked: Sequence[tuple[Asked, Sequence[UUID]]], *, organisation: UUID
    ) -> None:
        super().__init__("id", "words")
        self.alternatives = [[[Token(f"_o{organisation.hex}")]]]
        for word, recommendations in asked:
            marks = [[Token(recommendation_mark(key))] for key in recommendations]
            self.alternatives.append([word.tokens, *marks])

    def _expression(self, *, both: str, either: str, written: Callable[[Token], str]) -> str:
        return both.join(
            "("
            + either.join(
                "(" + both.join(written(token) for token in tokens) + ")" for tokens in any_of
            )
            + ")"
            for any_of in self.alternatives
        )

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[str, ...]]:
        """Ask the FTS5 table."""
        expression = self._expression(
            both=" AND ",
            either=" OR ",
            written=lambda token: f'"{token.text}"' + "*" * token.is_beginning,
        )
        key, _params = compiler.compile(self.source_expressions[0])
        sql = f"{key} IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s)"  # noqa: S608 -- two names
        return sql, (expression,)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[str, ...]]:
        """Ask the GIN index; the expression is that of the index."""
        expression = self._expression(
            both=" & ",
            either=" | ",
            written=lambda token: f"'{token.text}'" + ":*" * token.is_beginning,
        )
        words, _params = compiler.compile(self.source_expressions[1])
        return f"array_to_tsvector(string_to_array({words}, ' ')) @@ %s::tsquery", (expression,)


def rebuild(using: str = "default") -> None:
    """Make the index again from the words that are kept."""
    statements = {
        "sqlite": f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')",  # noqa: S608 -- a name
        "postgresql": f"REINDEX INDEX {INDEX}",
    }
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])


def where(text: str, asked: Iterable[Asked]) -> SafeString | None:
    """Return the surroundings of the first words that are asked for, marked, if any is there."""
    beginnings = [token.text for word in asked for token in word.tokens if token.is_beginning]
    if not beginnings:
        return None
    pattern = "|".join(any_accent(beginning) for beginning in beginnings)
    found = list(re.finditer(rf"(?<![^\W_])(?:{pattern})[^\W_]*", text))
    if not found:
        return None
    start = max(0, found[0].start() - AROUND)
    end = min(len(text), found[0].end() + AROUND)
    parts, at = [], start
    for each in (each for each in found if each.end() <= end):
        parts.append((text[at : each.start()], each[0]))
        at = each.end()
    marked = format_html_join("", "{}<mark>{}</mark>", parts)
    before, after = "…" * (start > 0), "…" * (end < len(text))
    return format_html("{}{}{}{}", before, marked, text[at:end], after)
