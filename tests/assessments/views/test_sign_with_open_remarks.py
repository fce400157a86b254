import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import Approval
from assessments.services.answer import save_answer
from assessments.services.remark import raise_remark
from assessments.services.review import accept_phase, content_of, submit
from tests.factories import AssessmentFactory, MembershipFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted():
    assessment = AssessmentFactory()
    for answer in assessment.answers.filter(phase="design"):
        save_answer(
            answer.pk,
            revision=1,
            verdict="followed",
            justification="As planned.",
            owner_id=None,
            due_on=None,
            actor=assessment.started_by,
        )
    review = assessment.phase_reviews.get(phase="design")
    return submit(review.pk, actor=assessment.started_by)


@pytest.fixture
def reviewer(submitted):
    return MembershipFactory(organisation=submitted.organisation, role=Role.REVIEWER).user


@pytest.fixture
def remark(submitted, reviewer):
    answer = submitted.assessment.answers.filter(phase="design").order_by("position").first()
    return raise_remark(answer, kind="major", text="The key is in the clear.", actor=reviewer)


def address(review, name):
    return reverse(f"assessments:phase-{name}", args=[review.organisation.slug, review.pk])


def test_accepting_says_what_stands_in_the_way_of_a_signature(client, submitted, reviewer, remark):
    client.force_login(reviewer)
    page = client.post(address(submitted, "accept"), follow=True).content.decode()
    assert f"Non-conformities are open on {remark.answer.code}." in page


def test_accepting_says_nothing_when_nothing_is_open(client, submitted, reviewer):
    client.force_login(reviewer)
    page = client.post(address(submitted, "accept"), follow=True).content.decode()
    assert "The phase is accepted." in page
    assert "Non-conformities" not in page


def test_the_page_lists_what_is_open_and_asks_for_a_reason(client, submitted, reviewer, remark):
    review = accept_phase(submitted.pk, actor=reviewer)
    approver = MembershipFactory(organisation=review.organisation, role=Role.APPROVER).user
    client.force_login(approver)
    page = client.get(address(review, "sign")).content.decode()
    link = reverse("assessments:answer-edit", args=[review.organisation.slug, remark.answer_id])
    assert f'href="{link}#remark-{remark.pk}"' in page
    assert "The key is in the clear." in page
    said = {
        "meaning": "approve",
        "role": "PRRC",
        "password": PASSWORD,
        "sha256": content_of(review).sha256,
        "open_remarks_reason": "",
    }

    response = client.post(address(review, "sign"), said)

    assert response.status_code == 409
    assert "say why you sign all the same" in response.content.decode()
    assert not Approval.objects.exists()

    client.post(address(review, "sign"), said | {"open_remarks_reason": "Fixed in 3.3."})

    assert Approval.objects.get().open_remarks_reason == "Fixed in 3.3."
    phase = reverse(
        "assessments:assessment-phase",
        args=[review.organisation.slug, review.assessment_id, "design"],
    )
    assert "Fixed in 3.3." in client.get(phase).content.decode()


def test_nothing_is_asked_when_nothing_is_open(client, submitted, reviewer):
    review = accept_phase(submitted.pk, actor=reviewer)
    approver = MembershipFactory(organisation=review.organisation, role=Role.APPROVER).user
    client.force_login(approver)
    assert "open_remarks_reason" not in client.get(address(review, "sign")).content.decode()
