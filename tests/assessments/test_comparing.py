"""What differs between two states, and going back from one by the journal. No database."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from assessments.comparing import Kind, Said, Tally, compare, moves, rewind, tallies

SAID = Said(
    key="k1",
    code="A-1",
    phase="design",
    position=1,
    is_applicable=True,
    verdict="followed",
    justification="As planned.",
    owner_id=None,
    due_on=None,
    evidence=frozenset(),
)


def event(verb, key, **data):
    return SimpleNamespace(verb=verb, target=f"assessments.answer:{key}", data=data)


def test_what_is_alike_does_not_differ():
    assert compare([SAID], [replace(SAID, key="k2", position=7)]) == (
        [],
        [replace(SAID, key="k2", position=7)],
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verdict", "adapted"),
        ("justification", "Otherwise."),
        ("owner_id", "somebody"),
        ("due_on", "2026-05-04"),
        ("is_applicable", False),
    ],
)
def test_each_field_that_differs_is_named_with_both_values(name, value):
    [one], alike = compare([SAID], [replace(SAID, **{name: value})])
    assert (one.kind, one.changes, alike) == (
        Kind.CHANGED,
        ((name, getattr(SAID, name), value),),
        [],
    )


def test_evidence_came_and_went():
    [one], _alike = compare(
        [replace(SAID, evidence=frozenset("ab"))], [replace(SAID, evidence=frozenset("bc"))]
    )
    assert (one.came, one.went, one.changes) == (("c",), ("a",), ())


def test_entries_of_one_edition_only_are_new_or_gone():
    other = replace(SAID, code="A-2", key="k2")
    differing, alike = compare([SAID], [other])
    assert [(one.kind, one.shown) for one in differing] == [
        (Kind.ADDED, other),
        (Kind.REMOVED, SAID),
    ]
    assert alike == []


def test_what_applies_on_neither_side_is_left_out():
    absent = replace(SAID, is_applicable=False)
    changed = replace(absent, justification="Otherwise.")
    assert compare([absent], [changed]) == ([], [])
    assert compare([absent], []) == ([], [])


def test_tallies_and_moves_count_each_answer_once():
    before = [replace(SAID, code=f"A-{n}", key=f"k{n}") for n in range(4)]
    after = [
        *before[:1],
        *(replace(said, verdict="adapted") for said in before[1:3]),
        replace(SAID, code="A-9", phase="end_of_life"),
    ]
    differing, alike = compare(before, after)
    assert tallies(differing, alike) == {
        "design": Tally(alike=1, changed=2, removed=1),
        "end_of_life": Tally(added=1),
    }
    assert tallies(differing, alike)["design"].differing == 3
    assert moves(differing) == [(("followed", "adapted"), 2)]


def test_events_are_taken_back_the_latest_first():
    events = [
        event("answer.save", "k1", justification=["Older.", "As planned."]),
        event("answer.save", "k1", justification=["Oldest.", "Older."], verdict=["x", "followed"]),
        event("answer.save", "k9", justification=["Of another.", "As planned."]),
        event("answer.accept", "k1"),
    ]
    found = rewind([SAID], events)
    assert found.answers == (replace(SAID, justification="Oldest.", verdict="x"),)
    assert found.doubtful == ()


@pytest.mark.parametrize(
    ("verb", "data", "earlier"),
    [
        ("answer.cite", {"evidence": "a"}, ""),
        ("answer.uncite", {"evidence": "c"}, "abc"),
        ("answer.copy", {"evidence": [None, ["a", "b"]], "verdict": ["x", "followed"]}, ""),
    ],
)
def test_evidence_is_taken_back(verb, data, earlier):
    said = replace(SAID, evidence=frozenset("ab" if verb != "answer.cite" else "a"))
    [found] = rewind([said], [event(verb, "k1", **data)]).answers
    assert found.evidence == frozenset(earlier)


def test_events_of_many_and_of_what_inherits_are_taken_back():
    events = [
        SimpleNamespace(
            verb="answers.bulk",
            target="assessments.bulkchange:1",
            data={"changes": [{"answer": "k1", "fields": {"due_on": ["2026-01-01", None]}}]},
        ),
        event(
            "answer.save",
            "platform",
            justification=["Not this.", "Nor this."],
            heirs=[{"answer": "k1", "fields": {"justification": ["Before.", "As planned."]}}],
        ),
    ]
    [found] = rewind([SAID], events).answers
    assert found == replace(SAID, due_on="2026-01-01", justification="Before.")


@pytest.mark.parametrize(
    "told",
    [
        event("answer.save", "k1", verdict=["x", "adapted"]),
        event("answer.cite", "k1", evidence="a"),
        event("answer.uncite", "k1", evidence="b"),
    ],
)
def test_an_event_that_does_not_lead_to_what_is_said_leaves_a_doubt(told):
    said = replace(SAID, evidence=frozenset("b"))
    assert rewind([said], [told]).doubtful == ("A-1",)
    assert rewind([said], [], doubtful=["A-7"]).doubtful == ("A-7",)
