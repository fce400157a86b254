import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from ansm_portal.accounts.models import Membership
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.enums import RemarkState
from assessments.models import Remark
from assessments.services.remark import change_kind, close, raise_remark, reopen, reply
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def author(answer):
    return answer.assessment.started_by


def somebody(answer, role=Role.REVIEWER, **names):
    user = MembershipFactory(organisation=answer.organisation, role=role).user
    for name, value in names.items():
        setattr(user, name, value)
    user.save()
    return user


@pytest.fixture
def reviewer(answer):
    return somebody(answer)


@pytest.fixture
def remark(answer, reviewer):
    return raise_remark(answer, kind="minor", text="Which report?", actor=reviewer)


def state(remark):
    remark.refresh_from_db()
    last = remark.messages.order_by("sent_at", "pk").values_list("author_id", flat=True).last()
    return remark.state_after(last)


def last_event():
    return AuditEvent.objects.order_by("-sequence").first()


def test_who_wrote_last_says_whether_it_is_answered(remark, author, reviewer):
    assert state(remark) == RemarkState.OPEN
    reply(remark.pk, text="That of May.", actor=author)
    assert state(remark) == RemarkState.ANSWERED
    reply(remark.pk, text="Which page?", actor=reviewer)
    assert state(remark) == RemarkState.OPEN
    reply(remark.pk, text="Page 4.", actor=author)
    close(remark.pk, actor=reviewer)
    assert state(remark) == RemarkState.CLOSED
    texts = remark.messages.order_by("sent_at").values_list("text", flat=True)
    assert list(texts) == ["That of May.", "Which page?", "Page 4."]
    assert not remark.is_blocking


def test_an_empty_message_is_refused(remark, author):
    with pytest.raises(PortalError, match="Write"):
        reply(remark.pk, text="  ", actor=author)
    assert not remark.messages.exists()


def test_only_whoever_raised_it_closes_it(remark, author, answer):
    with pytest.raises(PortalError, match=str(remark.raised_by)):
        close(remark.pk, actor=author)
    with pytest.raises(PortalError, match=str(remark.raised_by)):
        close(remark.pk, actor=somebody(answer))
    assert state(remark) == RemarkState.OPEN


@pytest.mark.parametrize("left", ["ended", "removed", "inactive"])
def test_a_reviewer_closes_it_when_whoever_raised_it_has_left(remark, author, answer, left):
    memberships = Membership.objects.filter(user=remark.raised_by)
    if left == "ended":
        memberships.update(ends_on=dt.date(2020, 1, 1))
    elif left == "removed":
        memberships.delete()
    else:
        remark.raised_by.is_active = False
        remark.raised_by.save()
    with pytest.raises(PortalError):
        close(remark.pk, actor=author)

    close(remark.pk, actor=somebody(answer))

    assert state(remark) == RemarkState.CLOSED


def test_whoever_raised_it_opens_it_again_with_a_message(remark, author, reviewer):
    close(remark.pk, actor=reviewer)
    with pytest.raises(PortalError, match="closed"):
        reply(remark.pk, text="Thank you.", actor=author)
    with pytest.raises(PortalError, match="closed"):
        close(remark.pk, actor=reviewer)
    with pytest.raises(PortalError, match=str(reviewer)):
        reopen(remark.pk, text="Not quite.", actor=author)
    with pytest.raises(PortalError, match="Write"):
        reopen(remark.pk, text=" ", actor=reviewer)

    reopen(remark.pk, text="The annex is missing.", actor=reviewer)

    assert state(remark) == RemarkState.OPEN
    assert remark.is_blocking
    assert last_event().verb == "remark.reopen"
    with pytest.raises(PortalError, match="open"):
        reopen(remark.pk, text="Again.", actor=reviewer)


def test_whoever_raised_it_changes_its_kind_and_says_why(remark, author, reviewer):
    with pytest.raises(PortalError, match=str(reviewer)):
        change_kind(remark.pk, kind="question", text="It is no fault.", actor=author)
    with pytest.raises(PortalError, match="already"):
        change_kind(remark.pk, kind="minor", text="As before.", actor=reviewer)
    with pytest.raises(PortalError, match="Write"):
        change_kind(remark.pk, kind="question", text="", actor=reviewer)

    change_kind(remark.pk, kind="observation", text="The report exists.", actor=reviewer)

    remark.refresh_from_db()
    assert (remark.kind, remark.is_blocking) == ("observation", False)
    assert remark.messages.get().text == "The report exists."
    assert last_event().data == {"kind": ["minor", "observation"], "text": "The report exists."}
    assert verify(remark.organisation_id).is_intact


def test_the_event_names_the_members_that_a_text_calls(remark, author, answer):
    called = somebody(answer, Role.APPROVER, first_name="Zoé", last_name="Faure")
    somebody(answer, Role.AUDITOR, first_name="Paul", last_name="Dehors")
    stranger = MembershipFactory().user
    stranger.first_name, stranger.last_name = "Max", "Ailleurs"
    stranger.save()

    reply(remark.pk, text="@zoe faure, @Paul Dehors, @Max Ailleurs, @Zoé Faure?", actor=author)

    assert last_event().data["mentions"] == [str(called.pk)]


def test_a_remark_stays_with_its_assessment(answer, reviewer):
    remark = raise_remark(answer, kind="question", text="Which?", actor=reviewer)
    other = AssessmentFactory(device__organisation=answer.organisation).answers.first()
    rows = Remark.objects.filter(pk=remark.pk)

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        rows.update(answer=other)
    sibling = answer.assessment.answers.exclude(pk=answer.pk).first()
    rows.update(answer=sibling)  # as a move to another edition does
