import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.sheets.columns import (
    canonical,
    day_of,
    headings,
    looks_like_formula,
    neutralised,
    portable,
    restored,
)

texts = st.text(st.characters(codec="utf-8"), max_size=200)
dangerous = st.builds(
    "".join, st.tuples(st.text("'", max_size=3), st.sampled_from("=+-@\t\r＝＋－＠"), texts)
)


@given(texts | dangerous)
def test_what_is_neutralised_comes_back_unchanged(text):
    assert restored(neutralised(text)) == text


@given(dangerous)
def test_what_looks_like_a_formula_has_an_apostrophe_before_it(text):
    assert looks_like_formula(text)
    assert neutralised(text)[0] == "'"


@pytest.mark.parametrize("text", ["As planned.", "'tis so", "", "1 + 1 = 2", "«=»"])
def test_other_texts_stay_as_they_are(text):
    assert neutralised(text) == restored(text) == text


@given(texts)
def test_a_portable_text_stays_as_it_is(text):
    assert portable(portable(text)) == portable(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31", dt.date(2026, 12, 31)),
        ("31/12/2026", dt.date(2026, 12, 31)),
        ("1.2.2026", dt.date(2026, 2, 1)),
        ("2026-12-31T00:00:00", dt.date(2026, 12, 31)),
        ("31/02/2026", None),
        ("tomorrow", None),
        ("٢٠٢٦-12-31", None),
        ("", None),
    ],
)
def test_a_day_is_iso_or_has_the_day_first(text, expected):
    assert day_of(text) == expected


def test_a_verdict_is_understood_in_both_languages_and_by_its_key():
    for text in ("followed", "Followed ", "suivie", "FOLLOWED"):
        assert canonical("verdict", text) == "followed"
    assert canonical("verdict", "perfect") == "perfect"


def test_a_column_is_found_by_its_name_and_its_label():
    assert headings()["due day"] == headings()["due_on"] == "due_on"
