import pytest
from django.core.cache import cache
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import Answer, Approval, PhaseReview
from assessments.services.answer import save_answer
from assessments.services.remark import raise_remark
from assessments.services.review import accept_phase, content_of, submit
from tests.factories import AssessmentFactory, MembershipFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return PhaseReview.objects.get(assessment=AssessmentFactory(), phase="design")


@pytest.fixture
def author(review):
    return review.assessment.started_by


@pytest.fixture
def reviewer(review):
    return MembershipFactory(organisation=review.organisation, role=Role.REVIEWER).user


@pytest.fixture
def approver(review):
    return MembershipFactory(organisation=review.organisation, role=Role.APPROVER).user


def answers_of(review):
    answers = Answer.objects.filter(assessment=review.assessment_id, phase=review.phase)
    return answers.order_by("position")


def write(answer, actor, *, verdict="followed", justification="As planned.", reason=""):
    return save_answer(
        answer.pk,
        revision=answer.revision,
        verdict=verdict,
        justification=justification,
        owner_id=None,
        due_on=None,
        actor=actor,
        reason=reason,
    )


@pytest.fixture
def written(review, author):
    for answer in answers_of(review):
        write(answer, author)
    return review


@pytest.fixture
def submitted(written, author):
    return submit(written.pk, actor=author)


@pytest.fixture
def accepted(submitted, reviewer):
    return accept_phase(submitted.pk, actor=reviewer)


def url(row, step):
    return reverse(f"assessments:{step}", args=[row.organisation.slug, row.pk])


def page_url(review):
    args = [review.organisation.slug, review.assessment_id, review.phase]
    return reverse("assessments:assessment-phase", args=args)


def post(client, actor, row, step, **data):
    client.force_login(actor)
    return client.post(url(row, step), data)


def state(review):
    return PhaseReview.objects.get(pk=review.pk).state


# Submitting


def test_what_is_missing_is_listed_with_a_link_to_each(client, review, author):
    first, second = answers_of(review)
    write(first, author, verdict="adapted", justification="")
    client.force_login(author)

    page = client.get(url(review, "phase-submit")).content.decode()

    assert "2 things are missing" in page
    for answer, sentence in [
        (first, f"{first.code} is “adapted” and needs a justification."),
        (second, f"{second.code} has no verdict."),
    ]:
        assert f'<a href="{url(answer, "answer-edit")}">{sentence}</a>' in page
    assert "Nothing is missing." not in page


def test_followed_needs_evidence_or_a_reason(client, review, author):
    first, second = answers_of(review)
    write(first, author, justification="")
    write(second, author)
    client.force_login(author)
    page = client.get(url(review, "phase-submit")).content.decode()
    assert "1 thing is missing" in page
    assert f"{first.code} is “followed” and needs evidence" in page


def test_a_phase_with_something_missing_is_not_submitted(client, review, author):
    response = post(client, author, review, "phase-submit")

    assert response.status_code == 409
    assert "something is still missing" in response.content.decode()
    assert state(review) == "open"


def test_a_phase_is_submitted(client, written, author):
    response = post(client, author, written, "phase-submit")

    assert response.headers["Location"] == page_url(written)
    assert state(written) == "submitted"
    page = client.get(page_url(written)).content.decode()
    assert "The phase is submitted to the reviewers." in page
    assert f"Submitted by {author}" in page


def test_a_double_click_submits_once(client, written, author):
    post(client, author, written, "phase-submit")
    response = post(client, author, written, "phase-submit")
    assert response.status_code == 409
    assert "This phase is submitted." in response.content.decode()
    assert AuditEvent.objects.filter(verb="phase.submit").count() == 1


def test_a_submission_is_taken_back(client, submitted, author):
    assert post(client, author, submitted, "phase-withdraw").headers["Location"] == (
        page_url(submitted)
    )
    assert state(submitted) == "open"


# Reviewing


def test_a_phase_is_returned_with_what_must_be_corrected(client, submitted, reviewer):
    response = post(client, reviewer, submitted, "phase-return", comment="Which test report?")

    assert response.headers["Location"] == page_url(submitted)
    assert state(submitted) == "open"
    page = client.get(page_url(submitted)).content.decode()
    assert f"Returned or reopened by {reviewer}" in page
    assert "Which test report?" in page


def test_a_phase_is_not_returned_without_a_comment(client, submitted, reviewer):
    response = post(client, reviewer, submitted, "phase-return", comment="  ")
    assert response.status_code == 422
    assert "This field is required." in response.content.decode()
    assert state(submitted) == "submitted"


def test_a_comment_on_a_phase_that_is_not_submitted_stays_on_the_page(client, written, reviewer):
    response = post(client, reviewer, written, "phase-return", comment="Which test report?")
    page = response.content.decode()
    assert response.status_code == 409
    assert "This phase is open." in page
    assert "Which test report?" in page


def test_a_reviewer_accepts_a_phase(client, submitted, reviewer):
    response = post(client, reviewer, submitted, "phase-accept")

    assert response.headers["Location"] == page_url(submitted)
    assert state(submitted) == "accepted"
    assert f"accepted by {reviewer}" in client.get(page_url(submitted)).content.decode()


def test_who_wrote_does_not_accept(client, submitted, author):
    MembershipFactory(organisation=submitted.organisation, role=Role.REVIEWER, user=author)
    answer = answers_of(submitted).first()

    for row, step in [(submitted, "phase-accept"), (answer, "answer-accept")]:
        response = post(client, author, row, step)
        assert response.status_code == 409
        assert "somebody else accepts what you wrote" in response.content.decode()

    assert state(submitted) == "submitted"


def test_one_answer_is_accepted(client, submitted, reviewer):
    answer = answers_of(submitted).first()

    response = post(client, reviewer, answer, "answer-accept")

    answer.refresh_from_db()
    assert response.headers["Location"] == url(answer, "answer-edit")
    assert (answer.state, answer.accepted_by) == ("accepted", reviewer)
    assert f"Accepted by {reviewer}" in client.get(url(answer, "answer-edit")).content.decode()


def test_an_answer_that_is_not_submitted_is_not_accepted(client, written, reviewer):
    answer = answers_of(written).first()
    response = post(client, reviewer, answer, "answer-accept")
    assert response.status_code == 409
    assert f"{answer.code} is not under review." in response.content.decode()


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.ASSESSOR, {"phase-withdraw"}),
        (Role.REVIEWER, {"phase-accept", "phase-return"}),
        (Role.APPROVER, set()),
        (Role.MANAGER, set()),
    ],
)
def test_each_role_is_offered_its_own_steps(client, submitted, role, offered):
    client.force_login(MembershipFactory(organisation=submitted.organisation, role=role).user)
    page = client.get(page_url(submitted)).content.decode()
    steps = ("phase-submit", "phase-withdraw", "phase-accept", "phase-return", "phase-sign")
    assert {step for step in steps if url(submitted, step) in page} == offered


# Signing


@pytest.fixture
def signature(accepted):
    """Return what is sent to sign the phase."""
    cache.clear()  # the attempts of others
    return {
        "meaning": "approve",
        "role": "Head of Regulatory Affairs",
        "password": PASSWORD,
        "sha256": content_of(accepted).sha256,
    }


def test_what_is_signed_is_shown_with_its_digest(client, accepted, approver):
    client.force_login(approver)
    page = client.get(url(accepted, "phase-sign")).content.decode()
    digest = content_of(accepted).sha256
    assert f"<code>{digest}</code>" in page
    assert f'name="sha256" value="{digest}"' in page
    assert all(answer.code in page for answer in answers_of(accepted))


def test_an_approver_signs(client, accepted, approver, signature):
    response = post(client, approver, accepted, "phase-sign", **signature)

    approval = Approval.objects.get()
    assert response.headers["Location"] == page_url(accepted)
    assert state(accepted) == "signed"
    assert (approval.signed_by, approval.signer_role) == (approver, "Head of Regulatory Affairs")
    assert approval.meaning.startswith("I approve this phase")
    assert approval.content_sha256 == signature["sha256"]
    page = client.get(page_url(accepted)).content.decode()
    assert f"Signed by {approver} (Head of Regulatory Affairs)" in page


def test_a_wrong_password_signs_nothing(client, accepted, approver, signature):
    response = post(client, approver, accepted, "phase-sign", **signature | {"password": "guess"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "This is not your password. Nothing was signed." in page
    assert "Head of Regulatory Affairs" in page
    assert "guess" not in page
    assert not Approval.objects.exists()
    assert state(accepted) == "accepted"
    assert not AuditEvent.objects.filter(verb="phase.sign").exists()


def test_guessing_the_password_is_limited(client, accepted, approver, signature):
    for _ in range(10):
        post(client, approver, accepted, "phase-sign", **signature | {"password": "guess"})

    response = post(client, approver, accepted, "phase-sign", **signature)

    assert response.status_code == 429
    assert "Too many attempts." in response.content.decode()
    assert not Approval.objects.exists()


@pytest.mark.parametrize("lacking", ["meaning", "role", "password", "sha256"])
def test_a_signature_is_complete(client, accepted, approver, signature, lacking):
    response = post(client, approver, accepted, "phase-sign", **signature | {lacking: ""})
    assert response.status_code == 422
    assert not Approval.objects.exists()


def test_what_changed_since_it_was_read_is_read_again(client, accepted, approver, signature):
    response = post(client, approver, accepted, "phase-sign", **signature | {"sha256": "0" * 64})
    page = response.content.decode()
    assert response.status_code == 409
    assert "The phase changed while you were reading. Read it again." in page
    assert f'name="sha256" value="{signature["sha256"]}"' in page
    assert not Approval.objects.exists()


def test_who_only_wrote_does_not_sign(client, accepted, author, signature):
    MembershipFactory(organisation=accepted.organisation, role=Role.APPROVER, user=author)
    response = post(client, author, accepted, "phase-sign", **signature)
    assert response.status_code == 409
    assert "somebody else signs it" in response.content.decode()
    assert not Approval.objects.exists()


def test_a_reviewer_without_that_role_does_not_sign(client, accepted, reviewer, signature):
    assert post(client, reviewer, accepted, "phase-sign", **signature).status_code == 403


def test_an_open_non_conformity_comes_first(client, accepted, approver, reviewer, signature):
    answer = answers_of(accepted).first()
    raise_remark(answer, kind="major", text="No test.", actor=reviewer)
    read = signature | {"sha256": content_of(accepted).sha256}
    response = post(client, approver, accepted, "phase-sign", **read)
    assert response.status_code in {409, 422}
    assert f"Non-conformities are open on {answer.code}." in response.content.decode()


def test_a_phase_that_is_not_accepted_is_not_offered_for_signature(client, submitted, approver):
    client.force_login(approver)
    page = client.get(url(submitted, "phase-sign")).content.decode()
    assert "This phase is submitted: a phase is signed once it is accepted." in page
    assert 'name="password"' not in page


def test_a_signature_that_became_void_says_why(client, accepted, approver, author, signature):
    post(client, approver, accepted, "phase-sign", **signature)
    write(
        answers_of(accepted).first(),
        author,
        justification="Something else.",
        reason="The test was repeated.",
    )
    page = client.get(page_url(accepted)).content.decode()
    assert "This signature is void:" in page
    assert "The test was repeated." in page
