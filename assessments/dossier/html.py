"""A snapshot to the HTML that becomes its PDF, or a web page of one chapter. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import segno
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import escape
from django.utils.safestring import SafeString

from assessments.dossier import glyphs, links, typography
from assessments.dossier.canonical import texts
from assessments.dossier.chapters import Chapter
from assessments.dossier.document import Document
from assessments.dossier.snapshot import Snapshot, digest, to_canonical_json

COVER: Final = "cover"


@dataclass(frozen=True, slots=True)
class Page:
    """One chapter as part of a web page, between its neighbours."""

    title: str
    body: SafeString
    document: Document
    anchor: str
    previous: Chapter | None
    following: Chapter | None


def page(
    snapshot: Snapshot,
    anchor: str,
    *,
    address: Callable[[str], str],
    is_preview: bool,
) -> Page | None:
    """Return the chapter ``anchor`` from the same templates as the PDF; None if there is none.

    ``address`` is that of the page of a chapter; links to what stands in another one lead there.
    """
    with translation.override(snapshot.language), timezone.override(dt.UTC):
        document = Document(snapshot)
        names = [chapter.anchor for chapter in document.chapters]
        if anchor != COVER and anchor not in names:
            return None
        at = names.index(anchor) if anchor in names else None
        chapter = None if at is None else document.chapters[at]
        body = render_to_string(
            "dossier/_cover.html" if chapter is None else "dossier/_chapter.html",
            _context(snapshot, document) | {"chapter": chapter, "preview": is_preview},
        )
        title = document.told.kind if chapter is None else chapter.title
    here, elsewhere = links.anchors(body), document.whereabouts

    def lead(name: str) -> str:
        if name in here:
            return f"#{name}"
        return f"{escape(address(elsewhere[name]))}#{name}" if name in elsewhere else ""

    following = 0 if at is None else at + 1
    return Page(
        title=title,
        body=SafeString(typography.spaced(links.resolved(body, lead), snapshot.language)),
        document=document,
        anchor=anchor,
        previous=document.chapters[at - 1] if at else None,
        following=document.chapters[following] if following < len(names) else None,
    )


def render(snapshot: Snapshot) -> str:
    """Return the document of a snapshot, in its language: nothing but the record decides."""
    with translation.override(snapshot.language), timezone.override(dt.UTC):
        document = Document(snapshot)
        content = render_to_string("dossier/document.html", _context(snapshot, document))
    return glyphs.printable(typography.spaced(links.inside(content), snapshot.language))


def _context(snapshot: Snapshot, document: Document) -> dict[str, Any]:
    return {
        "dossier": snapshot,
        "document": document,
        "digest": digest(to_canonical_json(snapshot)),
        "undrawable": glyphs.undrawable("".join(texts(snapshot))),
        "verification": _verification(snapshot),
    }


def _verification(snapshot: Snapshot) -> dict[str, str | int]:
    """Return the address of the verification page and its QR code, as the path of an SVG.

    The code, and whoever follows the link, brings the number along; it is no secret.
    """
    if not snapshot.public_url:
        return {}
    address = snapshot.public_url.rstrip("/") + "/verify/"
    link = f"{address}?number={snapshot.number}"
    code = segno.make(link, error="m", micro=False)
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(code.matrix)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return {"address": address, "link": link, "path": path, "modules": len(code.matrix)}
