"""Answers to a workbook or to comma-separated values. No database."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from assessments.enums import Verdict
from assessments.sheets.columns import (
    COLUMNS,
    EDITABLE,
    Column,
    Line,
    looks_like_formula,
    neutralised,
    portable,
    prints_of,
)

LONGEST_JUSTIFICATION: Final = 20_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Programs read ``_x000D_`` in a text as a character; the underscore is written as one, then.
_READ_AS_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
CSV: Final = "text/csv; charset=utf-8"


def values_of(line: Line) -> dict[str, Any]:
    """Return what stands in each column of ``line``, texts as a sheet can carry them."""
    editable = {
        "verdict": line.verdict,
        "justification": line.justification,
        "owner": line.owner,
        "due_on": line.due_on.isoformat() if line.due_on else "",
    }
    prints = prints_of(editable)
    return {
        "code": portable(line.code),
        "phase": portable(line.phase),
        "section": portable(line.section),
        "title": portable(line.title),
        "verdict": str(Verdict(line.verdict).label),
        "justification": portable(line.justification),
        "owner": portable(line.owner),
        "due_on": line.due_on,
        "evidence": portable(line.evidence),
        "state": portable(line.state),
        "revision": line.revision,
        "key": line.key,
        "prints": "-".join(prints[name] for name in EDITABLE),
    }


def to_csv(lines: Iterable[Line]) -> bytes:
    """Return ``lines`` as UTF-8 with a byte order mark; semicolons in French, else commas.

    What looks like a formula has an apostrophe before it, which reading takes off again.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if get_language() == "fr" else ",")
    writer.writerow(str(column.label) for column in COLUMNS)
    for line in lines:
        values = values_of(line)
        writer.writerow(
            neutralised(value) if isinstance(value := values[column.name], str) else value
            for column in COLUMNS
        )
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(
    lines: Iterable[Line], *, facts: Sequence[tuple[str, str]], owners: Sequence[str]
) -> bytes:
    """Return ``lines`` as a workbook: what may be changed, the answers, the lists.

    ``facts`` say what was exported and when; ``owners`` are the addresses of the members.
    """
    book = Workbook(write_only=True)
    for style in styles():
        book.add_named_style(style)
    _instructions(book.create_sheet(pgettext("sheet", "Read me")), facts)
    answers = book.create_sheet(pgettext("sheet", "Answers"))
    lists = book.create_sheet(pgettext("sheet", "Lists"))
    verdicts = [str(verdict.label) for verdict in Verdict]
    _lists(lists, verdicts, owners)
    _answers(answers, lines)
    _validate(answers, lists.title, verdicts=len(verdicts), owners=len(owners))
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def styles() -> list[NamedStyle]:
    """Return the styles of the cells, by the names that :func:`styled` takes."""
    top = Alignment(vertical="top", wrap_text=True)
    locked = PatternFill("solid", fgColor="F1F3F5")
    head = NamedStyle(name="portal head", font=Font(bold=True, color="FFFFFF"), alignment=top)
    head.fill = PatternFill("solid", fgColor="0B5D66")
    fixed = NamedStyle(name="portal fixed", font=Font(), fill=locked, alignment=top)
    free = NamedStyle(name="portal free", font=Font(), alignment=top)
    free.protection = Protection(locked=False)
    fixed_day = NamedStyle(name="portal fixed day", font=Font(), fill=locked, alignment=top)
    free_day = NamedStyle(name="portal free day", font=Font(), alignment=top)
    free_day.protection = Protection(locked=False)
    fixed_day.number_format = free_day.number_format = "yyyy-mm-dd"
    title = NamedStyle(name="portal title", font=Font(bold=True, size=14))
    return [head, fixed, free, fixed_day, free_day, title]


def styled(sheet: Any, value: Any, style: str) -> Any:
    """Return a cell of ``sheet`` in one of the styles; no text of it is ever computed."""
    cell = WriteOnlyCell(sheet)
    cell.style = style
    return holding(cell, value)


def holding(cell: Any, value: Any) -> Any:
    """Return a cell with ``value``; what looks like a formula is kept as a text."""
    quoted = False
    if isinstance(value, str):
        quoted = looks_like_formula(value)
        value = _READ_AS_ESCAPE.sub("_x005F_", value) or None
    cell.value = value
    if quoted:
        cell.data_type = "s"
    if cell.quotePrefix != quoted:
        cell.quotePrefix = quoted
    return cell


def _instructions(sheet: Any, facts: Sequence[tuple[str, str]]) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 90
    sheet.append([styled(sheet, _("How to work with this file"), "portal title")])
    sentences = [
        _("Change white cells of the sheet “Answers” only. Verdicts and owners have lists."),
        _("Grey cells are for reading. What is under review or accepted changes in the portal."),
        _("A day is written as 2026-12-31. Rows you do not need may be deleted."),
        _("Keep the hidden columns. The protection has no password; it is there against slips."),
        _(
            "When you are done, import the file on the page of the assessment. The portal shows"
            " row by row what will change, and writes nothing before you confirm."
        ),
        _("What others changed meanwhile is not overwritten: the portal shows both texts."),
    ]
    for sentence in sentences:
        sheet.append([None, styled(sheet, sentence, "portal free")])
    sheet.append([])
    for label, value in facts:
        sheet.append(
            [styled(sheet, label, "portal fixed"), styled(sheet, portable(value), "portal fixed")]
        )
    _protect(sheet)


def _answers(sheet: Any, lines: Iterable[Line]) -> None:
    for number, column in enumerate(COLUMNS, start=1):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width, dimension.hidden = column.width, column.is_hidden
    sheet.freeze_panes = "B2"
    sheet.append([styled(sheet, str(column.label), "portal head") for column in COLUMNS])
    # A row is written when it is appended: one cell for each column and style is enough.
    cells = {
        (column.name, free): styled(sheet, None, _style(column, free=free))
        for column in COLUMNS
        for free in (True, False)
    }
    last = 1
    for line in lines:
        last += 1
        values = values_of(line)
        sheet.append(
            [
                holding(
                    cells[column.name, column.is_editable and line.may_change], values[column.name]
                )
                for column in COLUMNS
            ]
        )
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{last}"
    _protect(sheet)


def _style(column: Column, *, free: bool) -> str:
    return f"portal {'free' if free else 'fixed'}{' day' if column.name == 'due_on' else ''}"


def _protect(sheet: Any) -> None:
    """Protect from slips, not from people: there is no password."""
    protection = sheet.protection
    protection.sheet = True
    protection.autoFilter = protection.sort = False
    protection.formatColumns = protection.formatRows = False


def _lists(sheet: Any, verdicts: Sequence[str], owners: Sequence[str]) -> None:
    for number in range(max(len(verdicts), len(owners))):
        pair = (items[number] if number < len(items) else "" for items in (verdicts, owners))
        sheet.append([styled(sheet, portable(text), "portal fixed") for text in pair])
    sheet.sheet_state = "hidden"
    _protect(sheet)


def _validate(sheet: Any, lists: str, *, verdicts: int, owners: int) -> None:
    """Let the program offer the lists and refuse what is no day, wherever rows may come to be."""
    letters = {column.name: get_column_letter(n) for n, column in enumerate(COLUMNS, start=1)}
    rules = {
        "verdict": DataValidation(
            type="list", formula1=f"'{lists}'!$A$1:$A${verdicts}", allow_blank=False
        ),
        "owner": DataValidation(
            type="list", formula1=f"'{lists}'!$B$1:$B${max(owners, 1)}", allow_blank=True
        ),
        "due_on": DataValidation(
            type="date", operator="greaterThan", formula1="36526", allow_blank=True
        ),
        "justification": DataValidation(
            type="textLength",
            operator="lessThanOrEqual",
            formula1=str(LONGEST_JUSTIFICATION),
            allow_blank=True,
        ),
    }
    sentences = {
        "verdict": _("Choose a verdict from the list."),
        "owner": _("Choose a member from the list, or leave the cell empty."),
        "due_on": _("Write a day, for example 2026-12-31, or leave the cell empty."),
        "justification": _("A justification has at most 20,000 characters."),
    }
    for name, rule in rules.items():
        rule.error, rule.showErrorMessage = sentences[name], True
        rule.add(f"{letters[name]}2:{letters[name]}1048576")
        sheet.data_validations.append(rule)
