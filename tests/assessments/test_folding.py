import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.folding import any_accent, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Intégrité des MISES À JOUR", "integrite des mises a jour"),
        ("mise en œuvre", "mise en oeuvre"),
        ("l'accès et l’authentification", "l acces et l authentification"),
        ("Straße", "strasse"),
        ("CO-12", "co-12"),
    ],
)
def test_words_lose_case_accents_and_ligatures(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize("written", ["Œuvre", "œuvre", "OEUVRE", "oeuvre"])
def test_a_folded_word_is_found_however_it_is_written(written):
    assert re.search(any_accent("oeuvre"), written)
    assert not re.search(any_accent("oeuvres"), written)


@pytest.mark.parametrize("written", ["Sß", "ßS", "SSS", "sßß", "ß" * 600])
def test_pairs_that_overlap_find_themselves(written):
    assert re.search(any_accent(fold(written)), written)


@given(st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Cc"]), min_size=1))
def test_every_word_finds_itself(text):
    for word in (
        text.replace("'", " ").replace("’", " ").replace("`", " ").replace("´", " ").split()
    ):
        for folded in fold(word).split():
            assert re.search(any_accent(folded), word)


@given(st.text(st.sampled_from("().*+?[]{}|^$\\-abc"), min_size=1))
def test_signs_of_regular_expressions_are_letters_like_others(word):
    assert re.fullmatch(any_accent(word), word)
