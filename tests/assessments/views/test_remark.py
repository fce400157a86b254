import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import Remark
from assessments.services.remark import close, raise_remark
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def author(answer):
    return answer.assessment.started_by


@pytest.fixture
def reviewer(answer):
    return MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user


@pytest.fixture
def remark(answer, reviewer):
    return raise_remark(answer, kind="minor", text="Which report?", actor=reviewer)


def url(row, step):
    return reverse(f"assessments:{step}", args=[row.organisation.slug, row.pk])


def page_of(client, answer):
    return client.get(url(answer, "answer-edit")).content.decode()


def test_a_reviewer_raises_a_remark(client, answer, reviewer):
    client.force_login(reviewer)

    sent = {"kind": "minor", "text": "Which report?"}
    response = client.post(url(answer, "answer-remark"), sent)

    remark = Remark.objects.get()
    assert response.headers["Location"] == url(answer, "answer-edit")
    assert (remark.answer, remark.kind, remark.raised_by) == (answer, "minor", reviewer)
    assert "Which report?" in page_of(client, answer)
    assert AuditEvent.objects.get(verb="remark.raise").actor == reviewer


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": " "}, "This field is required."),
        ({"text": "x" * 4001}, "at most 4000 characters"),
        ({"kind": "insult"}, "Select a valid choice."),
    ],
)
def test_a_remark_that_cannot_be_raised_is_shown_again(client, answer, reviewer, wrong, sentence):
    client.force_login(reviewer)
    sent = {"kind": "minor", "text": "Which report?"} | wrong

    response = client.post(url(answer, "answer-remark"), sent)

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert sent["text"].strip() in page
    assert not Remark.objects.exists()


def test_who_answers_raises_no_remark(client, answer, author):
    client.force_login(author)
    sent = {"kind": "minor", "text": "Which report?"}
    assert client.post(url(answer, "answer-remark"), sent).status_code == 403
    assert "Raise a remark" not in page_of(client, answer)


def test_an_assessor_replies(client, answer, author, remark):
    client.force_login(author)

    response = client.post(url(remark, "remark-reply"), {"text": "Report 12, page 3."})

    message = remark.messages.get()
    assert response.headers["Location"] == url(answer, "answer-edit")
    assert (message.text, message.author) == ("Report 12, page 3.", author)


def test_an_empty_reply_is_refused(client, author, remark):
    client.force_login(author)
    response = client.post(url(remark, "remark-reply"), {"text": "  "})
    assert response.status_code == 422
    assert "This field is required." in response.content.decode()


def test_a_reply_that_is_too_long_stays_on_the_page(client, author, remark):
    client.force_login(author)
    response = client.post(url(remark, "remark-reply"), {"text": "long " * 1000})
    assert response.status_code == 422
    assert ("long " * 1000).strip() in response.content.decode()


def test_whoever_raised_a_remark_closes_it(client, answer, reviewer, remark):
    client.force_login(reviewer)
    assert url(remark, "remark-close") in page_of(client, answer)

    response = client.post(url(remark, "remark-close"))

    remark.refresh_from_db()
    assert response.headers["Location"] == url(answer, "answer-edit")
    assert remark.closed_at is not None
    assert url(remark, "remark-close") not in page_of(client, answer)


def test_another_reviewer_does_not_close_it(client, answer, reviewer, remark):
    other = MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user
    client.force_login(other)

    response = client.post(url(remark, "remark-close"))

    remark.refresh_from_db()
    assert response.status_code == 409
    assert f"{reviewer} raised this remark and closes it." in response.content.decode()
    assert remark.closed_at is None
    assert url(remark, "remark-close") not in page_of(client, answer)


def test_a_closed_remark_takes_no_reply_and_loses_no_word(client, author, reviewer, remark):
    close(remark.pk, actor=reviewer)
    client.force_login(author)

    response = client.post(url(remark, "remark-reply"), {"text": "Report 12, page 3."})

    page = response.content.decode()
    assert response.status_code == 409
    assert "This remark is closed." in page
    assert "Report 12, page 3." in page
    assert not remark.messages.exists()


def test_a_remark_of_others_is_not_found(client, answer, remark):
    stranger = MembershipFactory(role=Role.REVIEWER)
    client.force_login(stranger.user)
    for step in ("remark-close", "remark-reply"):
        address = reverse(f"assessments:{step}", args=[stranger.organisation.slug, remark.pk])
        assert client.post(address, {"text": "Mine."}).status_code in {403, 404}
    remark.refresh_from_db()
    assert remark.closed_at is None
