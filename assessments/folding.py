"""Words without case and accents, so that people find what they mean. No Django."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import Final

LIGATURES: Final = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"}
_MOST_REPEATED: Final = 255  # PostgreSQL counts no further
_SPLITS: Final = str.maketrans(dict.fromkeys("'’‘ʼ`´", " "))


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, ligatures spelt out, apostrophes apart."""
    lower = text.translate(_SPLITS).lower()
    spelt = "".join(LIGATURES.get(letter, letter) for letter in lower)
    return "".join(
        letter
        for letter in unicodedata.normalize("NFD", spelt)
        if not unicodedata.combining(letter)
    )


def _variants() -> dict[str, str]:
    """Map each folded letter, or two, to all that fold to it, up to Latin Extended-A."""
    letters: dict[str, str] = defaultdict(str)
    for letter in map(chr, range(ord("A"), 0x180)):
        folded = fold(letter)
        if folded.isalpha():
            letters[folded] += letter
    return dict(letters)


_VARIANTS: Final = _variants()


def any_accent(word: str) -> str:
    """Return a regular expression for a folded word as people may have written it.

    It says both cases itself: databases differ in which letters they take for the same.
    """
    parts, at = [], 0
    while at < len(word):
        pair, letter = word[at : at + 2], word[at]
        run = len(word) - at - len(word[at:].lstrip(letter))
        if run > 2 and pair in _VARIANTS:  # noqa: PLR2004 -- more than a pair
            # Pairs overlap: “sss” is “sß”, “ßs” or itself. At least as many as all pairs make.
            least = min((run + 1) // 2, _MOST_REPEATED)
            parts.append(f"[{_VARIANTS[letter]}{_VARIANTS[pair]}]{{{least},}}")
            at += run
        elif len(pair) == 2 and pair in _VARIANTS:  # noqa: PLR2004 -- a pair
            parts.append(f"(?:{_each(pair[0])}{_each(pair[1])}|[{_VARIANTS[pair]}])")
            at += 2
        else:
            parts.append(_each(letter))
            at += 1
    return "".join(parts)


def _each(letter: str) -> str:
    if letter in _VARIANTS:
        return f"[{_VARIANTS[letter]}]"
    upper = letter.upper()
    if upper == letter or len(upper) > 1:
        return re.escape(letter)
    return f"[{letter}{upper}]"
