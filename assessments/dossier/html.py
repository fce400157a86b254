"""A snapshot to the HTML that becomes its PDF. No database."""

from __future__ import annotations

import datetime as dt

import segno
from django.template.loader import render_to_string
from django.utils import timezone, translation

from assessments.dossier import glyphs, links, typography
from assessments.dossier.canonical import texts
from assessments.dossier.document import Document
from assessments.dossier.snapshot import Snapshot, digest, to_canonical_json


def render(snapshot: Snapshot, *, public_url: str = "") -> str:
    """Return the document of a snapshot, in its language.

    ``public_url`` is the address of the portal, where the dossier can be verified.
    """
    with translation.override(snapshot.language), timezone.override(dt.UTC):
        page = render_to_string(
            "dossier/document.html",
            {
                "dossier": snapshot,
                "document": Document(snapshot),
                "digest": digest(to_canonical_json(snapshot)),
                "undrawable": glyphs.undrawable("".join(texts(snapshot))),
                "verification": _verification(public_url),
            },
        )
    return glyphs.printable(typography.spaced(links.inside(page), snapshot.language))


def _verification(public_url: str) -> dict[str, str | int]:
    """Return the address of the verification page and its QR code, as the path of an SVG."""
    if not public_url:
        return {}
    address = public_url.rstrip("/") + "/verify/"
    code = segno.make(address, error="m", micro=False)
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(code.matrix)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return {"address": address, "path": path, "modules": len(code.matrix)}
