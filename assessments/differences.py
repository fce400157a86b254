"""Two texts, word by word. No database."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WORDS = re.compile(r"\s+|[^\s]+")


def marked(before: str, after: str) -> SafeString:
    """Return ``after`` as HTML, with what went in ``<del>`` and what came in ``<ins>``."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[tuple[SafeString]] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, came = "".join(old[i1:i2]), "".join(new[j1:j2])
        if kind == "equal":
            parts.append((format_html("{}", came),))
            continue
        if gone:
            parts.append((format_html("<del>{}</del>", gone),))
        if came:
            parts.append((format_html("<ins>{}</ins>", came),))
    return format_html_join("", "{}", parts)
