"""Reading a workbook that anybody may have made: rows of texts, within bounds.

Only the parts with cells are opened, as a stream: no styles, links, drawings or macros. Document
types and entities are refused, and so is what unpacks to more than a sheet of ours can.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError

MAX_UNPACKED_BYTES: Final = 64 * 1024 * 1024
MAX_PARTS: Final = 2000
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 64
MAX_STRINGS: Final = 1_000_000


class NotASheet(PortalError):
    """The file cannot be read; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell; a formula, or a fault of the program, is not read."""

    text: str
    is_number: bool = False
    is_computed: bool = False


Row = tuple[int, dict[int, Cell]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook: its rows, first to last, and what its day 0 is."""

    rows: list[Row]
    epoch: dt.date


def sheets(file: IO[bytes]) -> Iterator[Sheet]:
    """Yield the sheets of a workbook, in its order.

    Raises:
        NotASheet: it is no workbook, is protected by a password, or goes beyond a bound.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _refuse_excess(archive)
            parts = set(archive.namelist())
            book = _parsed(archive, "xl/workbook.xml", _Book())
            targets = _parsed(archive, "xl/_rels/workbook.xml.rels", _Relations()).targets
            strings: list[str] = []
            if "xl/sharedStrings.xml" in parts:
                strings = _parsed(archive, "xl/sharedStrings.xml", _Strings()).strings
            for relation in book.sheets:
                if (name := targets.get(relation)) in parts:
                    rows = _parsed(archive, str(name), _Rows(strings)).rows
                    yield Sheet(rows, book.epoch)
    except DefusedXmlException as error:
        raise NotASheet(
            _("This file holds a document type or entities, which no spreadsheet needs.")
        ) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        SAXException,
        NotImplementedError,
        EOFError,
        KeyError,
        ValueError,
        RuntimeError,
    ) as error:
        raise NotASheet(
            _("This file is no workbook that can be read. Save it as .xlsx, without a password.")
        ) from error


def _refuse_excess(archive: zipfile.ZipFile) -> None:
    """Refuse what would fill the memory; a part never unpacks to more than it declares."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise NotASheet(
            _("This file unpacks to more than %(most)s MB. Split it, or export it again.")
            % {"most": MAX_UNPACKED_BYTES // (1024 * 1024)}
        )


def _parsed(archive: zipfile.ZipFile, name: str, handler: Any) -> Any:
    with archive.open(name) as part:
        defusedxml.sax.parse(part, handler, forbid_dtd=True)
    return handler


class _Handler(ContentHandler):
    """Calls ``start_<element>`` and ``end_<element>``, whatever the namespace is called."""

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 -- SAX says so
        method = getattr(self, f"start_{name.rpartition(':')[2]}", None)
        if method:
            method({key.rpartition(":")[2]: value for key, value in attrs.items()})

    def endElement(self, name: str) -> None:  # noqa: N802 -- SAX says so
        method: Callable[[], None] | None = getattr(self, f"end_{name.rpartition(':')[2]}", None)
        if method:
            method()


class _Book(_Handler):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[str] = []
        self.epoch = dt.date(1899, 12, 30)

    def start_workbookPr(self, attrs: dict[str, str]) -> None:  # noqa: N802 -- the element's name
        if attrs.get("date1904") in {"1", "true"}:
            self.epoch = dt.date(1904, 1, 1)

    def start_sheet(self, attrs: dict[str, str]) -> None:
        # ``r:id``; ``sheetId`` is another attribute.
        self.sheets.append(attrs["id"])


class _Relations(_Handler):
    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def start_Relationship(self, attrs: dict[str, str]) -> None:  # noqa: N802 -- the element's name
        if attrs.get("TargetMode") != "External":
            path = posixpath.join("/xl", attrs["Target"])
            self.targets[attrs["Id"]] = posixpath.normpath(path).lstrip("/")


_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    """Return ``text`` with the characters that OOXML writes as ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Texts(_Handler):
    """Collects the text of ``t`` elements, phonetic hints apart."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.is_listening = False
        self.is_hint = False

    def start_rPh(self, attrs: dict[str, str]) -> None:  # noqa: N802 -- the element's name
        self.is_hint = True

    def end_rPh(self) -> None:  # noqa: N802 -- the element's name
        self.is_hint = False

    def start_t(self, attrs: dict[str, str]) -> None:
        self.is_listening = not self.is_hint

    def end_t(self) -> None:
        self.is_listening = False

    def characters(self, content: str) -> None:
        if self.is_listening:
            self.parts.append(content)

    def taken(self) -> str:
        text = "".join(self.parts)
        self.parts = []
        return text


class _Strings(_Texts):
    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []

    def end_si(self) -> None:
        if len(self.strings) >= MAX_STRINGS:
            raise NotASheet(_("This file holds more texts than can be read."))
        self.strings.append(_unescaped(self.taken()))


class _Rows(_Texts):
    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self.strings, self.rows = strings, list[Row]()
        self.number, self.column = 0, -1
        self.cells: dict[int, Cell] = {}
        self.kind, self.is_computed = "", False

    def start_row(self, attrs: dict[str, str]) -> None:
        self.number = int(attrs.get("r", self.number + 1))
        self.cells, self.column = {}, -1
        if len(self.rows) > MAX_ROWS:
            raise NotASheet(
                _("This file has more than %(most)s rows. Split it.") % {"most": MAX_ROWS}
            )

    def end_row(self) -> None:
        if any(cell.text.strip() or cell.is_computed for cell in self.cells.values()):
            self.rows.append((self.number, self.cells))

    def start_c(self, attrs: dict[str, str]) -> None:
        self.column = _column(attrs["r"]) if "r" in attrs else self.column + 1
        self.kind, self.is_computed = attrs.get("t", "n"), False
        self.parts = []

    def start_f(self, attrs: dict[str, str]) -> None:
        self.is_computed = True

    def start_v(self, attrs: dict[str, str]) -> None:
        self.is_listening = True

    def end_v(self) -> None:
        self.is_listening = False

    def end_c(self) -> None:
        text = self.taken()
        if self.column >= MAX_COLUMNS:
            return
        if self.kind == "s":
            text = self.strings[int(text)] if text else ""
        elif self.kind in {"inlineStr", "str"}:
            text = _unescaped(text)
        computed = self.is_computed or self.kind == "e"
        self.cells[self.column] = Cell(text, self.kind == "n" and bool(text), computed)


def _column(reference: str) -> int:
    """Return the number of a column, from 0: that of ``AB12`` is 27."""
    number = 0
    for letter in reference.rstrip("0123456789")[:4].upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
