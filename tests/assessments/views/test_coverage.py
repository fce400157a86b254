import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from ansm_portal.permissions import Role
from assessments.services.answer import save_answer
from assessments.services.evidence import cite
from tests.factories import (
    AssessmentFactory,
    EvidenceFactory,
    FrameworkFactory,
    MappingFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory()


@pytest.fixture
def framework(assessment):
    """Three requirements: one supported with evidence, one open, one that nothing reaches."""
    first, second = assessment.answers.order_by("position")[:2]
    actor = assessment.started_by
    save_answer(
        first.pk,
        revision=first.revision,
        verdict="followed",
        justification="As planned.",
        owner_id=None,
        due_on=None,
        actor=actor,
    )
    piece = EvidenceFactory(organisation=assessment.organisation, title="Risk file", added_by=actor)
    cite(first.pk, evidence=piece, actor=actor)
    framework = FrameworkFactory(key="std", sizes=3)
    places = list(framework.requirements.order_by("position"))
    MappingFactory(code=first.code, requirement=places[0])
    MappingFactory(code=second.code, requirement=places[1])
    MappingFactory(code=first.code, requirement=places[2], status="withdrawn")
    return framework


@pytest.fixture
def page(client, assessment):
    member = MembershipFactory(
        organisation=assessment.organisation, role=Role.ASSESSOR, user__language="en"
    )
    client.force_login(member.user)

    def get(name, *arguments, **query):
        address = reverse(f"assessments:{name}", args=[assessment.organisation.slug, *arguments])
        return client.get(address, query)

    return get


def rows_of(response):
    return [row.requirement.ref for row in response.context["rows"]]


def test_the_overview_counts_and_says_what_it_is_not(page, assessment, framework):
    response = page("assessment-coverage", assessment.pk)
    (coverage,) = response.context["coverages"]
    assert coverage.counts == {"supported": 1, "open": 1, "not_reached": 1}
    assert "no statement of conformity" in response.content.decode()


def test_requirements_of_all_frameworks_are_searched(page, assessment, framework):
    FrameworkFactory(key="other", nature="guidance")
    found = page("assessment-coverage", assessment.pk, q="exigence 5.1").context["found"]
    assert [each.key for each, _row in found] == ["std", "other"]
    narrowed = page("assessment-coverage", assessment.pk, q="5.1", nature="guidance")
    assert [each.key for each, _row in narrowed.context["found"]] == ["other"]


def test_a_framework_is_narrowed_by_what_the_answers_say(page, assessment, framework):
    key = framework.key
    assert rows_of(page("assessment-framework", assessment.pk, key)) == ["5.1", "5.2", "5.3"]
    assert rows_of(page("assessment-framework", assessment.pk, key, support="open")) == ["5.2"]
    assert rows_of(page("assessment-framework", assessment.pk, key, q="requirement 5.3")) == ["5.3"]
    assert rows_of(page("assessment-framework", assessment.pk, key, bare="1")) == []
    assert page("assessment-framework", assessment.pk, "none").status_code == 404
    unread = page("assessment-framework", assessment.pk, key, support="good")
    assert rows_of(unread) == ["5.1", "5.2", "5.3"]
    assert "This filter was left out" in unread.content.decode()


def test_the_trail_leads_from_a_requirement_to_answer_and_evidence(page, assessment, framework):
    place = framework.requirements.get(ref="5.1")
    shown = page("assessment-requirement", assessment.pk, place.pk).content.decode()
    assert "Risk file" in shown
    assert "Both ask for an analysis." in shown
    assert "intersects" in shown
    assert "proposed" in shown


def test_a_requirement_that_nothing_leads_to_says_so(page, assessment, framework):
    place = framework.requirements.get(ref="5.3")
    shown = page("assessment-requirement", assessment.pk, place.pk).content.decode()
    assert "the ANSM set does not reach it" in shown


def test_an_answer_leads_to_its_requirements(page, assessment, framework):
    answer = assessment.answers.order_by("position").first()
    shown = page("answer-requirements", answer.pk).content.decode()
    assert "Requirement 5.1" in shown
    assert "Requirement 5.3" not in shown  # withdrawn


def test_mappings_of_another_catalogue_reach_nothing(page, assessment, framework):
    answer = assessment.answers.order_by("position").last()
    place = framework.requirements.get(ref="5.3")
    MappingFactory(catalogue_key="OTHER", code=answer.code, requirement=place)
    response = page("assessment-framework", assessment.pk, framework.key)
    assert response.context["coverage"].counts["not_reached"] == 1


def test_the_questionnaire_has_a_place_for_every_question(page, assessment, framework):
    assert "not loaded" in page("assessment-questionnaire", assessment.pk).content.decode()
    FrameworkFactory(key="ig-nb-cyber", sizes=2)
    shown = page("assessment-questionnaire", assessment.pk).content.decode()
    assert shown.count("this question has to be answered elsewhere") == 2


def test_the_workbook_holds_a_row_for_each_requirement(page, assessment, framework):
    response = page("assessment-coverage-export", assessment.pk, framework="std")
    book = load_workbook(io.BytesIO(response.content))
    rows = list(book["Requirements"].values)
    code = assessment.answers.order_by("position").first().code
    assert [row[1:4] for row in rows[1:]] == [
        ("5.1", "Requirement 5.1", "supported"),
        ("5.2", "Requirement 5.2", "open"),
        ("5.3", "Requirement 5.3", "not reached by the set"),
    ]
    assert f"∩ {code} (followed)" in rows[1]
    assert page("assessment-coverage-export", assessment.pk, framework="none").status_code == 404
