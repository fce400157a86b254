"""Markdown that people write, as HTML that is safe to show."""

from __future__ import annotations

from typing import Final

import nh3
from markdown_it import MarkdownIt

_RENDERER: Final = MarkdownIt("commonmark", {"html": False}).enable("table")

TAGS: Final = frozenset(
    {"p", "br", "em", "strong", "ul", "ol", "li", "code", "pre", "blockquote", "a", "hr"}
    | {"table", "thead", "tbody", "tr", "th", "td", "h4", "h5", "h6"}
)
# A justification sits below the headings of the page.
_LOWERED: Final = {"h1": "h4", "h2": "h5", "h3": "h6"}


def to_html(source: str) -> str:
    """Return ``source`` (CommonMark with tables) as HTML of a short list of tags.

    Raw HTML in the source is shown as text; links keep http, https and mailto only.
    """
    tokens = _RENDERER.parse(source)
    for token in tokens:
        token.tag = _LOWERED.get(token.tag, token.tag)
    html = _RENDERER.renderer.render(tokens, _RENDERER.options, {})
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
