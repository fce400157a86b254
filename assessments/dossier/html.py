"""A snapshot to the HTML that becomes its PDF. No database."""

from __future__ import annotations

import datetime as dt

import segno
from django.template.loader import render_to_string
from django.utils import timezone, translation

from assessments.dossier import glyphs
from assessments.dossier.canonical import texts
from assessments.dossier.document import Document
from assessments.dossier.snapshot import Snapshot, digest, to_canonical_json


def render(snapshot: Snapshot) -> str:
    """Return the document of a snapshot, in its language: nothing but the record decides."""
    with translation.override(snapshot.language), timezone.override(dt.UTC):
        page = render_to_string(
            "dossier/document.html",
            {
                "dossier": snapshot,
                "document": Document(snapshot),
                "digest": digest(to_canonical_json(snapshot)),
                "undrawable": glyphs.undrawable("".join(texts(snapshot))),
                "verification": _verification(snapshot),
            },
        )
    return glyphs.printable(page)


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
