import pytest
from django.urls import reverse

from ansm_portal.accounts.models import Membership
from ansm_portal.permissions import Role
from assessments.models import RemarkMessage
from assessments.services.remark import close, raise_remark, reply
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def reviewer(answer):
    return MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user


@pytest.fixture
def remark(answer, reviewer):
    return raise_remark(answer, kind="minor", text="Which report?", actor=reviewer)


def address(row, name):
    return reverse(f"assessments:{name}", args=[row.organisation.slug, row.pk])


def as_(client, user):
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_anyone_of_the_team_writes_in_a_thread(client, answer, remark, role):
    member = MembershipFactory(organisation=answer.organisation, role=role).user
    response = as_(client, member).post(address(remark, "remark-reply"), {"text": "That of May."})

    assert response.headers["Location"] == address(answer, "answer-edit")
    assert remark.messages.get().author == member


def test_a_thread_shows_its_messages_its_state_and_whom_it_calls(client, answer, remark, reviewer):
    author = answer.assessment.started_by
    reply(remark.pk, text=f"Ask @{reviewer}: <b>page 4</b>", actor=author)

    page = as_(client, author).get(address(answer, "answer-edit")).content.decode()

    assert f'Ask <span class="mention">@{reviewer}</span>: &lt;b&gt;page 4&lt;/b&gt;' in page
    assert "tone-remark-answered" in page
    assert address(remark, "remark-reply") in page
    for name in ("remark-close", "remark-kind", "remark-reopen"):
        assert address(remark, name) not in page


def test_whoever_raised_it_sees_how_to_close_it_and_to_open_it_again(
    client, answer, remark, reviewer
):
    as_(client, reviewer)
    page = client.get(address(answer, "answer-edit")).content.decode()
    assert address(remark, "remark-close") in page
    assert address(remark, "remark-kind") in page

    client.post(address(remark, "remark-close"))

    page = client.get(address(answer, "answer-edit")).content.decode()
    assert address(remark, "remark-close") not in page
    assert address(remark, "remark-reply") not in page
    assert address(remark, "remark-reopen") in page


def test_a_reviewer_sees_that_whoever_raised_it_has_left(client, answer, remark, reviewer):
    other = MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user
    page = as_(client, other).get(address(answer, "answer-edit")).content.decode()
    assert address(remark, "remark-close") not in page
    Membership.objects.filter(user=reviewer).delete()

    page = client.get(address(answer, "answer-edit")).content.decode()

    assert address(remark, "remark-close") in page
    assert client.post(address(remark, "remark-close")).status_code == 302


def test_a_refused_message_stays_in_its_form(client, answer, remark, reviewer):
    close(remark.pk, actor=reviewer)
    as_(client, answer.assessment.started_by)

    response = client.post(address(remark, "remark-reply"), {"text": "Too late, alas."})

    page = response.content.decode()
    assert response.status_code == 409
    assert "This remark is closed." in page
    assert "Too late, alas.</textarea>" in page
    assert not RemarkMessage.objects.exists()


def test_a_kind_needs_a_reason(client, remark, reviewer):
    as_(client, reviewer)
    response = client.post(address(remark, "remark-kind"), {"kind": "major", "text": ""})
    assert response.status_code == 422
    remark.refresh_from_db()
    assert remark.kind == "minor"

    client.post(address(remark, "remark-kind"), {"kind": "major", "text": "It was seen twice."})

    remark.refresh_from_db()
    assert remark.kind == "major"


def test_the_names_are_those_of_the_team(client, answer, reviewer):
    MembershipFactory(organisation=answer.organisation, role=Role.AUDITOR)
    MembershipFactory()
    url = reverse("assessments:remarks-names", args=[answer.organisation.slug])

    people = as_(client, reviewer).get(url).json()["people"]

    team = {answer.assessment.started_by, reviewer}
    assert {person["email"] for person in people} == {member.email for member in team}
