"""What PDF/A-3a and PDF/UA-1 ask of a dossier, as far as a few lines can see it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
PRINTED_AND_LOCKED = 132


def faults(content: bytes, *, language: str = "en") -> list[str]:
    """Return what is wrong with a dossier; nothing for a good one."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return [
            *_container(content),
            *_metadata(document.Root, language),
            *_attachments(document.Root),
            *_fonts(document),
            *_pages(document),
            *_fields(document.Root),
            *_structure(document.Root),
        ]


def _container(content: bytes) -> Iterator[str]:
    if b"/ObjStm" in content:
        yield "object streams: verification becomes quadratic"
    if b"\nxref\n" not in content:
        yield "no classic cross-reference table"


def _metadata(root: Any, language: str) -> Iterator[str]:
    xmp = root.Metadata.read_bytes()
    if [str(intent.S) for intent in root.OutputIntents] != ["/GTS_PDFA1"]:
        yield "no output intent"
    if xmp.count(b"<rdf:RDF") != 1:
        yield "not one rdf:RDF: validators read the first only"
    if b'pdfaid:part="3" pdfaid:conformance="A"' not in xmp:
        yield "not marked as PDF/A-3a"
    if b'pdfuaid:part="1"' not in xmp:
        yield "not marked as PDF/UA-1"
    if not root.MarkInfo.Marked:
        yield "not tagged"
    if str(root.Lang) != language:
        yield f"language {root.Lang}"
    if not root.ViewerPreferences.DisplayDocTitle:
        yield "its title is not shown"
    for name in ("/NeedAppearances", "/DR"):
        if name in root.AcroForm:
            yield f"{name} in the form"


def _attachments(root: Any) -> Iterator[str]:
    tree = root.Names.EmbeddedFiles.Names
    names = [str(name) for name in tree[::2]]
    if names != sorted(set(names)):
        yield "the tree of attachments is not sorted"
    if sorted(str(one.UF) for one in root.AF) != names:
        yield "AF does not name each attachment once"
    for one in root.AF:
        if "/AFRelationship" not in one or "/Desc" not in one:
            yield f"{one.UF}: no relationship or description"


def _fonts(document: pikepdf.Pdf) -> Iterator[str]:
    found = [
        item
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
    ]
    if not found:
        yield "no font"
    for font in found:
        if "/FontFile2" not in font and "/FontFile3" not in font:
            yield f"{font.FontName} is not embedded"


def _pages(document: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(document.pages, start=1):
        if page.get("/Tabs") != "/S":
            yield f"page {number}: tabs do not follow the structure"
        for note in page.get("/Annots", ()):
            if note.Subtype == "/Link" and not str(note.get("/Contents", "")).strip():
                yield f"page {number}: a link without words"
            if "/StructParent" not in note:
                yield f"page {number}: {note.Subtype} outside the structure"
        yield from (f"page {number}: {fault}" for fault in _content(page))


def _content(page: Any) -> Iterator[str]:
    marked: list[bool] = []
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "BDC" | "BMC":
                marked.append(True)
            case "EMC":
                marked.pop()
            case name if name in SHOWS_TEXT:
                if not marked:
                    yield "text that is neither tagged nor decoration"
                if any(_has_glyph_0(part) for part in _strings(operands)):
                    yield "a glyph that no font has"


def _strings(operands: Any) -> Iterator[bytes]:
    for part in operands[0] if isinstance(operands[0], pikepdf.Array) else operands:
        if isinstance(part, pikepdf.String):
            yield bytes(part)


def _has_glyph_0(shown: bytes) -> bool:
    return any(shown[at : at + 2] == b"\0\0" for at in range(0, len(shown), 2))


def _fields(root: Any) -> Iterator[str]:
    for field in root.AcroForm.Fields:
        if field.get("/FT") != "/Sig":
            yield f"field {field.T} is not for a signature"
        if field.F != PRINTED_AND_LOCKED:
            yield f"field {field.T}: flags {field.F}"
        for name in ("/AP", "/StructParent", "/TU", "/P"):
            if name not in field:
                yield f"field {field.T}: no {name}"


def _elements(node: Any) -> Iterator[Any]:
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from _elements(each)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        yield from _elements(node.get("/K", pikepdf.Array()))


def _structure(root: Any) -> Iterator[str]:
    level = 0
    for element in _elements(root.StructTreeRoot.K):
        kind = str(element.S)
        if kind in {"/H1", "/H2", "/H3", "/H4", "/H5", "/H6"}:
            if int(kind[2]) > level + 1:
                yield f"{kind} after level {level}"
            level = int(kind[2])
        elif kind == "/Figure" and not str(element.get("/Alt", "")).strip():
            yield "a figure without words"
        elif kind == "/TH" and not _scope(element):
            yield "a head of a table that does not say what it is about"
        elif kind == "/Form" and "/K" not in element:
            yield "an empty form"


def _scope(element: Any) -> bool:
    attributes = element.get("/A", pikepdf.Array())
    if isinstance(attributes, pikepdf.Dictionary):
        attributes = [attributes]
    return any("/Scope" in one for one in attributes)
