"""What each row would do: the table of cases."""

from dataclasses import replace

import pytest

from assessments.sheets.comparing import Comparison, Reason, Standing
from assessments.sheets.reading import SheetRow
from tests.assessments.sheets.samples import line, through

KEY = line().key
NOW = Standing(
    code="REC-001",
    revision=3,
    verdict="followed",
    justification="As planned.",
    owner="camille@example.org",
    owner_key="camille",
    due_on=None,
    refusal=None,
)
MEMBERS = {"camille@example.org": "camille", "dominique@example.org": "dominique"}


def compared(changes=(), *, now=NOW, elsewhere=frozenset(), kind="xlsx", **sent):
    """Export an answer, change cells, and compare with what the portal says now."""
    row = through(kind, line(**sent))[0]
    row = SheetRow(row.number, dict(row.values) | dict(changes), row.computed)
    return Comparison(standing={KEY: now}, elsewhere=elsewhere, members=MEMBERS).of(row)


def moved(**changes):
    return replace(NOW, revision=NOW.revision + 1, **changes)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_row_nobody_touched_is_unchanged(kind):
    assert compared(kind=kind)["outcome"] == "unchanged"


@pytest.mark.parametrize(
    "now",
    [
        moved(verdict="adapted", justification="Other.", owner_key=None, owner=""),
        replace(NOW, refusal=Reason.ACCEPTED, justification="Other."),
    ],
)
def test_a_row_nobody_touched_is_unchanged_whatever_happened_in_the_portal(now):
    assert compared(now=now)["outcome"] == "unchanged"


def test_what_was_is_shown_beside_what_will_be():
    found = compared(
        {"verdict": "Adapted", "owner": "Dominique@Example.org", "due_on": "31/12/2026"}
    )
    assert found == {
        "line": 2,
        "code": "REC-001",
        "answer": KEY,
        "outcome": "change",
        "revision": 3,
        "fields": {
            "verdict": ["followed", "adapted"],
            "owner": ["camille", "dominique"],
            "due_on": [None, "2026-12-31"],
        },
    }


def test_an_empty_cell_empties_the_field():
    found = compared({"owner": "", "justification": " "})
    assert found["fields"] == {"owner": ["camille", None], "justification": ["As planned.", ""]}


@pytest.mark.parametrize(
    ("now", "changes", "outcome"),
    [
        (moved(justification="Hers."), {"justification": "Mine."}, "conflict"),
        (moved(verdict="adapted"), {"justification": "Mine."}, "conflict"),
        (moved(owner="", owner_key=None), {"justification": "Mine."}, "change"),
        (moved(), {"justification": "Mine."}, "change"),
        (moved(justification="Hers."), {"due_on": "2026-12-31"}, "change"),
        (moved(justification="Mine."), {"justification": "Mine."}, "unchanged"),
        (moved(due_on="2027-01-01"), {"due_on": "2026-12-31"}, "conflict"),
    ],
)
def test_a_conflict_is_what_both_changed(now, changes, outcome):
    assert compared(changes, now=now)["outcome"] == outcome


def test_without_its_prints_a_row_conflicts_with_any_newer_answer():
    changes = {"justification": "Mine.", "prints": ""}
    assert compared(changes)["outcome"] == "change"
    assert compared(changes, now=moved())["outcome"] == "conflict"
    assert compared({"prints": ""}, now=moved(justification="Hers."))["outcome"] == "conflict"


@pytest.mark.parametrize(
    ("changes", "reason", "value"),
    [
        ({"key": "nonsense"}, Reason.UNKNOWN, "nonsense"),
        ({"key": ""}, Reason.UNKNOWN, ""),
        ({"key": "a\x00b"}, Reason.UNKNOWN, "ab"),
        ({"code": "REC-002"}, Reason.CODE, "REC-002"),
        ({"verdict": "perfect"}, Reason.VERDICT, "perfect"),
        ({"verdict": ""}, Reason.VERDICT, ""),
        ({"owner": "stranger@example.org"}, Reason.OWNER, "stranger@example.org"),
        ({"due_on": "31/02/2026"}, Reason.DAY, "31/02/2026"),
        ({"justification": "x" * 20_001}, Reason.TOO_LONG, ""),
        ({"revision": "4", "verdict": "adapted"}, Reason.REVISION, "4"),
        ({"revision": "", "verdict": "adapted"}, Reason.REVISION, ""),
        ({"revision": "-1", "verdict": "adapted"}, Reason.REVISION, "-1"),
        ({"revision": "9" * 5000, "verdict": "adapted"}, Reason.REVISION, "9" * 120),
    ],
)
def test_a_row_is_refused_with_its_reason(changes, reason, value):
    found = compared(changes)
    assert (found["outcome"], found["reason"], found["value"]) == ("refused", reason, value)
    assert "fields" not in found


def test_a_row_of_another_assessment_is_named_so():
    found = compared({"key": "other"}, elsewhere={"other"})
    assert found["reason"] == Reason.ELSEWHERE


@pytest.mark.parametrize("refusal", [Reason.ACCEPTED, Reason.SUBMITTED, Reason.EXCLUDED])
def test_what_cannot_change_refuses_a_change(refusal):
    found = compared({"verdict": "adapted"}, now=replace(NOW, refusal=refusal))
    assert (found["outcome"], found["reason"]) == ("refused", refusal)


def test_a_formula_is_refused():
    row = through("csv", line())[0]
    row = SheetRow(row.number, row.values, frozenset({"verdict"}))
    found = Comparison(standing={KEY: NOW}, elsewhere=set(), members=MEMBERS).of(row)
    assert found["reason"] == Reason.COMPUTED


def test_the_same_answer_twice_is_refused_the_second_time():
    row = through("csv", line())[0]
    comparison = Comparison(standing={KEY: NOW}, elsewhere=set(), members=MEMBERS)
    assert [comparison.of(row)["outcome"] for _ in range(2)] == ["unchanged", "refused"]
