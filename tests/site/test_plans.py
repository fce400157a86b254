"""The traps of databases that were measured: each query that fell into one takes another way.

Figures and reasons: docs/architecture.md, "Lists of a hundred thousand answers".
"""

import re

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.filters import AnswerFilter
from assessments.models import Answer, EditionRun, Remark
from assessments.views.answer_list import BY_TURN
from tests.factories import AssessmentFactory, CatalogueFactory
from tests.site.conftest import moved
from tests.site.test_queries import rows
from tests.site.urls import OF_AN_ORGANISATION

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]


def plan_of(queryset):
    """Return how the database would read ``queryset``, were its tables too large to scan."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for way in ("seqscan", "sort", "incremental_sort", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
    return queryset.explain()


@pytest.mark.parametrize(
    ("sent", "index"),
    [
        ({"current": "1"}, "answer_by_turn"),
        ({"verdict": "gap", "current": "1"}, "answer_by_turn"),
        ({"verdict": "gap", "phase": "design", "section": "S1"}, "answer_by_turn"),
        ({"overdue": "1", "criterion": "integrity"}, "answer_by_turn"),
        ({"owner": "me", "current": "1"}, "answer_by_owner_and_turn"),
    ],
)
def test_an_index_gives_the_list_its_order(sent, index):
    """Sorted after they are gathered, all answers of the organisation are read for one page."""
    assessment = AssessmentFactory(catalogue=CatalogueFactory())
    narrowed = AnswerFilter(
        sent, organisation=assessment.organisation, user=assessment.started_by
    ).apply(Answer.objects.all())
    plan = plan_of(narrowed.order_by(*BY_TURN).values("pk")[:50])
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes any index of no rows")
def test_open_remarks_are_found_by_an_index_of_those():
    """Else those that are closed, and those of others, are read too."""
    assessment = AssessmentFactory()
    open_ones = Remark.objects.filter(organisation=assessment.organisation, closed_at=None)
    assert "remark_open" in plan_of(open_ones.values("answer"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes any index of no rows")
def test_who_repeats_an_answer_is_found_by_an_index_when_an_assessment_moves():
    """Else each move reads the answers of everybody, where all of them are in scope."""
    assessment = AssessmentFactory()
    run = EditionRun.objects.create(
        organisation=assessment.organisation,
        catalogue=assessment.catalogue,
        requested_by=assessment.started_by,
    )
    with CaptureQueriesContext(connection) as queries:
        moved(assessment, run, assessment.started_by)
    asked = [each["sql"] for each in queries if '"inherited_from_id" IN (' in each["sql"]]
    assert asked
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            assert "answer_heirs" in str(cursor.fetchall())


def test_answers_are_not_found_through_those_of_every_organisation():
    """An index of recommendations alone leads through the answers of everybody."""
    indexed = connection.introspection.get_constraints(
        connection.cursor(), Answer._meta.db_table
    ).values()
    assert ["recommendation_id"] not in [each["columns"] for each in indexed if each["index"]]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite")
def test_what_is_saved_outlives_a_power_cut():
    """In WAL, anything less than FULL may lose the last commits."""
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_no_page_groups_whole_rows(client):
    """``annotate(Count())`` on rows groups by each of their columns, or fails with the next key."""
    world = rows(1)
    client.force_login(world.person)
    with CaptureQueriesContext(connection) as captured:
        for address in OF_AN_ORGANISATION:
            client.get(address.url(world))
    grouped = [query["sql"] for query in captured if " GROUP BY " in query["sql"]]
    assert grouped
    for sql in grouped:
        for keys in re.findall(r" GROUP BY (.*?)(?:\)| ORDER | HAVING | LIMIT |$)", sql):
            assert '."id"' not in keys, sql


def test_a_long_list_is_not_counted_to_its_end(client, monkeypatch):
    """An exact count reads every answer that matches, for a figure nobody needs."""
    monkeypatch.setattr("assessments.views.answer_list.MOST_COUNTED", 2)
    assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 5}))
    client.force_login(assessment.started_by)
    list_ = reverse("assessments:answer-list", args=[assessment.organisation.slug])
    with CaptureQueriesContext(connection) as captured:
        client.get(list_ + "?q=")
    counting = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert len(counting) == 1
    assert re.search(r"LIMIT 51\)", counting[0])


def test_turns_are_those_of_gaps_by_due_day():
    """``turn`` says again what ``is_gap`` and ``due_on`` say, in one column that sorts."""
    assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 4}))
    today, answers = assessment.started_at.date(), assessment.answers
    actor = {"answered_by": assessment.started_by, "answered_at": assessment.started_at}
    answers.filter(position=2).update(due_on=today)
    answers.filter(position=3).update(due_on=today, verdict="followed", **actor)
    answers.filter(position=4).update(due_on=today, is_applicable=False)
    found = {
        name: set(answers.filter(condition).values_list("position", flat=True))
        for name, condition in {
            "gaps": Q(turn__year__lt=9999),
            "is_gap": Q(is_gap=True),
            "due": Q(turn=today),
            "no day": Q(turn__year=9998),
        }.items()
    }
    assert found == {"gaps": {1, 2}, "is_gap": {1, 2}, "due": {2}, "no day": {1}}
