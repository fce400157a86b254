"""A table of verdicts, one row for each assessment and one column for each recommendation.

Built as a string: thousands of cells cost milliseconds here and a second in templates. Each
part is escaped where it enters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from uuid import UUID

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.enums import Verdict

EXCLUDED: Final = "excluded"
EXCLUDED_SYMBOL: Final = "⊘"
EXCLUDED_LABEL: Final = gettext_lazy("left out by the profile")


@dataclass(frozen=True, slots=True)
class Column:
    """A recommendation."""

    code: str
    title: str
    phase: str


@dataclass(frozen=True, slots=True)
class Row:
    """What is assessed: its name in each cell, what else it is called, where it leads."""

    name: str
    detail: str
    url: str
    cells: Mapping[str, tuple[UUID, str]]
    """By code: the key of the answer, and its verdict or ``excluded``."""


def marks() -> dict[str, tuple[str, str]]:
    """Return symbol and word of each kind of cell, in the language of the page."""
    found = {verdict.value: (verdict.symbol, str(verdict.label)) for verdict in Verdict}
    return found | {EXCLUDED: (EXCLUDED_SYMBOL, str(EXCLUDED_LABEL))}


def legend() -> SafeString:
    """Return what each symbol means, as items of a list."""
    return format_html_join(
        "",
        '<li class="matrix-mark matrix-{}"><span aria-hidden="true">{}</span> {}</li>',
        ((kind, symbol, word) for kind, (symbol, word) in marks().items()),
    )


def table(
    columns: Sequence[Column],
    rows: Iterable[Row],
    *,
    caption: str,
    corner: str,
    address: tuple[str, str],
) -> SafeString:
    """Return the table; the key of an answer between the two parts of ``address`` leads to it.

    A cell is named by its row, its recommendation and its verdict: *PMP-1, REC-001: followed*.
    """
    body = "".join(_row(columns, rows, address=(escape(address[0]), escape(address[1]))))
    return format_html(
        '<table class="matrix" data-matrix><caption class="visually-hidden">{}</caption>'
        "<thead>{}</thead><tbody>{}</tbody></table>",
        caption,
        _head(columns, corner),
        SafeString(body),  # each part was escaped as it entered
    )


def _head(columns: Sequence[Column], corner: str) -> SafeString:
    phases = [
        (len(list(group)), phase) for phase, group in groupby(columns, key=lambda each: each.phase)
    ]
    return format_html(
        '<tr><th scope="col" rowspan="2" class="matrix-name">{}</th>{}</tr><tr>{}</tr>',
        corner,
        format_html_join(
            "",
            '<th scope="colgroup" colspan="{}" class="matrix-phase"><span>{}</span></th>',
            phases,
        ),
        format_html_join(
            "",
            '<th scope="col" class="matrix-code"><span title="{}">{}</span></th>',
            ((column.title, column.code) for column in columns),
        ),
    )


def _row(
    columns: Sequence[Column], rows: Iterable[Row], *, address: tuple[str, str]
) -> Iterable[str]:
    before, after = address
    colon = escape(_(":"))
    kinds = {
        kind: (
            f'<td class="matrix-{kind}"><a href="{before}',
            f'{colon} {escape(word)}">{escape(symbol)}</a></td>',
        )
        for kind, (symbol, word) in marks().items()
    }
    codes = [(column.code, f", {escape(column.code)}") for column in columns]
    for row in rows:
        yield format_html(
            '<tr><th scope="row" class="matrix-name"><a href="{}"><bdi>{}</bdi></a>'
            "<span><bdi>{}</bdi></span></th>",
            row.url,
            row.name,
            row.detail,
        )
        named = f'{after}" aria-label="{escape(row.name)}'
        for code, spoken in codes:
            cell = row.cells.get(code)
            if cell is None:
                yield "<td></td>"
                continue
            key, kind = cell
            opening, closing = kinds[kind]
            yield f"{opening}{key}{named}{spoken}{closing}"
        yield "</tr>"


def none_text() -> str:
    """Say what an empty cell is."""
    return _("Empty: not in that edition of the catalogue, or not among the verdicts chosen.")
