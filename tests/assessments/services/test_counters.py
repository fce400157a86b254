import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.enums import Verdict
from assessments.models import PhaseReview
from assessments.services.changes import store_all
from assessments.services.counters import COUNTERS, PhaseIsSubmitted, recount_unless_submitted
from tests.factories import AssessmentFactory, CatalogueFactory

pytestmark = pytest.mark.django_db


def phases_of(*assessments):
    return {(each.pk, "design") for each in assessments}


def test_the_row_of_the_phase_is_locked_before_its_answers_are_counted():
    """Counting first would count without what another transaction is about to commit."""
    assessment = AssessmentFactory()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        recount_unless_submitted(assessment.organisation_id, phases_of(assessment))
    tables = [query["sql"].partition('"."')[0].rpartition('"')[2] for query in captured]
    assert [t for t in tables if t.startswith("assessments_")][:2] == [
        "assessments_phasereview",
        "assessments_answer",
    ]


def test_many_phases_are_counted_at_once(django_assert_num_queries):
    first = AssessmentFactory()
    others = [
        AssessmentFactory(
            catalogue=first.catalogue,
            actor=first.started_by,
            device__organisation=first.organisation,
        )
        for _ in range(3)
    ]
    PhaseReview.objects.update(applicable=99)

    with django_assert_num_queries(3):
        recount_unless_submitted(first.organisation_id, phases_of(first, *others))

    counted = PhaseReview.objects.filter(phase="design").values_list("applicable", flat=True)
    assert list(counted) == [2, 2, 2, 2]
    assert set(
        PhaseReview.objects.exclude(phase="design").values_list("applicable", flat=True)
    ) == {99}


def test_one_phase_under_review_refuses_them_all():
    assessment = AssessmentFactory()
    PhaseReview.objects.filter(assessment=assessment, phase="design").update(
        state="submitted",
        submitted_by=assessment.started_by,
        submitted_at=assessment.started_at,
        applicable=99,
    )
    with pytest.raises(PhaseIsSubmitted):
        recount_unless_submitted(
            assessment.organisation_id, {(assessment.pk, "design"), (assessment.pk, "development")}
        )
    assert PhaseReview.objects.get(assessment=assessment, phase="design").applicable == 99


def test_what_differs_and_what_is_the_same_is_stored_alike():
    assessment = AssessmentFactory()
    answers = list(assessment.answers.order_by("position")[:3])
    for number, answer in enumerate(answers):
        answer.justification = f"Reason {number}"
        answer.verdict = "followed"
        answer.answered_by, answer.answered_at = assessment.started_by, assessment.started_at

    store_all(
        answers,
        fields={"verdict", "justification", "answered_by", "answered_at"},
        author=assessment.started_by,
    )

    stored = assessment.answers.order_by("position")[:4]
    assert [(a.verdict, a.justification, a.revision) for a in stored] == [
        ("followed", "Reason 0", 2),
        ("followed", "Reason 1", 2),
        ("followed", "Reason 2", 2),
        ("not_assessed", "", 1),
    ]
    assert [answer.authorships.count() for answer in stored] == [1, 1, 1, 0]


def test_many_phases_are_counted_as_one_is():
    """Two statements count: each must find what the other finds."""
    catalogue = CatalogueFactory(sizes={"design": 9, "development": 3})
    assessment = AssessmentFactory(catalogue=catalogue)
    stamps = {"answered_by": assessment.started_by, "answered_at": assessment.started_at}
    kinds = [
        *({"verdict": verdict, **stamps} for verdict in Verdict),
        {"is_applicable": False},
        {"verdict": "followed", "to_confirm": True, **stamps},
        {
            "verdict": "adapted",
            "justification": "So.",
            "state": "accepted",
            "accepted_by": assessment.started_by,
            "accepted_at": assessment.started_at,
            **stamps,
        },
    ]
    answers = assessment.answers.filter(phase="design").order_by("position")
    for answer, fields in zip(answers, kinds, strict=True):
        assessment.answers.filter(pk=answer.pk).update(**fields)

    recount_unless_submitted(assessment.organisation_id, {(assessment.pk, "design")})
    one = PhaseReview.objects.filter(phase="design").values(*COUNTERS).get()
    PhaseReview.objects.update(**dict.fromkeys(COUNTERS, 99))
    recount_unless_submitted(
        assessment.organisation_id, {(assessment.pk, "design"), (assessment.pk, "development")}
    )

    many = PhaseReview.objects.filter(phase="design").values(*COUNTERS).get()
    assert many == one
    assert one == {
        "applicable": 8,
        "excluded": 1,
        "not_assessed": 1,
        "followed": 2,
        "adapted": 2,
        "partly_followed": 1,
        "not_followed": 1,
        "not_applicable": 1,
        "accepted": 1,
        "to_confirm": 1,
    }
