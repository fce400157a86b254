"""Where a page leads, and whether who sees it may go there."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from ansm_portal.permissions import Permission, Role, access_of, granted


class Leads(HTMLParser):
    """Where a page leads: links, forms, and what is asked for in the background."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.paths: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "action", "formaction", "hx-get", "hx-post"} and value:
                self.paths.add(urlsplit(value).path)


def forbidden(response: Any, role: Role) -> list[str]:
    """Return the addresses that a page offers to somebody who may not go there."""
    if not response.get("Content-Type", "").startswith("text/html"):
        return []
    found = []
    for path in sorted(Leads(response.content.decode()).paths):
        try:
            access = access_of(resolve(path).func)
        except Resolver404:
            continue
        if isinstance(access, Permission) and not granted(access, frozenset({role})):
            found.append(path)
    return found
