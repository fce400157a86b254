"""What a dossier holds, read from the PDF: the attached record and the visible text.

For files whose seal holds: nothing here is meant for the bytes of a stranger.
"""

from __future__ import annotations

import io
import mmap
import re
import zlib
from typing import IO, Any, Final, cast

from pyhanko.pdf_utils.reader import PdfFileReader

from assessments.dossier.snapshot import SCHEMA

_CHARACTER: Final = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")
_RECORD: Final = re.compile(rb"/Type /EmbeddedFile.{0,400}?stream\r?\n", re.DOTALL)
_MARK: Final = f'"schema":"{SCHEMA}"'.encode()  # of the record, among the files attached
_NAMED: Final = re.compile(rb"sha256:([0-9a-f]{64})")
_RECORD_LIMIT: Final = 64 * 1024**2
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
        self._reader = PdfFileReader(as_stream(content))

    @property
    def keywords(self) -> str:
        """What the properties of the document say of the digest."""
        return str(self._reader.trailer["/Info"].get("/Keywords", ""))

    def attachment(self, name: str) -> bytes:
        """Return the content of an attached file.

        Raises:
            KeyError: there is none of this name.
        """
        names = self._reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        for index in range(1, len(names), 2):
            specification = names[index]
            if str(specification["/UF"]) == name:
                return bytes(specification["/EF"]["/F"].data)
        raise KeyError(name)

    def cover_text(self) -> str:
        """Return the text of the first page, without white space."""
        pages = self._reader.root["/Pages"]
        while "/Kids" in pages:
            pages = pages["/Kids"][0]
        return "".join(_text(pages).split())


def salvage(content: Content) -> tuple[bytes | None, str]:
    """Return the record and the digest that stand in a file whose seal does not hold.

    They are looked for as bytes: a damaged file is not given to a parser.
    """
    named = _NAMED.search(content)
    found = (_unpacked(content, start.end()) for start in _RECORD.finditer(content))
    record = next((each for each in found if each and _MARK in each), None)
    return record, named[1].decode() if named else ""


def _unpacked(content: Content, start: int) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(memoryview(content)[start:], _RECORD_LIMIT)
    except zlib.error:
        return None


def _text(page: Any) -> str:
    resources = page["/Resources"]["/Font"]
    fonts = {
        name[1:].encode(): _characters(resources[name]["/ToUnicode"].data) for name in resources
    }
    text: list[str] = []
    font: dict[bytes, str] = {}
    for name, glyphs in _FONT_OR_TEXT.findall(page["/Contents"].data):
        if name:
            font = fonts[name]
        else:
            text += (font.get(glyphs[at : at + 4].lower(), "") for at in range(0, len(glyphs), 4))
    return "".join(text)


def _characters(to_unicode: bytes) -> dict[bytes, str]:
    """Return the character of each glyph, as the font says it for those who copy text."""
    return {
        glyph.lower(): bytes.fromhex(character.decode()).decode("utf-16-be")
        for glyph, character in _CHARACTER.findall(to_unicode)
    }
