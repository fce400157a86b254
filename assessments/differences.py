"""Two texts, word by word. No database."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from textwrap import shorten
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WORDS: Final = re.compile(r"\s+|[^\s]+")
_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")
# Comparing takes the product of the two lengths: beyond this, lines are compared, then nothing.
_MOST_PAIRS: Final = 1_000_000


def marked(before: str, after: str, *, around: int | None = None) -> SafeString:
    """Return ``after`` as HTML, with what went in ``<del>`` and what came in ``<ins>``.

    What both begin and end with is set aside first; very long differences are told line by
    line, or as a whole, so that no text keeps a page waiting. With ``around``, of what is alike
    only so many words beside each difference are shown.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    keep = None if around is None else 2 * around  # the white space between them, too
    parts = [_near("".join(new[:head]), first=0, last=keep)]
    parts += _middle(old[head : len(old) - tail], new[head : len(new) - tail], keep)
    parts.append(_near("".join(new[len(new) - tail :]), first=keep, last=0))
    return format_html_join("", "{}", ((part,) for part in parts))


def in_short(before: str, after: str) -> str:
    """Say in one line of plain text what went and what came, “old” → “new”."""
    old, new = before.split(), after.split()
    if len(old) * len(new) > _MOST_PAIRS:
        old, new = [before], [after]
    told = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            gone, came = (
                shorten(" ".join(side), 80, placeholder="…") for side in (old[i1:i2], new[j1:j2])
            )
            told.append(f"“{gone}” → “{came}”")
    return "; ".join(told)


def joined(theirs: str, mine: str) -> str:
    """Return both texts as one: each line they share once, ``theirs`` first where they differ."""
    old, new = theirs.splitlines(), mine.splitlines()
    if len(old) * len(new) > _MOST_PAIRS:
        return f"{theirs}\n\n{mine}"
    lines: list[str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        lines += old[i1:i2]
        if kind != "equal":
            lines += new[j1:j2]
    return "\n".join(lines)


def _alike(old: list[str], new: list[str]) -> int:
    """Return how many words both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (gone, came) in pairs if gone != came), min(len(old), len(new)))


def _middle(old: list[str], new: list[str], keep: int | None) -> list[SafeString]:
    if len(old) * len(new) > _MOST_PAIRS:
        old, new = _LINES.findall("".join(old)), _LINES.findall("".join(new))
    if len(old) * len(new) > _MOST_PAIRS:
        return _changed("".join(old), "".join(new))
    parts = []
    matcher = SequenceMatcher(str.isspace, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        gone, came = "".join(old[i1:i2]), "".join(new[j1:j2])
        alike = kind == "equal"
        parts += [_near(came, first=keep, last=keep)] if alike else _changed(gone, came)
    return parts


def _changed(gone: str, came: str) -> list[SafeString]:
    parts = []
    if gone:
        parts.append(format_html("<del>{}</del>", gone))
    if came:
        parts.append(format_html("<ins>{}</ins>", came))
    return parts


def _near(text: str, *, first: int | None, last: int | None) -> SafeString:
    """Return ``text``, or its ``first`` and ``last`` words where both are numbers."""
    if first is None or last is None:
        return format_html("{}", text)
    words = _WORDS.findall(text)
    if len(words) <= first + last + 1:
        return format_html("{}", text)
    return format_html(
        "{} … {}", "".join(words[:first]).rstrip(), "".join(words[len(words) - last :]).lstrip()
    )
