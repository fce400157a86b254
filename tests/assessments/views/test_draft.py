import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import AnswerDraft
from assessments.services.answer import save_answer
from assessments.services.presence import see
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def assessor(client, answer):
    client.force_login(answer.assessment.started_by)
    return client


def address(answer, name="draft"):
    return reverse(f"assessments:answer-{name}", args=[answer.organisation.slug, answer.pk])


def typed(answer, **changes):
    return {
        "verdict": "adapted",
        "justification": "Half a sen",
        "owner": "",
        "due_on": "",
        "revision": answer.revision,
        **changes,
    }


def text_of_form(page):
    area = page[page.index('name="justification"') :]
    return area[area.index(">") + 1 : area.index("</textarea>")].strip()


def test_a_draft_is_shown_again_and_said_to_be_one(assessor, answer):
    response = assessor.post(address(answer), typed(answer))
    page = assessor.get(address(answer, "edit")).content.decode()

    assert response.json()["saved_at"]
    assert "The form shows your draft of" in page
    assert text_of_form(page) == "Half a sen"


def test_nobody_else_sees_the_draft(client, assessor, answer):
    assessor.post(address(answer), typed(answer))
    client.force_login(MembershipFactory(organisation=answer.organisation).user)

    page = client.get(address(answer, "edit")).content.decode()

    assert "Half a sen" not in page
    assert "The form shows your draft" not in page


def test_a_draft_of_an_older_answer_says_who_saved_since_and_is_compared_when_saved(
    assessor, answer
):
    assessor.post(address(answer), typed(answer))
    colleague = MembershipFactory(
        organisation=answer.organisation, user__first_name="Ada", user__last_name="Byron"
    ).user
    save_answer(
        answer.pk,
        revision=answer.revision,
        verdict="followed",
        justification="Hers.",
        owner_id=None,
        due_on=None,
        actor=colleague,
    )

    page = assessor.get(address(answer, "edit")).content.decode()
    response = assessor.post(address(answer, "edit"), typed(answer))

    assert "Ada Byron saved the answer since" in page
    assert f'name="revision" value="{answer.revision}"' in page
    assert response.status_code == 409
    assert AnswerDraft.objects.count() == 1


def test_discarding_shows_what_is_saved(assessor, answer):
    assessor.post(address(answer), typed(answer))
    page = assessor.post(address(answer, "undraft"), follow=True).content.decode()
    assert "The draft is discarded." in page
    assert text_of_form(page) == ""


def test_what_no_answer_may_say_is_refused_with_a_sentence(assessor, answer):
    response = assessor.post(address(answer), typed(answer, justification="a" * 200_000))
    assert response.status_code == 422
    assert "200000" in response.json()["refusal"].replace("\xa0", "").replace(",", "")
    assert not AnswerDraft.objects.exists()


def test_who_only_reads_keeps_no_draft(client, answer):
    client.force_login(MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user)
    assert client.post(address(answer), typed(answer)).status_code == 403


def test_who_else_has_the_answer_open_is_said_and_that_it_changed(client, assessor, answer):
    colleague = MembershipFactory(
        organisation=answer.organisation, user__first_name="Ada", user__last_name="Byron"
    ).user
    see(answer, by=colleague)

    def said(revision):
        return assessor.post(address(answer, "presence"), {"revision": revision}).content.decode()

    assert "Ada Byron" in assessor.get(address(answer, "edit")).content.decode()
    unchanged = said(answer.revision)
    save_answer(
        answer.pk,
        revision=answer.revision,
        verdict="followed",
        justification="Hers.",
        owner_id=None,
        due_on=None,
        actor=colleague,
    )
    assert "Ada Byron" in unchanged
    assert "has this answer open too" in unchanged
    assert "Changed since you opened it" not in unchanged
    assert "Changed since you opened it, last by Ada Byron." in said(answer.revision)
    assert assessor.post(address(answer, "presence"), {"revision": "x"}).status_code == 422
