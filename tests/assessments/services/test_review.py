import pytest

from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.permissions import Role
from assessments.enums import ReviewState
from assessments.models import Answer, Approval, PhaseReview
from assessments.services.answer import save_answer
from assessments.services.changes import ReasonNeeded
from assessments.services.counters import PhaseIsSubmitted
from assessments.services.review import (
    TransitionRefused,
    accept_answer,
    accept_phase,
    content_of,
    missing,
    return_phase,
    sign,
    submit,
    withdraw,
)
from tests.factories import AssessmentFactory, MembershipFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory()


@pytest.fixture
def author(assessment):
    return assessment.started_by


@pytest.fixture
def reviewer(assessment):
    return MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user


@pytest.fixture
def approver(assessment):
    return MembershipFactory(organisation=assessment.organisation, role=Role.APPROVER).user


@pytest.fixture
def design(assessment):
    return PhaseReview.objects.get(assessment=assessment, phase="design")


def answers_of(review):
    return Answer.objects.filter(assessment=review.assessment_id, phase=review.phase).order_by(
        "position"
    )


def write(answer, actor, *, verdict="followed", justification="As planned.", reason=""):
    answer.refresh_from_db()
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
def written(design, author):
    for answer in answers_of(design):
        write(answer, author)
    return design


@pytest.fixture
def submitted(written, author):
    return submit(written.pk, actor=author)


@pytest.fixture
def accepted(submitted, reviewer):
    return accept_phase(submitted.pk, actor=reviewer)


def sign_it(review, actor, **changes):
    words = {
        "password": PASSWORD,
        "role": "PRRC",
        "meaning": "I approve this phase.",
        "sha256": content_of(review).sha256,
    }
    return sign(review.pk, actor=actor, **(words | changes))


def test_what_is_missing_is_listed_and_prevents_the_submission(design, author):
    first, second = answers_of(design)
    write(first, author, verdict="not_followed", justification="")

    assert [(m.answer, m.answer.code in m.sentence) for m in missing(design)] == [
        (first, True),
        (second, True),
    ]
    with pytest.raises(TransitionRefused, match=first.code):
        submit(design.pk, actor=author)
    design.refresh_from_db()
    assert design.state == ReviewState.OPEN


def test_who_wrote_an_answer_cannot_accept_it(submitted, author):
    answer = answers_of(submitted).first()

    with pytest.raises(TransitionRefused, match=answer.code):
        accept_answer(answer.pk, actor=author)
    with pytest.raises(TransitionRefused, match=answer.code):
        accept_phase(submitted.pk, actor=author)

    submitted.refresh_from_db()
    assert submitted.state == ReviewState.SUBMITTED
    assert not answers_of(submitted).filter(state="accepted").exists()


def test_two_reviewers_who_each_wrote_one_answer_accept_each_others(design, author, reviewer):
    first, second = answers_of(design)
    write(first, author)
    write(second, reviewer)
    submit(design.pk, actor=author)

    accept_answer(first.pk, actor=reviewer)
    with pytest.raises(TransitionRefused, match=second.code):
        accept_phase(design.pk, actor=reviewer)
    review = accept_phase(design.pk, actor=author)

    assert review.state == ReviewState.ACCEPTED
    assert set(answers_of(design).values_list("accepted_by", flat=True)) == {
        author.pk,
        reviewer.pk,
    }


def test_answers_do_not_change_under_review(submitted, author):
    answer = answers_of(submitted).first()

    with pytest.raises(PhaseIsSubmitted):
        write(answer, author, justification="Better said.")

    withdraw(submitted.pk, actor=author)
    assert write(answer, author, justification="Better said.").justification == "Better said."


def test_a_phase_is_returned_with_a_comment(submitted, reviewer):
    with pytest.raises(TransitionRefused, match="corrected"):
        return_phase(submitted.pk, comment=" ", actor=reviewer)

    review = return_phase(submitted.pk, comment="Which test report?", actor=reviewer)

    assert (review.state, review.comment) == (ReviewState.OPEN, "Which test report?")
    assert set(answers_of(review).values_list("state", flat=True)) == {"open"}


def test_a_signature_needs_the_password_and_what_was_read(accepted, approver):
    with pytest.raises(TransitionRefused, match="password"):
        sign_it(accepted, approver, password="guess")
    with pytest.raises(TransitionRefused, match="changed"):
        sign_it(accepted, approver, sha256="0" * 64)
    assert not Approval.objects.exists()

    approval = sign_it(accepted, approver)

    accepted.refresh_from_db()
    assert accepted.state == ReviewState.SIGNED
    assert approval.content_sha256 == content_of(accepted).sha256


def test_who_only_wrote_cannot_sign(accepted, author, reviewer):
    with pytest.raises(TransitionRefused, match="wrote"):
        sign_it(accepted, author)
    assert sign_it(accepted, reviewer).signed_by == reviewer


def test_an_approval_does_not_survive_a_later_change(accepted, author, approver):
    approval = sign_it(accepted, approver)
    answer = answers_of(accepted).first()

    with pytest.raises(ReasonNeeded):
        write(answer, author, justification="Something else.")
    approval.refresh_from_db()
    assert approval.voided_at is None

    write(answer, author, justification="Something else.", reason="The test was repeated.")

    approval.refresh_from_db()
    accepted.refresh_from_db()
    answer.refresh_from_db()
    assert approval.voided_at is not None
    assert "repeated" in approval.void_reason
    assert accepted.state == ReviewState.OPEN
    assert (answer.state, answer.reopened_reason) == ("open", "The test was repeated.")


def test_planning_an_accepted_answer_does_not_reopen_it(accepted, author):
    answer = answers_of(accepted).first()

    save_answer(
        answer.pk,
        revision=answer.revision,
        verdict=answer.verdict,
        justification=answer.justification,
        owner_id=author.pk,
        due_on=None,
        actor=author,
    )

    answer.refresh_from_db()
    assert (answer.state, answer.owner) == ("accepted", author)


def test_each_step_is_one_event_of_an_intact_chain(accepted, approver):
    sign_it(accepted, approver)

    verbs = list(AuditEvent.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs == [
        "assessment.start",
        "answer.save",
        "answer.save",
        "phase.submit",
        "phase.accept",
        "phase.sign",
    ]
    assert verify(accepted.organisation_id).is_intact


def test_counters_follow_the_answers(design, author):
    first, _ = answers_of(design)
    write(first, author, verdict="partly_followed", justification="Not yet on the viewer.")

    design.refresh_from_db()
    assert (design.applicable, design.assessed, design.gaps, design.partly_followed) == (2, 1, 2, 1)
