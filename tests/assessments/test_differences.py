"""Two texts word by word: nothing is lost, whatever they are."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.differences import marked

TEXTS = st.lists(st.sampled_from(["key", "log", "<b>", "é", "\n", "  ", "TLS 1.3."]), max_size=30)


def without(tag, marks):
    """Return the text of ``marks`` without what stands in ``tag``."""
    return html.unescape(re.sub(r"</?\w+>", "", re.sub(f"<{tag}>[^<]*</{tag}>", "", marks)))


def tagged(marks):
    return re.findall(r"<(ins|del)>([^<]*)</", marks)


@given(TEXTS.map(" ".join), TEXTS.map(" ".join))
def test_both_texts_can_be_read_from_the_marks(before, after):
    marks = marked(before, after)

    assert without("del", marks) == after
    assert without("ins", marks) == before


@given(TEXTS.map(" ".join), TEXTS.map(" ".join), st.integers(0, 5))
def test_around_the_differences_they_are_the_same(before, after, around):
    assert tagged(marked(before, after, around=around)) == tagged(marked(before, after))


def test_what_is_far_from_a_difference_is_left_out():
    words = [f"word{n}" for n in range(100)]
    changed = [*words[:50], "other", *words[51:]]

    marks = marked(" ".join(words), " ".join(changed), around=2)

    assert marks == " … word48 word49 <del>word50</del><ins>other</ins> word51 word52 … "


def test_what_differs_at_the_end_of_a_long_text_is_shown():
    text = "word " * 2_000

    assert marked(text, text + "more", around=1).endswith("<ins>more</ins>")


@pytest.mark.parametrize("words", [700, 40_000])
def test_texts_that_have_little_in_common_keep_nobody_waiting(words):
    before, after = ("\n".join(f"{side}{n}" for n in range(words)) for side in "ab")

    marks = marked(before, after)

    assert without("del", marks) == after
    assert without("ins", marks) == before
