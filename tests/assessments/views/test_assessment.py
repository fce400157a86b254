import datetime as dt

import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import Answer, Assessment, PhaseReview
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    MembershipFactory,
    RecommendationFactory,
    SectionFactory,
    VersionFactory,
)
from tests.factories.assessments import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(client):
    """Return a version of the assessor who is signed in."""
    version = VersionFactory()
    member = MembershipFactory(organisation=version.organisation, role=Role.ASSESSOR)
    client.force_login(member.user)
    return version


@pytest.fixture
def excluded(version):
    """Return an answer that the profile of the version leaves out; another one applies."""
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue)
    RecommendationFactory(section=section, position=1, code="FOR-ALL")
    RecommendationFactory(section=section, position=2, code="RADIO", applies_when=["wireless"])
    publish(catalogue)
    return AssessmentFactory(version=version, catalogue=catalogue).answers.get(code="RADIO")


def url(row, step):
    return reverse(f"assessments:{step}", args=[row.organisation.slug, row.pk])


def phase_url(assessment, phase="design"):
    args = [assessment.organisation.slug, assessment.pk, phase]
    return reverse("assessments:assessment-phase", args=args)


# Starting


def test_an_assessment_is_started(client, version):
    catalogue = CatalogueFactory()

    response = client.post(url(version, "version-assess"), {"catalogue": catalogue.pk})

    assessment = Assessment.objects.get()
    assert response.headers["Location"] == url(assessment, "assessment-detail")
    assert (assessment.version, assessment.catalogue) == (version, catalogue)
    assert assessment.answers.count() == 10


def test_a_version_is_assessed_once_against_an_edition(client, version):
    catalogue = AssessmentFactory(version=version).catalogue
    response = client.post(url(version, "version-assess"), {"catalogue": catalogue.pk})
    assert response.status_code == 409
    assert "assessed against this edition already" in response.content.decode()
    assert Assessment.objects.count() == 1


def test_a_draft_is_not_assessed_against(client, version):
    draft = CatalogueFactory(sizes=False)
    response = client.post(url(version, "version-assess"), {"catalogue": draft.pk})
    assert response.status_code == 422
    assert not Assessment.objects.exists()


def test_without_an_edition_it_is_said_who_publishes_one(client, version):
    page = client.get(url(version, "version-assess")).content.decode()
    assert "The catalogue administrator publishes one" in page


def test_the_panel_of_a_version_leads_to_its_assessments(client, version):
    address = url(version, "version-assessments")
    assert "This version is not assessed yet." in client.get(address).content.decode()
    assessment = AssessmentFactory(version=version)

    page = client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()

    assert f'href="{url(assessment, "assessment-detail")}"' in page
    assert part.strip() in page
    assert "<html" not in part


# Reading


def test_the_list_leads_to_each_assessment(client, version):
    address = reverse("assessments:assessment-list", args=[version.organisation.slug])
    assert "No assessment yet." in client.get(address).content.decode()
    assessment, foreign = AssessmentFactory(version=version), AssessmentFactory()

    page = client.get(address).content.decode()

    assert url(assessment, "assessment-detail") in page
    assert str(foreign.pk) not in page
    assert "0 of 10 (0 %)" in page


def test_progress_is_text_and_bar(client, version):
    assessment = AssessmentFactory(version=version)
    PhaseReview.objects.filter(assessment=assessment, phase="design").update(
        not_assessed=1, followed=1
    )
    page = client.get(url(assessment, "assessment-detail")).content.decode()
    assert '<progress max="10" value="1" aria-hidden="true"></progress><span>1 of 10 (10 %)' in page
    assert '<progress max="2" value="1" aria-hidden="true"></progress><span>1 of 2 (50 %)' in page


def test_a_person_sees_what_is_theirs_and_overdue(client, version):
    person = MembershipFactory(organisation=version.organisation).user
    client.force_login(person)
    assessment = AssessmentFactory(version=version)
    mine, _nobodys, done = assessment.answers.order_by("position")[:3]
    Answer.objects.filter(pk=mine.pk).update(owner=person, due_on=dt.date(2020, 1, 1))
    Answer.objects.filter(pk=done.pk).update(owner=person, is_applicable=False)

    response = client.get(url(assessment, "assessment-detail"))

    assert list(response.context["mine"]) == [mine]
    assert '<span class="badge-state tone-overdue">' in response.content.decode()


def test_a_phase_lists_its_recommendations_by_section(client, version):
    assessment = AssessmentFactory(version=version)
    page = client.get(phase_url(assessment)).content.decode()
    design, development = (assessment.answers.filter(phase=p) for p in ("design", "development"))
    assert all(answer.code in page for answer in design)
    assert not any(answer.code in page for answer in development)


@pytest.mark.parametrize("phase", ["retirement", "DESIGN", "submit"])
def test_a_phase_that_is_none_is_not_found(client, version, phase):
    assert client.get(phase_url(AssessmentFactory(version=version), phase)).status_code == 404


def test_what_is_left_out_is_listed_with_the_reason(client, excluded):
    page = client.get(phase_url(excluded.assessment)).content.decode()
    assert "1 recommendation is left out by the profile" in page
    assert "Applies to versions with: has a wireless link" in page


# Exclusions


def test_an_exclusion_is_reversed_with_a_justification(client, excluded):
    page = client.get(url(excluded, "answer-edit")).content.decode()
    assert "The profile of this version has none of it." in page

    response = client.post(url(excluded, "answer-include"), {"reason": "A radio is planned."})

    excluded.refresh_from_db()
    assert response.headers["Location"] == url(excluded, "answer-edit")
    assert (excluded.is_applicable, excluded.inclusion_reason) == (True, "A radio is planned.")
    page = client.get(url(excluded, "answer-edit")).content.decode()
    assert f"Included by {excluded.included_by} although the profile leaves it out:" in page
    assert "A radio is planned." in page
    assert AuditEvent.objects.get(verb="answer.include").data["reason"] == "A radio is planned."


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001, "a\x00b"])
def test_an_exclusion_is_not_reversed_without_one(client, excluded, reason):
    response = client.post(url(excluded, "answer-include"), {"reason": reason})
    excluded.refresh_from_db()
    assert response.status_code == 422
    assert not excluded.is_applicable


def test_what_applies_is_not_included_again(client, excluded):
    client.post(url(excluded, "answer-include"), {"reason": "A radio is planned."})

    response = client.post(url(excluded, "answer-include"), {"reason": "Another reason."})

    excluded.refresh_from_db()
    assert response.status_code == 409
    assert "RADIO applies already." in response.content.decode()
    assert excluded.inclusion_reason == "A radio is planned."


def test_an_inclusion_is_taken_back(client, excluded):
    client.post(url(excluded, "answer-include"), {"reason": "A radio is planned."})

    response = client.post(url(excluded, "answer-exclude"))

    excluded.refresh_from_db()
    assert response.headers["Location"] == url(excluded, "answer-edit")
    assert (excluded.is_applicable, excluded.inclusion_reason) == (False, "")


def test_what_applies_by_the_profile_is_not_left_out(client, excluded):
    applies = excluded.assessment.answers.get(code="FOR-ALL")
    response = client.post(url(applies, "answer-exclude"))
    applies.refresh_from_db()
    assert response.status_code == 409
    assert "FOR-ALL applies by the profile." in response.content.decode()
    assert applies.is_applicable


def test_what_is_left_out_is_not_answered(client, excluded):
    sent = {"verdict": "followed", "justification": "Written for long.", "revision": 1}

    response = client.post(url(excluded, "answer-edit"), sent)

    page = response.content.decode()
    excluded.refresh_from_db()
    assert response.status_code == 409
    assert "does not apply to this version. Include it first" in page
    assert "Written for long." in page
    assert excluded.verdict == "not_assessed"


def test_a_reviewer_does_not_include(client, excluded):
    reviewer = MembershipFactory(organisation=excluded.organisation, role=Role.REVIEWER).user
    client.force_login(reviewer)
    sent = {"reason": "A radio is planned."}
    assert client.post(url(excluded, "answer-include"), sent).status_code == 403
    assert url(excluded, "answer-include") not in (
        client.get(url(excluded, "answer-edit")).content.decode()
    )
