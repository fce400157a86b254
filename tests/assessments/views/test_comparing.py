"""What changed between two versions, or between two days of an assessment."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.services.answer import save_answer
from assessments.services.assessment import start
from assessments.services.evidence import cite
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    VersionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3, "end_of_life": 1}))


@pytest.fixture
def assessor(client, assessment):
    client.force_login(assessment.started_by)
    return client


def say(answer, text, verdict="followed"):
    answer.refresh_from_db()
    return save_answer(
        answer.pk,
        revision=answer.revision,
        verdict=verdict,
        justification=text,
        owner_id=answer.assessment.started_by_id,
        due_on=None,
        actor=answer.assessment.started_by,
    )


def following(assessment):
    version = VersionFactory(device=assessment.device, label="2.0", is_latest=False)
    return start(
        version,
        catalogue=assessment.catalogue,
        actor=assessment.started_by,
        earlier=assessment,
    )


def compared(client, assessment, status=200, **query):
    address = reverse(
        "assessments:assessment-compare", args=[assessment.organisation.slug, assessment.pk]
    )
    response = client.get(address, query)
    assert response.status_code == status
    return response


def days_ago(n):
    return timezone.localdate() - dt.timedelta(days=n)


def begun_days_ago(assessment, n):
    type(assessment).objects.filter(pk=assessment.pk).update(
        started_at=timezone.now() - dt.timedelta(days=n)
    )


def test_without_a_choice_it_says_what_can_be_compared(assessor, assessment):
    page = compared(assessor, assessment).content.decode()
    assert "Choose what to compare" in page
    assert "There is no other assessment yet." in page


def test_two_versions_are_put_side_by_side_the_older_one_first(assessor, assessment):
    first, second, *_others = assessment.answers.order_by("position")
    say(first, "The hospital updates the pump.")
    say(second, "Nobody does.")
    later = following(assessment)
    changed = later.answers.get(position=1)
    piece = EvidenceFactory(organisation=assessment.organisation, title="Report")
    say(changed, "The maker updates the pump.", verdict="adapted")
    cite(changed.pk, evidence=piece, actor=later.started_by)

    for one, other in [(assessment, later), (later, assessment)]:
        response = compared(assessor, one, other=str(other.pk))
        page = response.content.decode()
        assert response.context["before"] == assessment.full_name
        assert "1 answer differs;" in page
        assert "3 are the same." in page
        assert "<del>hospital</del><ins>maker</ins>" in page
        assert "Evidence that came" in page
        assert piece.get_absolute_url() in page
        assert response.context["moves"] == [(("followed", "adapted"), 1)]
        assert changed.get_absolute_url() in page
        assert first.get_absolute_url() in page


def test_two_days_of_one_assessment_are_compared(assessor, assessment, monkeypatch):
    begun_days_ago(assessment, 3)
    say(assessment.answers.get(position=2), "As planned.")
    response = compared(assessor, assessment, since=days_ago(1).isoformat())
    page = response.content.decode()
    assert response.context["after"] == "now"
    assert response.context["total"] == 1
    assert "<ins>As planned.</ins>" in page
    assert str(assessment.started_by) in page  # who owns it now
    same = compared(
        assessor, assessment, since=days_ago(2).isoformat(), until=days_ago(1).isoformat()
    )
    assert "Nothing differs" in same.content.decode()


def test_a_doubt_is_said(assessor, assessment):
    begun_days_ago(assessment, 3)
    answer = say(assessment.answers.get(position=2), "As planned.")
    type(answer).objects.filter(pk=answer.pk).update(justification="Past the services.")
    page = compared(assessor, assessment, since=days_ago(1).isoformat()).content.decode()
    assert f"The journal does not tell everything about {answer.code}:" in page


def test_changed_verdicts_only(assessor, assessment):
    later = following(assessment)
    say(later.answers.get(position=1), "As planned.")
    say(later.answers.get(position=2), "", verdict="not_assessed")
    response = compared(assessor, later, other=str(assessment.pk), verdicts="1")
    shown = [
        row.difference.shown.position for _phase, rows in response.context["groups"] for row in rows
    ]
    assert (response.context["total"], shown) == (2, [1])


def test_editions_that_differ_are_named(assessor, assessment):
    other = AssessmentFactory(device__organisation=assessment.organisation)
    page = compared(assessor, assessment, other=str(other.pk)).content.decode()
    assert "The editions differ:" in page


def test_many_differences_have_pages(assessor, assessment, monkeypatch):
    monkeypatch.setattr("assessments.views.comparing.OF_A_PAGE", 1)
    later = following(assessment)
    for position in (1, 2):
        say(later.answers.get(position=position), f"Text {position}.")
    for page in (1, 2):
        text = compared(assessor, later, other=str(assessment.pk), page=page).content.decode()
        assert (f"Text {page}." in text, f"Text {3 - page}." in text) == (True, False)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"other": "nonsense"}, "Compare with"),
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": "2020-01-01"}, "The assessment was started on"),
        ({"since": "today", "until": "today"}, "Choose a day after the first one."),
        ({"until": "today"}, "Give the first day, too."),
        ({"since": "tomorrow"}, "This day has not come yet."),
        ({"since": "today", "until": "tomorrow"}, "This day has not come yet."),
    ],
)
def test_what_cannot_be_read_is_said_and_stays(assessor, assessment, query, sentence):
    known = {"today": days_ago(0).isoformat(), "tomorrow": days_ago(-1).isoformat()}
    sent = {name: known.get(value, value) for name, value in query.items()}
    page = compared(assessor, assessment, status=422, **sent).content.decode()
    assert sentence in page
    for name in sent.keys() - {"other"}:
        assert f'value="{sent[name]}"' in page


def test_a_version_and_days_at_once_are_refused(assessor, assessment):
    other = following(assessment)
    sent = {"other": str(other.pk), "since": days_ago(0).isoformat()}
    page = compared(assessor, assessment, status=422, **sent).content.decode()
    assert "Choose a version or days, not both." in page


def test_another_organisation_is_no_choice(assessor, assessment):
    stranger = AssessmentFactory()
    page = compared(assessor, assessment, status=422, other=str(stranger.pk))
    assert str(stranger.device) not in page.content.decode()


@pytest.mark.parametrize("days", [False, True])
def test_more_answers_and_assessments_cost_no_more_queries(
    assessor, assessment, days, django_assert_max_num_queries
):
    later = following(assessment)
    begun_days_ago(later, 3)
    sent = {"since": days_ago(1).isoformat()} if days else {"other": str(assessment.pk)}
    for position in (1, 2, 3):
        answer = later.answers.get(position=position)
        say(answer, f"Text {position}.")
        cite(
            answer.pk,
            evidence=EvidenceFactory(organisation=later.organisation),
            actor=later.started_by,
        )
        AssessmentFactory(device__organisation=later.organisation)
        with django_assert_max_num_queries(12 if days else 10):
            assert compared(assessor, later, **sent).context["total"] == position
