"""What the fonts of a dossier can draw, and what is printed in the place of the rest.

A glyph that is missing would be a box to the reader and a breach of PDF/A. Only the
printed text is changed; the attached record keeps every character as it was typed.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

FONTS: Final = Path(__file__).resolve().parent.parent.parent / "static" / "dossier" / "fonts"
_FACES: Final = ("SourceSans3-Regular.ttf", "SourceSans3-It.ttf", "SourceSans3-Semibold.ttf")
_LAYOUT: Final = frozenset("\t\n\r ")
_INVISIBLE: Final = frozenset("\ufeff")  # has a glyph, which nobody sees


@cache
def drawable() -> frozenset[str]:
    """Return the characters that every face of the body font has, and white space."""
    faces = []
    for name in _FACES:
        with TTFont(FONTS / name, lazy=True) as font:
            faces.append({chr(code) for code in font.getBestCmap()})
    return (frozenset.intersection(*map(frozenset, faces)) | _LAYOUT) - _INVISIBLE


def printable(text: str) -> str:
    """Return ``text`` in NFC, each character that cannot be drawn replaced by its code."""
    composed = unicodedata.normalize("NFC", text)
    missing = set(composed) - drawable()
    if not missing:
        return composed
    return composed.translate({ord(character): _code(character) for character in missing})


def undrawable(text: str) -> tuple[str, ...]:
    """Return what :func:`printable` replaces in ``text``, as codes with names, in order."""
    missing = set(unicodedata.normalize("NFC", text)) - drawable()
    return tuple(
        f"{_code(character)} {unicodedata.name(character, '')}".strip()
        for character in sorted(missing)
    )


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"
