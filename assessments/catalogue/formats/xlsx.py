"""An edition as a workbook: a sheet for each kind of row, French and English side by side."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ansm_portal.errors import PortalError
from assessments.catalogue.formats.columns import (
    EDITION,
    ENTRIES,
    JSON,
    LABELS,
    LIST,
    NESTED,
    NUMBER,
    RETIRED,
    SECTIONS,
    SHEETS,
    SOURCES,
    TERMS,
    TEXT,
    Column,
    columns_of,
    kind_of,
    said,
)
from assessments.catalogue.terms import LISTS
from assessments.enums import Confidence, Confirmation, ProvenanceStatus
from assessments.sheets.writing import styled, styles
from devices.enums import LifecyclePhase

LONGEST: Final = 32_767  # characters that a cell holds
_WIDTHS: Final = {TEXT: 18, LIST: 30, NUMBER: 9, JSON: 30}
_WIDE: Final = re.compile(
    r"(statement|rationale|note|definition|expected_evidence|value|^fr$|^en$)"
)
FIRST_ROW: Final = 3  # after two of heads
_LAST_ROW: Final = 1_048_576
_FIELDS: Final = [Column(name, TEXT) for name in ("field", "value", "fr", "en")]
Table = tuple[str, Sequence[Column], Sequence[Sequence[Any]]]
# What XML has no way to write; a reader takes ``_xFFFE_`` for the character.
_UNWRITABLE: Final = re.compile("[\ufffe\uffff]")


class DoesNotFit(PortalError):
    """A text is longer than a cell."""


def write(document: Mapping[str, Any]) -> bytes:
    """Return ``document`` as a workbook.

    Raises:
        DoesNotFit: a text has more characters than a cell holds.
    """
    meta = document["meta"]
    terms = [{"list": name, **term} for name in LISTS for term in meta[name]]
    tables = [
        (EDITION, _FIELDS, [list(row) for row in _edition(meta)]),
        _table(ENTRIES, [flat(row) for row in document["recommendations"]]),
        _table(SECTIONS, document["sections"]),
        _table(SOURCES, meta["sources"]),
        _table(TERMS, terms),
    ]
    if "based_on" in meta:
        tables.append(_table(RETIRED, document.get("retired", ())))
    for table in tables:  # before a sheet is begun, which has to be ended
        _refuse_excess(*table)
    book = Workbook(write_only=True)
    for style in styles():
        book.add_named_style(style)
    for kind, columns, rows in tables:
        _fill(book.create_sheet(str(SHEETS[kind])), columns, rows)
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table(kind: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = columns_of(kind, rows)
    cells = [[said(column.kind, row.get(column.name)) for column in columns] for row in rows]
    return kind, columns, cells


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``row`` with what its provenance holds beside its own values."""
    found = {name: value for name, value in row.items() if name != "provenance"}
    return found | {f"provenance.{name}": value for name, value in row["provenance"].items()}


def _edition(meta: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    apart = {*LISTS, "sources", *NESTED}
    yield from fields({name: value for name, value in meta.items() if name not in apart})
    for name in NESTED:
        yield from fields(meta.get(name, {}), f"{name}.")


def fields(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[Any, ...]]:
    """Yield field, value, French and English; a text in both languages is one row."""
    for name, value in values.items():
        stem, other = name.removesuffix("_fr"), f"{name.removesuffix('_fr')}_en"
        pair = values.get(f"{name.removesuffix('_en')}_fr")
        if name.endswith("_fr") and isinstance(value, str) and isinstance(values.get(other), str):
            yield f"{prefix}{stem}", None, value, values[other]
        elif not (name.endswith("_en") and isinstance(value, str) and isinstance(pair, str)):
            column = Column(f"{prefix}{name}", kind_of(name, [value]))
            yield column.head, said(column.kind, value), None, None


def _refuse_excess(kind: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
    for row, values in enumerate(rows, start=FIRST_ROW):
        for column, value in enumerate(values, start=1):
            if isinstance(value, str) and len(value) > LONGEST:
                cell = f"{get_column_letter(column)}{row}"
                raise DoesNotFit(
                    _(
                        "A cell holds %(most)s characters, and %(cell)s of the sheet “%(sheet)s” "
                        "needs more: export the edition in another format."
                    )
                    % {"sheet": SHEETS[kind], "cell": cell, "most": LONGEST}
                )


def _fill(sheet: Any, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
    for number, column in enumerate(columns, start=1):
        wide = _WIDE.search(column.name)
        width = 60 if wide else 36 if "title" in column.name else _WIDTHS[column.kind]
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = f"B{FIRST_ROW}"
    _heads(sheet, columns)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    last = f"{get_column_letter(len(columns))}{len(rows) + FIRST_ROW - 1}"
    sheet.auto_filter.ref = f"A{FIRST_ROW - 1}:{last}"
    _validate(sheet, columns)


def _heads(sheet: Any, columns: Sequence[Column]) -> None:
    """Write what columns are called in the language of the reader, and below it their names."""
    labels = [capfirst(str(LABELS.get(column.name, column.name))) for column in columns]
    sheet.append([styled(sheet, label, "portal head") for label in labels])
    sheet.append([styled(sheet, column.head, "portal fixed") for column in columns])


def _cell(sheet: Any, value: Any) -> Any:
    cell = styled(sheet, value, "portal free")
    if isinstance(value, str) and _UNWRITABLE.search(value):
        kind = cell.data_type
        cell.value = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", str(cell.value))
        cell.data_type = kind
    return cell


def _validate(sheet: Any, columns: Sequence[Column]) -> None:
    """Let the program offer what a closed list allows."""
    closed = {
        "phase": LifecyclePhase.values,
        "title_status": ProvenanceStatus.values,
        "provenance.status": ProvenanceStatus.values,
        "provenance.confidence": Confidence.values,
        "provenance.confirmed_as": Confirmation.values,
        "list": LISTS,
    }
    for number, column in enumerate(columns, start=1):
        if allowed := closed.get(column.name):
            rule = DataValidation(type="list", formula1=f'"{",".join(allowed)}"', allow_blank=True)
            rule.error, rule.showErrorMessage = _("Choose a key from the list."), True
            letter = get_column_letter(number)
            rule.add(f"{letter}{FIRST_ROW}:{letter}{_LAST_ROW}")
            sheet.data_validations.append(rule)
