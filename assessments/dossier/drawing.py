"""The pages of a PDF as digests: equal digests draw the same, whatever the file around them.

Objects are followed wherever they lie and compared by what they say; their numbers, the
packing of streams and what was sealed into a signature field do not count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError

_INHERITED: Final = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_DRAWN: Final = (*_INHERITED, "/TrimBox", "/BleedBox", "/ArtBox", "/UserUnit", "/Contents")
_WAYS_BACK: Final = frozenset({"/Parent", "/P", "/StructParent", "/StructParents"})
_PACKING: Final = frozenset({"/Length", "/Filter", "/DecodeParms"})
# What seals, time stamps and attached files bring along, and what says nothing on a page.
_BROUGHT: Final = frozenset(
    {"/AcroForm", "/AF", "/DSS", "/Extensions", "/Metadata", "/Names", "/Perms", "/Version"}
)
_DEEP: Final = 100


class Drawing:
    """The pages of one file, in order."""

    def __init__(self, reader: Any) -> None:
        self._known: dict[Any, bytes] = {}
        self._catalogue = reader.root
        self.pages: list[Any] = list(_pages(reader.root["/Pages"], {}))

    def __len__(self) -> int:
        return len(self.pages)

    @property
    def around(self) -> frozenset[str]:
        """What the catalogue has besides pages: it can hide layers, or start something."""
        return frozenset(self._catalogue) - _BROUGHT

    def digests(self) -> list[bytes]:
        """Return what each page draws."""
        return [self._of_page(page, inherited) for page, inherited in self.pages]

    def _of_page(self, page: Any, inherited: Mapping[str, Any]) -> bytes:
        found = {**inherited, **{name: page.raw_get(name) for name in _DRAWN if name in page}}
        drawn = [self._of(found[name]) if name in found else b"" for name in _DRAWN]
        notes = (self._of_annotation(each) for each in _items(page.get("/Annots", ())))
        return _digest(b"page", *drawn, *sorted(note for note in notes if note))

    def _of_annotation(self, annotation: Any) -> bytes:
        """A field of a signature counts by its place: what stands there is part of the seal.

        One that takes no place, as that of a time stamp, does not count.
        """
        place = [float(side) for side in _items(annotation["/Rect"])]
        if annotation["/Subtype"] == "/Widget" and annotation.get("/FT") == "/Sig":
            is_seen = place[0] != place[2] and place[1] != place[3]
            return _digest(b"field", repr(place).encode()) if is_seen else b""
        kept = ("/Subtype", "/Rect", "/F", "/AP", "/Contents")
        return _digest(*(self._of(annotation.get(name)) for name in kept))

    def _of(self, value: Any, depth: int = 0) -> bytes:
        if depth > _DEEP:
            raise PdfReadError("objects too deep in one another")
        if not isinstance(value, generic.IndirectObject):
            return self._of_value(value, depth)
        key = (value.idnum, value.generation)
        if key not in self._known:
            self._known[key] = b"again"  # it may contain itself
            self._known[key] = self._of_value(value.get_object(), depth)
        return self._known[key]

    def _of_value(self, value: Any, depth: int) -> bytes:
        if isinstance(value, generic.DictionaryObject):
            content = value.data if isinstance(value, generic.StreamObject) else None
            left_out = _WAYS_BACK if content is None else _WAYS_BACK | _PACKING
            parts = (
                _digest(name.encode(), self._of(value.raw_get(name), depth + 1))
                for name in sorted(value.keys() - left_out)
            )
            return _digest(b"{", *parts, content or b"")
        if isinstance(value, generic.ArrayObject):
            items = (value.raw_get(index) for index in range(len(value)))
            return _digest(b"[", *(self._of(item, depth + 1) for item in items))
        if isinstance(value, generic.NumberObject | generic.FloatObject):
            return _digest(b"number", repr(float(value)).encode())
        return _digest(type(value).__name__.encode(), repr(value).encode())


def _digest(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _items(array: Any) -> Iterator[Any]:
    """Yield the items of an array; iterating over it would give references."""
    return (array[index] for index in range(len(array)))


def _pages(node: Any, inherited: Mapping[str, Any], depth: int = 0) -> Iterator[Any]:
    if depth > _DEEP:
        raise PdfReadError("a tree of pages too deep")
    inherited = {**inherited, **{each: node.raw_get(each) for each in _INHERITED if each in node}}
    if "/Kids" not in node:
        yield node, inherited
        return
    for child in _items(node["/Kids"]):
        yield from _pages(child, inherited, depth + 1)
