import datetime as dt
from uuid import UUID

import pytest

from assessments.bulk import Refused, Row, Wish, joined, outcome, restorable

ANN, BOB = UUID(int=1), UUID(int=2)
DAY = dt.date(2026, 6, 1)


def row(**fields):
    plain = {
        "is_applicable": True,
        "state": "open",
        "verdict": "not_assessed",
        "justification": "",
        "owner_id": None,
        "due_on": None,
    }
    return Row(**(plain | fields))


def wish(**fields):
    return Wish(**({"text_max_length": 100} | fields))


VERDICT = {"values": {"verdict": "adapted"}, "text": "By a firewall."}


def test_only_what_differs_changes():
    assign = wish(values={"owner_id": ANN, "due_on": DAY})
    assert outcome(row(owner_id=ANN), assign) == {"due_on": DAY}
    assert outcome(row(owner_id=BOB, due_on=DAY), assign) == {"owner_id": ANN}
    assert outcome(row(owner_id=ANN, due_on=DAY), assign) is Refused.SAME


def test_nobody_and_no_day_are_values_too():
    assert outcome(row(owner_id=ANN, due_on=DAY), wish(values={"owner_id": None})) == {
        "owner_id": None
    }


def test_a_verdict_and_its_text():
    assert outcome(row(), wish(**VERDICT)) == {
        "verdict": "adapted",
        "justification": "By a firewall.",
    }


def test_a_verdict_that_is_there_stays_unless_ticked():
    answered = row(verdict="followed", justification="Ours.")
    assert outcome(answered, wish(**VERDICT)) is Refused.ANSWERED
    assert outcome(answered, wish(**VERDICT, is_everywhere=True)) == {
        "verdict": "adapted",
        "justification": "Ours.\n\nBy a firewall.",
    }
    assert outcome(answered, wish(**VERDICT, is_everywhere=True, is_appended=False)) == {
        "verdict": "adapted",
        "justification": "By a firewall.",
    }


def test_who_writes_what_was_carried_over_stands_behind_it():
    carried = row(verdict="adapted", justification="By a firewall.", to_confirm=True)
    assert outcome(carried, wish(**VERDICT)) is Refused.ANSWERED
    assert outcome(carried, wish(**VERDICT, is_everywhere=True)) == {"to_confirm": False}
    assert outcome(carried, wish(values={"owner_id": ANN})) == {"owner_id": ANN}
    assert outcome(carried, wish(cites=True)) == {"evidence": True}


def test_a_text_is_added_once():
    assert joined("", "New.") == "New."
    assert joined("Old.\n", "New.") == "Old.\n\nNew."
    assert joined("Old.\n\nNew.", "New.") == "Old.\n\nNew."
    assert joined("New.", "New.") == "New."
    assert joined("  \n", "New.") == "New."


def test_a_text_that_would_be_too_long_is_refused_and_not_cut():
    full = row(justification="x" * 95)
    assert outcome(full, wish(**VERDICT)) is Refused.TOO_LONG


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"is_applicable": False}, Refused.EXCLUDED),
        ({"state": "ready", "verdict": "followed"}, Refused.UNDER_REVIEW),
        ({"state": "accepted", "verdict": "followed"}, Refused.ACCEPTED),
        ({"is_inherited": True}, Refused.INHERITED),
        ({"verdict": "adapted", "justification": "By a firewall."}, Refused.SAME),
    ],
)
def test_what_is_refused(fields, refused):
    assert outcome(row(**fields), wish(**VERDICT, is_everywhere=True)) is refused


def test_an_accepted_answer_changes_with_a_reason():
    accepted = row(state="accepted", verdict="followed", justification="Ours.")
    assert "verdict" in outcome(accepted, wish(**VERDICT, is_everywhere=True, reason="Audit."))


def test_the_owner_of_an_accepted_answer_changes_without_one():
    assert outcome(row(state="accepted"), wish(values={"owner_id": ANN})) == {"owner_id": ANN}
    assert outcome(row(state="ready"), wish(values={"owner_id": ANN})) is Refused.UNDER_REVIEW


def test_evidence_is_cited_once():
    assert outcome(row(), wish(cites=True)) == {"evidence": True}
    assert outcome(row(cites=True), wish(cites=True)) is Refused.SAME
    assert outcome(row(state="accepted"), wish(cites=True)) is Refused.ACCEPTED


@pytest.mark.parametrize(
    ("revision", "state", "fields", "refused"),
    [
        (3, "open", {"verdict": []}, None),
        (4, "open", {"verdict": []}, Refused.MOVED),
        (3, "ready", {"owner_id": []}, Refused.UNDER_REVIEW),
        (3, "accepted", {"evidence": []}, Refused.ACCEPTED_SINCE),
        (3, "accepted", {"owner_id": []}, None),
    ],
)
def test_what_can_be_put_back(revision, state, fields, refused):
    assert restorable(revision=revision, state=state, given=3, fields=fields) is refused
