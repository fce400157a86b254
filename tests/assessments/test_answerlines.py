"""Rows of the list of answers, without a database."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.utils import translation

from ansm_portal.templatetags.portal import options
from assessments.answerlines import Line, rows
from assessments.search import asked_for

TODAY = dt.date(2026, 3, 2)
KEY = UUID(int=7)
LINE = Line(
    pk=KEY,
    assessment=UUID(int=8),
    code="A-1",
    title="Contrôle d’accès",
    is_applicable=True,
    device="Pompe",
    version="2.1",
    verdict="followed",
    evidence_count=2,
    first_name="Claire",
    last_name="Lambert",
    email="claire@example.org",
    due_on=None,
    is_gap=False,
    state="open",
    to_confirm=False,
)


def drawn(asked="", *, can_tick=False, **values):
    with translation.override("en"):
        return rows(
            [LINE._replace(**values)],
            address=f"/answers/{UUID(int=0)}/",
            query="owner=me&q=%22",
            today=TODAY,
            can_tick=can_tick,
            asked=asked_for(asked),
        )


@pytest.mark.parametrize(
    "name", ["code", "title", "device", "version", "first_name", "last_name", "email"]
)
def test_what_people_wrote_is_escaped(name):
    empty = {} if name in {"first_name", "last_name"} else {"first_name": "", "last_name": ""}
    page = drawn(can_tick=True, **empty | {name: '<b class="x">&'})
    assert "<b " not in page
    assert "&lt;b class=&quot;x&quot;&gt;&amp;" in page


def test_the_link_keeps_the_filter():
    assert f'href="/answers/{KEY}/?owner=me&amp;q=%22"' in drawn()


def test_only_who_may_change_answers_can_tick_them():
    assert "checkbox" not in drawn()
    ticked = drawn(can_tick=True)
    assert f'value="{KEY}" aria-label="A-1, Pompe 2.1"' in ticked


@pytest.mark.parametrize(
    ("due_on", "is_gap", "said"),
    [
        (dt.date(2026, 3, 1), True, "overdue since"),
        (dt.date(2026, 3, 1), False, "text-muted"),
        (TODAY, True, "text-muted"),
    ],
)
def test_a_day_is_overdue_when_something_is_left_to_do(due_on, is_gap, said):
    page = drawn(due_on=due_on, is_gap=is_gap)
    assert said in page
    assert ("overdue" in page) == (said == "overdue since")


def test_the_owner_is_a_name_an_address_or_nobody():
    assert "<bdi>Claire Lambert</bdi>" in drawn()
    assert "<bdi>claire@example.org</bdi>" in drawn(first_name="", last_name="")
    assert "<bdi>–</bdi>" in drawn(first_name=None, last_name=None, email=None)


def test_words_are_shown_where_they_stand_and_escaped():
    page = drawn("chiffr", text="<i>Le chiffrement</i> est en place.")
    assert "&lt;i&gt;Le <mark>chiffrement</mark>&lt;/i&gt;" in page


def test_what_does_not_apply_says_so():
    assert "does not apply" in drawn(is_applicable=False)
    assert "does not apply" not in drawn()


@dataclass
class Field:
    choices: list
    chosen: str

    @property
    def field(self):
        return self

    def value(self):
        return self.chosen


def test_options_are_escaped_and_one_is_chosen():
    page = options(Field([("", "any"), ('"1"', "<b>"), ("2", "two")], "2"))
    assert page == (
        '<option value="">any</option><option value="&quot;1&quot;">&lt;b&gt;</option>'
        '<option value="2" selected>two</option>'
    )


def test_without_a_choice_the_empty_option_is_chosen():
    assert '<option value="" selected>' in options(Field([("", "any"), ("1", "one")], None))
