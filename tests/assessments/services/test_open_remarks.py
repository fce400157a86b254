import json
import re

import pytest

from ansm_portal.permissions import Role
from assessments.enums import ReviewState
from assessments.models import Approval
from assessments.services.answer import save_answer
from assessments.services.open_remarks import OpenRemarks, open_remarks, sentence_on
from assessments.services.remark import change_kind, close, raise_remark
from assessments.services.review import TransitionRefused, accept_phase, content_of, sign, submit
from tests.factories import AssessmentFactory, MembershipFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory()


@pytest.fixture
def reviewer(assessment):
    return MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user


@pytest.fixture
def approver(assessment):
    return MembershipFactory(organisation=assessment.organisation, role=Role.APPROVER).user


@pytest.fixture
def accepted(assessment, reviewer):
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
    submit(review.pk, actor=assessment.started_by)
    return accept_phase(review.pk, actor=reviewer)


def raised(review, actor, kind):
    answer = review.assessment.answers.filter(phase=review.phase).order_by("position").first()
    return raise_remark(answer, kind=kind, text="No date.", actor=actor)


def sign_it(review, actor, reason="", sha256=None):
    return sign(
        review.pk,
        actor=actor,
        password=PASSWORD,
        role="PRRC",
        meaning="I approve this phase.",
        sha256=sha256 or content_of(review).sha256,
        open_remarks_reason=reason,
    )


@pytest.mark.parametrize("kind", ["minor", "major"])
def test_a_non_conformity_stands_in_the_way_of_a_signature(accepted, reviewer, approver, kind):
    remark = raised(accepted, reviewer, kind)

    with pytest.raises(OpenRemarks, match=re.escape(remark.answer.code)):
        sign_it(accepted, approver, reason="  ")
    assert not Approval.objects.exists()

    close(remark.pk, actor=reviewer)
    assert sign_it(accepted, approver).open_remarks_reason == ""


@pytest.mark.parametrize("kind", ["question", "observation"])
def test_a_question_or_an_observation_does_not(accepted, reviewer, approver, kind):
    raised(accepted, reviewer, kind)
    sign_it(accepted, approver)
    accepted.refresh_from_db()
    assert accepted.state == ReviewState.SIGNED


def test_the_reason_is_part_of_what_is_signed(accepted, reviewer, approver):
    remark = raised(accepted, reviewer, "minor")

    approval = sign_it(accepted, approver, reason="Closed with the next release.")

    content = json.loads(approval.content)
    assert approval.open_remarks_reason == "Closed with the next release."
    assert content["open_remarks_reason"] == "Closed with the next release."
    assert content["open_remarks"] == [
        {"code": remark.answer.code, "kind": "minor", "text": "No date."}
    ]
    again = content_of(accepted, open_remarks_reason="Closed with the next release.")
    assert approval.content_sha256 == again.sha256 != content_of(accepted).sha256


def test_a_reason_without_an_open_remark_is_not_kept(accepted, approver):
    approval = sign_it(accepted, approver, reason="Just in case.")
    assert approval.open_remarks_reason == ""
    assert json.loads(approval.content)["open_remarks_reason"] == ""


def test_what_was_raised_while_reading_is_not_signed_unseen(accepted, reviewer, approver):
    read = content_of(accepted).sha256
    remark = raised(accepted, reviewer, "minor")
    with pytest.raises(TransitionRefused, match="changed"):
        sign_it(accepted, approver, reason="All the same.", sha256=read)

    change_kind(remark.pk, kind="observation", text="No fault.", actor=reviewer)
    assert sign_it(accepted, approver, sha256=read)


def test_a_recommendation_is_named_once_and_only_its_phase_counts(accepted, reviewer):
    first, second = raised(accepted, reviewer, "minor"), raised(accepted, reviewer, "major")
    other = accepted.assessment.phase_reviews.get(phase="development")
    raised(other, reviewer, "major")

    remarks = open_remarks(accepted)

    assert remarks == [first, second]
    assert sentence_on(remarks) == f"Non-conformities are open on {first.answer.code}."
