"""Links inside a dossier: to what stands on the same page, on another one, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_ID: Final = re.compile(r'\bid="([^"]+)"')
_LINK: Final = re.compile(r'<a href="#([^"]*)">(.*?)</a>', re.DOTALL)


def anchors(page: str) -> set[str]:
    """Return the names that links can lead to."""
    return set(_ID.findall(page))


def resolved(page: str, address: Callable[[str], str]) -> str:
    """Return ``page`` with each link to a name as one to its ``address``; without one, as text."""

    def link(match: re.Match[str]) -> str:
        found = address(match[1])
        return f'<a href="{found}">{match[2]}</a>' if found else match[2]

    return _LINK.sub(link, page)


def inside(page: str) -> str:
    """Return ``page`` with the links that lead nowhere as text: a reader would be lost."""
    known = anchors(page)
    return resolved(page, lambda name: f"#{name}" if name in known else "")
