"""What the fonts of a dossier can draw, and what is printed in the place of the rest.

A glyph that is missing would be a box to the reader and a breach of PDF/A. Only the
printed text is changed; the attached record keeps every character as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

FONTS: Final = Path(__file__).resolve().parent.parent.parent / "static" / "dossier" / "fonts"
_FACES: Final = ("SourceSans3-Regular.ttf", "SourceSans3-It.ttf", "SourceSans3-Semibold.ttf")
# What those lack is drawn by this one; it has no faces of its own for bold and italic.
_FALLBACK: Final = "DejaVuSans.ttf"
_LAYOUT: Final = frozenset("\t\n\r ")
# Some fonts have a glyph for them, which nobody sees: they turn or hide what stands beside them.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u00ad\u200c\u200d")  # part of how some languages are written
_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u(00[01][0-9a-f])")


@cache
def drawable() -> frozenset[str]:
    """Return what every face of the body font has, or else the font behind it."""
    body = frozenset.intersection(*map(_characters, _FACES))
    visible = (
        character
        for character in body | _characters(_FALLBACK)
        if unicodedata.category(character) not in _INVISIBLE
    )
    return frozenset(visible) | _JOINERS | _LAYOUT


def _characters(name: str) -> frozenset[str]:
    with TTFont(FONTS / name, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def printable(text: str) -> str:
    """Return ``text`` in NFC, each character that cannot be drawn replaced by its code."""
    composed = unicodedata.normalize("NFC", text)
    missing = set(composed) - drawable()
    if not missing:
        return composed
    return composed.translate({ord(character): _code(character) for character in missing})


def undrawable_in(record: str) -> tuple[str, ...]:
    """Return the same for a canonical record, which has control characters as escapes."""
    return undrawable(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), record))


def undrawable(text: str) -> tuple[str, ...]:
    """Return what :func:`printable` replaces in ``text``, as codes with names, in order."""
    missing = set(unicodedata.normalize("NFC", text)) - drawable()
    return tuple(
        f"{_code(character)} {unicodedata.name(character, '')}".strip()
        for character in sorted(missing)
    )


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"
