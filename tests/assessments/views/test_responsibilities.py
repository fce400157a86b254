import pytest
from django.urls import reverse

from assessments.services.answer import save_answer
from assessments.services.evidence import cite
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    RecommendationFactory,
    SectionFactory,
    VersionFactory,
)
from tests.factories.assessments import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue, key="D1", phase="design", position=1)
    for n, (stakeholders, applies_when) in enumerate(
        [
            (["manufacturer"], []),
            (["manufacturer", "patient"], []),
            (["healthcare_establishment", "patient"], []),
            (["user"], ["wireless"]),
        ],
        start=1,
    ):
        RecommendationFactory(
            section=section,
            code=f"A-{n}",
            position=n,
            stakeholders=stakeholders,
            applies_when=applies_when,
        )
    publish(catalogue)
    return AssessmentFactory(version=VersionFactory(), catalogue=catalogue)


def page(client, assessment, query=""):
    client.force_login(assessment.started_by)
    arguments = [assessment.organisation.slug, assessment.pk]
    return client.get(reverse("assessments:assessment-responsibilities", args=arguments) + query)


def shown(response):
    return {
        share.stakeholder.value: [answer.code for answer in share.answers]
        for share in response.context["shares"]
    }


def test_each_of_the_others_has_a_share_and_the_manufacturer_is_not_one(client, assessment):
    assert shown(page(client, assessment)) == {
        "healthcare_establishment": ["A-3"],
        "patient": ["A-2", "A-3"],  # A-4, of users, does not apply
    }


def test_the_share_of_one_can_be_printed_alone(client, assessment):
    response = page(client, assessment, "?for=patient")
    assert shown(response) == {"patient": ["A-2", "A-3"]}
    assert [key.value for key, _n in response.context["others"]] == [
        "healthcare_establishment",
        "patient",
    ]
    assert len(shown(page(client, assessment, "?for=manufacturer"))) == 2  # all: not one of them


def test_it_says_what_the_manufacturer_provides_and_what_is_still_a_draft(client, assessment):
    answer = assessment.answers.get(code="A-2")
    save_answer(
        answer.pk,
        revision=1,
        verdict="followed",
        justification="Notice **patient** jointe.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )
    evidence = EvidenceFactory(organisation=assessment.organisation, title="Notice", number=7)
    cite(answer.pk, evidence=evidence, actor=assessment.started_by)
    text = page(client, assessment).content.decode()
    assert "Notice <strong>patient</strong> jointe." in text
    assert "EV-0007 <bdi>Notice</bdi>" in text
    # A-3 counts once, although it is in two shares
    assert "2 of these answers are not accepted yet: this is a draft." in text


def test_nobody_with_a_share_is_said(client):
    assessment = AssessmentFactory()  # of the manufacturer alone
    assert "No recommendation that applies" in page(client, assessment).content.decode()
