"""What a dossier holds, read from the PDF: the attached record and the visible text.

For files whose seal holds: nothing here is meant for the bytes of a stranger.
"""

from __future__ import annotations

import io
import mmap
import re
import struct
import zlib
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import IO, Any, Final, cast

from pyhanko.pdf_utils.misc import PdfError, PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from assessments.dossier.snapshot import SCHEMA
from assessments.dossier.strict import PARSING

# What reading a PDF raises that somebody made who wants it to.
UNREADABLE: Final = (*PARSING, AssertionError, PdfError, StopIteration, struct.error, zlib.error)

_CHARACTER: Final = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")
_RECORD: Final = re.compile(rb"/EmbeddedFile\b.{0,400}?stream\r?\n", re.DOTALL)
_MARK: Final = f'"schema":"{SCHEMA}"'.encode()  # of the record, among the files attached
_NAMED: Final = re.compile(rb"sha256:([0-9a-f]{64})")
_NAMES_DEEP: Final = 16
_RECORD_LIMIT: Final = 64 * 1024**2
_FILES_LOOKED_AT: Final = 32
_PIECE: Final = 64 * 1024
_FONT_OR_TEXT: Final = re.compile(rb"/(\w+) [\d.]+ Tf|<([0-9a-fA-F]*)>")


Content = bytes | mmap.mmap  # a file in memory, or as it lies on the disk


def as_stream(content: Content) -> IO[bytes]:
    """Return something to read ``content`` from; what is on the disk stays there."""
    if isinstance(content, bytes):
        return io.BytesIO(content)
    content.seek(0)
    return cast("IO[bytes]", content)


class Contents:
    """A PDF as a dossier: one record attached, digest and number in plain sight."""

    def __init__(self, content: Content) -> None:
        self.whole = content

    @cached_property
    def reader(self) -> PdfFileReader:
        """What reads it; made once, as it reads the table of all objects.

        Raises:
            PdfError, ValueError, …: it cannot be read (``UNREADABLE``).
        """
        return PdfFileReader(as_stream(self.whole))

    @property
    def keywords(self) -> str:
        """What the properties of the document say of the digest."""
        return str(self.reader.trailer["/Info"].get("/Keywords", ""))

    def attachments(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of each attached file, one by one: they may be large."""
        for specification in _leaves(self.reader.root["/Names"]["/EmbeddedFiles"]):
            yield str(specification["/UF"]), bytes(specification["/EF"]["/F"].data)

    def attachment(self, name: str) -> bytes:
        """Return the content of an attached file.

        Raises:
            KeyError: there is none of this name.
        """
        for specification in _leaves(self.reader.root["/Names"]["/EmbeddedFiles"]):
            if str(specification["/UF"]) == name:
                return bytes(specification["/EF"]["/F"].data)
        raise KeyError(name)

    def cover_text(self) -> str:
        """Return the text of the first page, without white space."""
        pages = self.reader.root["/Pages"]
        while "/Kids" in pages:
            pages = pages["/Kids"][0]
        return "".join(text_of(pages).split())


def _leaves(node: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the values of a name tree (ISO 32000-2, 7.9.6); its names are those of the files."""
    if depth > _NAMES_DEEP:
        raise PdfReadError("a name tree too deep")
    kids = node.get("/Kids", ())
    for index in range(len(kids)):
        yield from _leaves(kids[index], depth + 1)
    names = node.get("/Names", ())
    yield from (names[index] for index in range(1, len(names), 2))


def salvage(content: Content) -> tuple[bytes | None, str]:
    """Return the record and the digest that stand in a file whose seal does not hold.

    They are looked for as bytes: a damaged file is not given to a parser.
    """
    named = _NAMED.search(content)
    starts = [found.end() for found in islice(_RECORD.finditer(content), _FILES_LOOKED_AT)]
    found = (_unpacked(memoryview(content)[start:]) for start in starts)
    record = next((each for each in found if each and _MARK in each), None)
    return record, named[1].decode() if named else ""


def _unpacked(packed: memoryview) -> bytes | None:
    """Unpack a stream, in pieces: it may unpack to far more than a record has."""
    unpacking, unpacked = zlib.decompressobj(), bytearray()
    for start in range(0, len(packed), _PIECE):
        try:
            unpacked += unpacking.decompress(packed[start : start + _PIECE], _RECORD_LIMIT)
        except zlib.error:
            return None
        if unpacking.eof:
            return bytes(unpacked)
        if unpacking.unconsumed_tail or len(unpacked) > _RECORD_LIMIT:
            return None
    return None


def text_of(page: Any) -> str:
    """Return the text of a page in the order it is drawn, a space between its lines."""
    resources = page["/Resources"]["/Font"]
    fonts = {
        name[1:].encode(): _characters(resources[name]["/ToUnicode"].data) for name in resources
    }
    text: list[str] = []
    font: dict[bytes, str] = {}
    for name, glyphs in _FONT_OR_TEXT.findall(page["/Contents"].data):
        if name:
            font = fonts[name]
            text.append(" ")
        else:
            text += (font.get(glyphs[at : at + 4].lower(), "") for at in range(0, len(glyphs), 4))
    return "".join(text).strip()


def _characters(to_unicode: bytes) -> dict[bytes, str]:
    """Return the character of each glyph, as the font says it for those who copy text."""
    return {
        glyph.lower(): bytes.fromhex(character.decode()).decode("utf-16-be")
        for glyph, character in _CHARACTER.findall(to_unicode)
    }
