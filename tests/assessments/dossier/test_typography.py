"""Spaces that hold, links that lead somewhere, and texts of people that stay tame."""

import pytest

from assessments.dossier import links
from assessments.dossier.prose import to_html
from assessments.dossier.typography import spaced


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("<p>≤ 5 %</p>", "<p>≤\u00a05\u00a0%</p>"),
        ("<p>&lt; 5 ms</p>", "<p>&lt;\u00a05\u00a0ms</p>"),
        ("<p>1 000 000 octets</p>", "<p>1\u202f000\u202f000\u00a0octets</p>"),
        ("<p>on 25 November 2026</p>", "<p>on 25\u00a0November 2026</p>"),
        ("<p>§ 7.2</p>", "<p>§\u00a07.2</p>"),
        ("<p>version 5 stable</p>", "<p>version 5 stable</p>"),
        ('<a title="5 %">5 %</a>', '<a title="5 %">5\u00a0%</a>'),
        ("<code>a : b ; 5 %</code> 5 %", "<code>a : b ; 5 %</code> 5\u00a0%"),
    ],
)
def test_numbers_stay_with_what_they_count(typed, printed):
    assert spaced(typed, "en") == printed


def test_french_punctuation_does_not_begin_a_line():
    assert spaced("<p>« Oui » ; non ! Quoi ? Ceci : cela</p>", "fr") == (
        "<p>«\u00a0Oui\u00a0»\u202f; non\u202f! Quoi\u202f? Ceci\u00a0: cela</p>"
    )
    assert spaced("<p>Why ? a : b</p>", "en") == "<p>Why ? a : b</p>"


def test_a_link_that_leads_nowhere_is_text():
    page = '<p id="here">x</p><a href="#here">a</a> <a href="#gone">b <i>c</i></a>'

    assert links.inside(page) == '<p id="here">x</p><a href="#here">a</a> b <i>c</i>'


def test_a_link_to_a_file_beside_the_dossier_is_none():
    assert "href" not in to_html("[x](secret.txt) [y](//evil.example/) [z](../a)")
    assert 'href="#r-ANSM-CON-01"' in to_html("[x](#r-ANSM-CON-01)")


def test_heads_of_tables_say_what_they_are_about():
    assert '<th scope="col">a</th>' in to_html("| a |\n|---|\n| b |")


def test_a_head_that_fills_a_page_is_a_row():
    tall = to_html(f"| {'word ' * 200} | b |\n|---|---|\n| c | d |")

    assert "<thead>" not in tall
    assert tall.count("<tbody>") == 2
    assert "<thead>" in to_html("| a |\n|---|\n| b |")
