import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.mentions import Named, find, marked

PEOPLE = [
    Named("anne", "Anne Petit", "anne@acme.example"),
    Named("marie", "Anne Petit-Lebrun", "marie@acme.example"),
    Named("helene", "Hélène Girard", "helene.girard@acme.example"),
    Named("other", "Hélène Girard", "h.girard@acme.example"),
    Named("nobody", "", "nobody@acme.example"),
]


def called(text):
    return [(text[m.start : m.end], m.keys) for m in find(text, PEOPLE)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See @Anne Petit.", [("@Anne Petit", ("anne",))]),
        ("@ANNE petit, please", [("@ANNE petit", ("anne",))]),
        ("@Anne\u00a0Petit\u202f?", [("@Anne\u00a0Petit", ("anne",))]),
        ("@Anne  Petit", [("@Anne  Petit", ("anne",))]),
        ("@Anne Petit-Lebrun knows", [("@Anne Petit-Lebrun", ("marie",))]),
        ("@Anne Petit-Dupont", []),
        ("@Anne Petits", []),
        ("@Anne", []),
        ("@helene girard", [("@helene girard", ("helene", "other"))]),
        ("@He\u0301le\u0300ne Girard", [("@He\u0301le\u0300ne Girard", ("helene", "other"))]),
        ("(@h.girard@acme.example)", [("@h.girard@acme.example", ("other",))]),
        ("@h.girard@acme.example.", [("@h.girard@acme.example", ("other",))]),
        ("@h.girard@acme.example.org", []),
        ("write to x@anne@acme.example", []),
        ("@ Anne Petit", []),
        ("@nobody@acme.example", [("@nobody@acme.example", ("nobody",))]),
        (
            "@Anne Petit @Anne Petit",
            [("@Anne Petit", ("anne",)), ("@Anne Petit", ("anne",))],
        ),
        ("", []),
        ("@", []),
    ],
)
def test_a_name_after_an_at_calls_a_member(text, expected):
    assert called(text) == expected


@given(st.text(st.sampled_from("@ aàÀnNeE.-ﬁßİ\n\u00a0"), max_size=30))
def test_calls_lie_in_the_text_one_after_the_other(text):
    people = [Named(1, "anne", "a@n"), Named(2, "fi ss", "")]
    done = 0
    for mention in find(text, people):
        assert done <= mention.start < mention.end <= len(text)
        assert text[mention.start] == "@"
        done = mention.end


def test_what_calls_is_marked_and_nothing_is_html():
    shown = marked("<b>@Anne Petit</b>\nand @nobody else", PEOPLE)
    assert shown == (
        '&lt;b&gt;<span class="mention">@Anne Petit</span>&lt;/b&gt;<br>and @nobody else'
    )
