"""A workbook back as an edition: sheets and columns by their names, wherever they stand."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from assessments.catalogue.formats.choices import Choices, Found
from assessments.catalogue.formats.columns import (
    EDITION,
    ENTRIES,
    JSON,
    NEEDED,
    NESTED,
    NUMBER,
    RETIRED,
    SECTIONS,
    SHEETS,
    SOURCES,
    TERMS,
    Column,
    empty,
    understood,
)
from assessments.catalogue.formats.placed import Mapping as Placed
from assessments.catalogue.formats.placed import Places
from assessments.catalogue.reading import Problem, Unreadable
from assessments.catalogue.terms import LISTS
from assessments.sheets.xlsx import Cell, NotASheet, Row, Sheet, sheets

MAX_BYTES: Final = 20 * 1024 * 1024
_LOOKED_AT: Final = 5  # rows in which the names of columns are looked for
_DAYS: Final = frozenset({"source_document.published", "provenance.confirmed_on"})
_ORDER: Final = (EDITION, SOURCES, TERMS, SECTIONS, ENTRIES)


def read_xlsx(content: bytes, choices: Choices) -> Found:
    """Return what a workbook says.

    Raises:
        Unreadable: it is no workbook, has macros, or lacks a sheet.
    """
    if len(content) > MAX_BYTES:
        most = MAX_BYTES // (1024 * 1024)
        raise _unreadable(_("The file has more than %(most)s MB.") % {"most": most})
    try:
        _refuse_macros(content)
        tables = _tables(sheets(io.BytesIO(content)))
    except NotASheet as error:
        raise _unreadable(str(error)) from error
    if missing := [str(SHEETS[kind]) for kind in _ORDER if kind not in tables]:
        words = {"sheets": ", ".join(missing)}
        raise _unreadable(_("No sheet has the columns of: %(sheets)s.") % words)
    return _Book(tables).found()


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(Problem(1, "", reason))


def _refuse_macros(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return  # reading says what is wrong
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _unreadable(_("This workbook has macros. Save it as .xlsx, without them."))


class _Table:
    """One sheet: its columns by their place, and its rows."""

    def __init__(self, kind: str, columns: Mapping[int, Column], sheet: Sheet, rows: Sequence[Row]):
        self.kind, self.columns, self.epoch, self.rows = kind, columns, sheet.epoch, rows

    def place(self, number: int, column: int | None = None) -> str:
        words = {"sheet": SHEETS[self.kind], "row": number}
        if column is None:
            return _("sheet “%(sheet)s”, row %(row)s") % words
        words["cell"] = f"{get_column_letter(column + 1)}{number}"
        return _("sheet “%(sheet)s”, cell %(cell)s") % words


def _tables(found: Iterator[Sheet]) -> dict[str, _Table]:
    tables: dict[str, _Table] = {}
    for sheet in found:
        for at, (_number, cells) in enumerate(sheet.rows[:_LOOKED_AT]):
            columns = {n: Column.of(cell.text) for n, cell in cells.items() if cell.text.strip()}
            names = {column.name for column in columns.values()}
            kind = next((kind for kind in NEEDED if NEEDED[kind] <= names), None)
            if kind and kind not in tables:
                tables[kind] = _Table(kind, columns, sheet, sheet.rows[at + 1 :])
                break
    return tables


class _Book:
    def __init__(self, tables: Mapping[str, _Table]) -> None:
        self.tables, self.places = tables, Places()
        self.problems: list[Problem] = []

    def found(self) -> Found:
        places = self.places
        meta = self._meta()
        self._list(meta, "sources", list(self._rows(SOURCES)))
        terms: dict[str, list[tuple[Placed, str]]] = {name: [] for name in LISTS}
        for row, at in self._rows(TERMS):
            name = row.pop("list", "")
            if name in terms:
                terms[name].append((row, at))
            else:
                words = {"lists": ", ".join(LISTS)}
                self._fault(at, str(name), _("the list is none of %(lists)s") % words)
        for name, rows in terms.items():
            self._list(meta, name, rows)
        document = places.mapping(self.tables[EDITION].place(1))
        places.put(document, "meta", meta, self.tables[EDITION].place(1))
        self._list(document, SECTIONS, list(self._rows(SECTIONS)))
        entries = [(self._with_provenance(row, at), at) for row, at in self._rows(ENTRIES)]
        self._list(document, ENTRIES, entries)
        if RETIRED in self.tables and (rows := list(self._rows(RETIRED))):
            self._list(document, RETIRED, rows)
        return Found.of(document, places.names, problems=tuple(self.problems))

    def _list(self, parent: Placed, name: str, rows: list[tuple[Placed, str]]) -> None:
        at = rows[0][1] if rows else self.tables[EDITION].place(1)
        self.places.put(parent, name, self.places.sequence(at, rows), at)

    def _fault(self, place: str, entry: str, reason: str) -> None:
        self.problems.append(Problem(len(self.problems) + 1, entry, reason, place=place))

    def _rows(self, kind: str) -> Iterator[tuple[Placed, str]]:
        table = self.tables[kind]
        for number, cells in table.rows:
            at = table.place(number)
            row = self.places.mapping(at)
            for n, column in table.columns.items():
                place = table.place(number, n)
                is_said, value = self._value(table, column, cells.get(n, Cell("")), place)
                if is_said:
                    self.places.put(row, column.name, value, place)
            yield row, at

    def _value(self, table: _Table, column: Column, cell: Cell, place: str) -> tuple[bool, Any]:
        """Return whether a cell says something, and what."""
        if cell.is_computed:
            self._fault(place, "", _("a formula is not read: write what it gives"))
            return empty(column)
        if not cell.text:
            return empty(column)
        text = cell.text
        if cell.is_number:
            text = _written(column, text, table.epoch)
        try:
            return True, understood(column, text)
        except (ValueError, RecursionError):
            reason = {
                NUMBER: _("a whole number is expected"),
                JSON: _("JSON is expected"),
            }.get(column.kind, _("this cannot be read"))
            self._fault(place, "", reason)
            return empty(column)

    def _with_provenance(self, row: Placed, at: str) -> Placed:
        provenance = self.places.mapping(at)
        for name in [name for name in row if name.startswith("provenance.")]:
            inner = row.lc.inner.pop(name)
            provenance[name.removeprefix("provenance.")] = row.pop(name)
            provenance.lc.inner[name.removeprefix("provenance.")] = inner
        self.places.put(row, "provenance", provenance, at)
        return row

    def _meta(self) -> Placed:
        table = self.tables[EDITION]
        at = {column.name: n for n, column in table.columns.items()}
        meta = self.places.mapping(table.place(1))
        nested = {name: self.places.mapping(table.place(1)) for name in NESTED}
        for number, cells in table.rows:
            field = cells.get(at["field"], Cell("")).text.strip()
            if not field:
                continue
            column = Column.of(field)
            target, name = meta, column.name
            first, dot, rest = name.partition(".")
            if dot and first in nested:
                target, name = nested[first], rest
            for key, n in ((name, "value"), (f"{name}_fr", "fr"), (f"{name}_en", "en")):
                cell, place = cells.get(at[n], Cell("")), table.place(number, at[n])
                if cell.text or cell.is_computed:
                    value = self._value(table, column, cell, place)[1]
                    self.places.put(target, key, value, place)
        for name, found in nested.items():
            if found or name == NESTED[0]:
                self.places.put(meta, name, found, table.place(1))
        return meta


def _written(column: Column, text: str, epoch: dt.date) -> str:
    """Return a number as somebody wrote it in a cell of this column."""
    try:
        number = float(text)
        if column.name in _DAYS:
            return (epoch + dt.timedelta(days=int(number))).isoformat()
        return str(int(number)) if number.is_integer() else text
    except (ValueError, OverflowError):
        return text
