"""What people write becomes HTML of a short list of tags, whatever they write."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansm_portal.markdown import TAGS, to_html


class Seen(HTMLParser):
    """Tags, attributes and links of a piece of HTML, as a browser would find them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("One *two* **three**.", "<p>One <em>two</em> <strong>three</strong>.</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("# Title", "<h4>Title</h4>"),
        ("### Third", "<h6>Third</h6>"),
        (
            "[SOP](https://qms.example.org/sop-12)",
            '<p><a href="https://qms.example.org/sop-12"'
            ' rel="noopener noreferrer nofollow">SOP</a></p>',
        ),
        (
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n"
            "<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>",
        ),
        ("", ""),
    ],
)
def test_markdown_becomes_html(source, html):
    assert to_html(source).strip() == html


HARMLESS = {"href", "rel", "title"}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "[x](https://a.example 'title\" onmouseover=\"alert(1)')",
    "<style>body{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<math><mtext></p><style><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "```html\n<script>alert(1)</script>\n```",
    "<!--><script>alert(1)</script>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a\x00<script>b",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_that_runs_or_loads_survives(source):
    seen = Seen(to_html(source))
    assert seen.tags <= TAGS
    assert seen.attributes <= HARMLESS
    assert all(link.startswith(("http://", "https://", "mailto:")) for link in seen.links)


def test_raw_html_is_shown_as_text():
    assert "&lt;b&gt;" in to_html("What does <b> do?")


@given(st.text(max_size=400))
def test_any_text_becomes_harmless_html(source):
    seen = Seen(to_html(source))
    assert seen.tags <= TAGS
    assert seen.attributes <= HARMLESS


def test_a_long_and_deep_text_takes_no_time():
    to_html("> " * 5_000 + "x")
    to_html("[" * 20_000)
    to_html("*a_ " * 5_000)
