"""Texts of people, in Markdown, to the few elements of HTML that a dossier prints."""

from __future__ import annotations

from typing import Final

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_TAGS: Final = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}, "p": {"class"}}
_ADDRESSES: Final = {"http", "https", "mailto"}

_markdown: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def to_html(source: str) -> SafeString:
    """Return the HTML of a text: no images, and headings as bold paragraphs.

    The headings of a dossier are its chapters, sections and recommendations; one that
    somebody typed in an answer would stand among them, in the outline too.
    """
    tokens = _markdown.parse(source)
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
    )
    return SafeString(clean)  # nh3 has just cleaned it
