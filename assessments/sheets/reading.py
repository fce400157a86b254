"""A sheet that comes back, XLSX or CSV: rows by the names of their columns. No database."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Final

from django.utils.translation import gettext as _

from assessments.sheets.columns import COLUMNS, EDITABLE, NEEDED, headings, restored
from assessments.sheets.xlsx import MAX_ROWS, Cell, NotASheet, Sheet, sheets

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number in the file and the text in each column the file has."""

    number: int
    values: Mapping[str, str]
    computed: frozenset[str] = frozenset()


def read(file: IO[bytes]) -> list[SheetRow]:
    """Return the rows of a workbook or of comma-separated values, told by their content.

    Raises:
        NotASheet: it is neither, lacks a column, or goes beyond a bound.
    """
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if start == OLE:
        raise NotASheet(
            _("This workbook has a password, or is of before 2007. Save it as .xlsx, without one.")
        )
    return _from_workbook(file) if start == ZIP else _from_csv(file.read())


def _from_workbook(file: IO[bytes]) -> list[SheetRow]:
    for sheet in sheets(file):
        if sheet.rows:
            head = {number: cell.text for number, cell in sheet.rows[0][1].items()}
            names = _names(head)
            if _has_answers(names):
                return list(_rows_of(sheet, names))
    raise _without_columns()


def _rows_of(sheet: Sheet, names: Mapping[int, str]) -> Iterator[SheetRow]:
    for number, cells in sheet.rows[1:]:
        here = {names[column]: cell for column, cell in cells.items() if column in names}
        values = {
            name: _text(name, here.get(name, Cell("")), sheet.epoch) for name in names.values()
        }
        computed = frozenset(name for name, cell in here.items() if cell.is_computed)
        yield SheetRow(number, values, computed)


def _text(name: str, cell: Cell, epoch: dt.date) -> str:
    if not cell.is_number:
        return cell.text
    try:
        number = float(cell.text)
        if name == "due_on":
            return (epoch + dt.timedelta(days=int(number))).isoformat()
        return str(int(number)) if number.is_integer() else cell.text
    except (ValueError, OverflowError):
        return cell.text


def _from_csv(content: bytes) -> list[SheetRow]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotASheet(
            _("This file is neither a workbook nor CSV in UTF-8. Save it as “CSV UTF-8” or .xlsx.")
        ) from error
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[SheetRow] = []
    try:
        names = _names(dict(enumerate(next(reader, []))))
        if not _has_answers(names):
            raise _without_columns()
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(SheetRow(reader.line_num, _restored(cells, names)))
            if len(rows) > MAX_ROWS:
                raise NotASheet(
                    _("This file has more than %(most)s rows. Split it.") % {"most": MAX_ROWS}
                )
    except csv.Error as error:
        raise NotASheet(
            _("Line %(number)s is no CSV: a quotation mark is open, or a cell is too long.")
            % {"number": reader.line_num}
        ) from error
    return rows


def _restored(cells: list[str], names: Mapping[int, str]) -> dict[str, str]:
    return {
        name: restored(cells[column]) if column < len(cells) else ""
        for column, name in names.items()
    }


def _names(head: Mapping[int, str]) -> dict[int, str]:
    """Return the name of each column of ours, by its place; the first of two counts."""
    known = headings()
    names: dict[int, str] = {}
    for column, label in sorted(head.items()):
        name = known.get(" ".join(label.split()).casefold())
        if name and name not in names.values():
            names[column] = name
    return names


def _has_answers(names: Mapping[int, str]) -> bool:
    found = set(names.values())
    return found.issuperset(NEEDED) and not found.isdisjoint(EDITABLE)


def _without_columns() -> NotASheet:
    labels = [str(column.label) for column in COLUMNS if column.name in NEEDED]
    return NotASheet(
        _("No sheet of this file has the columns %(columns)s. Export the assessment, change that.")
        % {"columns": ", ".join(labels)}
    )
