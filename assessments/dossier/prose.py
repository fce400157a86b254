"""Texts of people, in Markdown, to the few elements of HTML that a dossier prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS: Final = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}, "p": {"class"}, "th": {"scope"}}
_ADDRESSES: Final = {"http", "https", "mailto"}
# A head is repeated on each page; one that fills a page would leave no room, and vanish.
_TALLEST_HEAD: Final = 300

_markdown: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def to_html(source: str) -> SafeString:
    """Return the HTML of a text: no images, and headings as bold paragraphs.

    The headings of a dossier are its chapters, sections and recommendations; one that
    somebody typed in an answer would stand among them, in the outline too. A link leads to the
    web or to a place in the dossier, never to a file beside it.
    """
    tokens = _markdown.parse(source)
    _tame_heads(tokens)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"
        if token.type == "heading_open":
            token.attrSet("class", "heading")
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_ADDRESSES,
        link_rel=None,
        url_relative=lambda address: address if address.startswith("#") else None,
    )
    return SafeString(clean)  # nh3 has just cleaned it


def _tame_heads(tokens: Sequence[Token]) -> None:
    """Say what the heads of tables are about; a tall one becomes a row like the others."""
    opening: Token | None = None
    length = 0
    for token in tokens:
        if token.type == "thead_open":
            opening, length = token, 0
        elif token.type == "thead_close" and opening is not None:
            if length > _TALLEST_HEAD:
                opening.tag = token.tag = "tbody"
            opening = None
        elif token.type == "th_open":
            token.attrs = {"scope": "col"}
        elif opening is not None and token.type == "inline":
            length += len(token.content)
