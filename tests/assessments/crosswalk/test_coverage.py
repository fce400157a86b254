"""What answers say for a requirement: a table, and what holds for all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.crosswalk.coverage import Link, Place, Position, counts, support
from assessments.enums import MappingRelation, Support, Verdict


def link(code="A", relation="intersects"):
    return Link(code, relation, "medium", "proposed")


def said(**verdicts):
    return {
        code: Position(code, verdict != "left_out", verdict.replace("left_out", "not_assessed"))
        for code, verdict in verdicts.items()
    }


@pytest.mark.parametrize(
    ("links", "positions", "expected"),
    [
        ([], {}, Support.NOT_REACHED),
        ([link("B")], said(A="followed"), Support.NOT_REACHED),
        ([link()], said(A="followed"), Support.SUPPORTED),
        ([link()], said(A="adapted"), Support.SUPPORTED),
        ([link()], said(A="partly_followed"), Support.PARTLY),
        ([link()], said(A="not_followed"), Support.OPEN),
        ([link()], said(A="not_assessed"), Support.OPEN),
        ([link()], said(A="not_applicable"), Support.NOT_APPLICABLE),
        ([link()], said(A="left_out"), Support.NOT_APPLICABLE),
        ([link(), link("B")], said(A="followed", B="not_followed"), Support.PARTLY),
        ([link(), link("B")], said(A="followed", B="not_applicable"), Support.SUPPORTED),
        ([link(), link("B")], said(A="not_assessed", B="not_followed"), Support.OPEN),
        (
            [link(relation="superset"), link("B")],
            said(A="followed", B="not_followed"),
            Support.SUPPORTED,
        ),
        ([link(relation="equal"), link("B")], said(A="followed", B="open"), Support.SUPPORTED),
        ([link(relation="subset"), link("B")], said(A="followed", B="open"), Support.PARTLY),
        (
            [link(relation="superset"), link("B")],
            said(A="not_followed", B="followed"),
            Support.PARTLY,
        ),
    ],
)
def test_what_the_answers_say(links, positions, expected):
    assert support(links, positions) == expected


LINKS = st.lists(
    st.builds(link, st.sampled_from("ABC"), st.sampled_from(MappingRelation.values)), max_size=4
)
POSITIONS = st.dictionaries(st.sampled_from("ABC"), st.sampled_from([*Verdict.values, "left_out"]))


@given(LINKS, POSITIONS, st.sampled_from("ABC"))
def test_following_one_more_never_supports_less(links, verdicts, code):
    order = [Support.OPEN, Support.PARTLY, Support.SUPPORTED]
    before = support(links, said(**verdicts))
    if verdicts.get(code) not in {"not_assessed", "not_followed", "partly_followed"}:
        return
    after = support(links, said(**(verdicts | {code: "followed"})))
    if before in order:
        assert order.index(after) >= order.index(before)
    else:
        assert after == before


def test_a_heading_counts_when_something_is_mapped_to_it():
    positions = said(A="followed")
    places = [
        Place("1", [], is_heading=True),
        Place("1.1", [link()]),
        Place("2", [link()], is_heading=True),
        Place("3", []),
    ]
    assert counts(places, positions) == {Support.SUPPORTED: 2, Support.NOT_REACHED: 1}
