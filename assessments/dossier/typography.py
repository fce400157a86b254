"""Spaces that must not break, in the HTML of a dossier. What people wrote stays in the record.

Nobody types the narrow spaces of French, and a line must not begin with its punctuation, nor
end between a number and its unit.
"""

from __future__ import annotations

import re
from typing import Final

_NO_BREAK: Final = "\u00a0"
_NARROW: Final = "\u202f"
_PART: Final = re.compile(
    r"<(?:code|pre|style|svg)\b.*?</(?:code|pre|style|svg)>|<[^>]*>", re.DOTALL
)
_UNIT: Final = (
    r"%|‰|°C|€|octets|[KkMGT]?[oB]|ko|bits?|ms|s|min|h|jours?|mois|ans?|mm|cm|m|km|[km]?Hz|GHz|MHz|"
    r"days?|months?|years?|hours?|bytes|pages?"
)
_MONTH: Final = (
    r"janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|"
    r"January|February|March|April|May|June|July|August|September|October|November|December"
)
_AROUND_NUMBERS: Final = (
    (re.compile(rf"(?<=\d) (?=(?:{_MONTH})\b)"), _NO_BREAK),
    (re.compile(r"(?<=[≤≥<>≈±=§]) (?=\d)"), _NO_BREAK),
    (re.compile(r"(?<=&[lg]t;) (?=\d)"), _NO_BREAK),
    (re.compile(rf"(?<=\d) (?=(?:{_UNIT})(?!\w))"), _NO_BREAK),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), _NARROW),
    (re.compile(r"(?<=\b[nN]°) (?=\d)"), _NO_BREAK),
    (re.compile(r"(?<=\b(?:art|Art)\.) (?=[\dLRD])"), _NO_BREAK),
)
_FRENCH: Final = (
    (re.compile(r" (?=[;!?])"), _NARROW),
    (re.compile(r" (?=:(?:\s|$))"), _NO_BREAK),
    (re.compile(r" (?=»)"), _NO_BREAK),
    (re.compile(r"(?<=«) "), _NO_BREAK),
)


def spaced(page: str, language: str) -> str:
    """Return ``page`` with the spaces that hold things together; tags and code are left alone."""
    rules = (*_AROUND_NUMBERS, *(_FRENCH if language == "fr" else ()))
    kept = _PART.findall(page)
    texts = _PART.split(page)
    for index, text in enumerate(texts):
        if " " in text:
            texts[index] = _spaced(text, rules)
    return "".join(part for pair in zip(texts, [*kept, ""], strict=True) for part in pair)


def _spaced(text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, space in rules:
        text = pattern.sub(space, text)
    return text
