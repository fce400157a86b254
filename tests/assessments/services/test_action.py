import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from ansm_portal import tenancy
from ansm_portal.accounts.models import Membership
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.models import Action
from assessments.services.action import (
    ActionMoved,
    cancel,
    change,
    confirm_effective,
    finish,
    plan,
    reopen,
)
from assessments.services.remark import raise_remark
from tests.factories import AssessmentFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
MAY, JUNE, JULY = dt.date(2026, 5, 4), dt.date(2026, 6, 1), dt.date(2026, 7, 1)


@pytest.fixture
def organisation():
    return OrganisationFactory()


@pytest.fixture
def owner(organisation):
    return MembershipFactory(organisation=organisation).user


@pytest.fixture
def reviewer(organisation):
    return MembershipFactory(organisation=organisation, role=Role.REVIEWER).user


def planned(organisation, actor, **changes):
    said = {"title": "Redo it", "description": "", "owner": actor, "due_on": MAY, "actor": actor}
    return plan(organisation=organisation, **said | changes)


@pytest.fixture
def action(organisation, owner):
    return planned(organisation, owner)


def changed(action, actor, **changes):
    said = {
        "title": action.title,
        "description": action.description,
        "owner": action.owner,
        "due_on": action.due_on,
        "revision": action.revision,
        "actor": actor,
    }
    return change(action.pk, **said | changes)


def verbs():
    return list(AuditEvent.objects.order_by("sequence").values_list("verb", flat=True))


def test_numbers_count_in_each_organisation(organisation, owner):
    other = MembershipFactory()
    labels = [planned(organisation, owner).label for _ in range(2)]
    assert labels == ["A-0001", "A-0002"]
    assert planned(other.organisation, other.user).label == "A-0001"


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_when_people_plan_at_once(organisation, owner):
    def one(_):
        try:
            with tenancy.every_organisation():
                return planned(organisation, owner).number
        finally:
            connections.close_all()

    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        numbers = [one(n) for n in range(8)]  # one connection: nothing happens at once
    else:
        with ThreadPoolExecutor(4) as threads:
            numbers = list(threads.map(one, range(8)))

    assert sorted(numbers) == list(range(1, 9))
    assert verify(organisation.pk).is_intact


def test_an_action_is_about_the_device_of_its_answer_or_of_its_remark():
    assessment = AssessmentFactory()
    answer = assessment.answers.first()
    owner = assessment.started_by
    remark = raise_remark(answer, kind="minor", text="No date.", actor=owner)

    about_answer = planned(assessment.organisation, owner, answer=answer)
    about_remark = planned(assessment.organisation, owner, remark=remark)
    free = planned(assessment.organisation, owner)
    about_device = planned(assessment.organisation, owner, device=assessment.device)

    assert (about_answer.answer, about_answer.device) == (answer, assessment.device)
    assert (about_remark.answer, about_remark.remark) == (answer, remark)
    assert about_remark.device == assessment.device
    assert (free.answer, free.device) == (None, None)
    assert (about_device.answer, about_device.device) == (None, assessment.device)


def test_the_owner_is_a_member(organisation, owner, action):
    stranger = MembershipFactory().user
    with pytest.raises(PortalError, match=str(stranger)):
        planned(organisation, owner, owner=stranger)
    with pytest.raises(PortalError, match=str(stranger)):
        changed(action, owner, owner=stranger)
    assert Action.objects.count() == 1


def test_an_action_keeps_an_owner_who_left(owner, action, reviewer):
    Membership.objects.filter(user=owner).delete()
    changed(action, reviewer, title="Redo it well")
    action.refresh_from_db()
    assert (action.title, action.owner) == ("Redo it well", owner)


def test_a_change_over_a_later_one_is_refused(owner, action):
    changed(action, owner, title="Redo it well")
    with pytest.raises(ActionMoved) as moved:
        changed(action, owner, title="Throw it away")
    assert moved.value.theirs.title == "Redo it well"
    assert AuditEvent.objects.get(verb="action.change").data == {
        "title": ["Redo it", "Redo it well"]
    }


def test_saving_what_is_there_is_no_change(owner, action):
    changed(action, owner, title="Redo it well")
    changed(action, owner, title="Redo it well")
    assert verbs() == ["action.plan", "action.change"]


def test_what_was_done_is_checked_by_somebody_else(owner, action, reviewer):
    with pytest.raises(PortalError, match="done"):
        finish(action.pk, outcome=" ", check_on=JUNE, actor=owner)
    finish(action.pk, outcome="It was redone.", check_on=JUNE, actor=owner)
    with pytest.raises(PortalError, match="somebody else"):
        confirm_effective(action.pk, note="It helped.", actor=owner)
    with pytest.raises(PortalError, match="check found"):
        confirm_effective(action.pk, note=" ", actor=reviewer)

    confirm_effective(action.pk, note="It helped.", actor=reviewer)

    action.refresh_from_db()
    assert (action.state, action.outcome, action.check_note, action.checked_by) == (
        "checked",
        "It was redone.",
        "It helped.",
        reviewer,
    )
    assert verbs() == ["action.plan", "action.finish", "action.check"]


def test_what_did_not_help_is_open_again_until_another_day(owner, action, reviewer):
    finish(action.pk, outcome="It was redone.", check_on=JUNE, actor=owner)

    reopen(action.pk, note="Seen again.", due_on=JULY, actor=reviewer)

    action.refresh_from_db()
    assert (action.state, action.due_on, action.check_note) == ("open", JULY, "Seen again.")
    assert (action.outcome, action.done_by, action.check_on) == ("", None, None)
    finish(action.pk, outcome="Once more.", check_on=JULY, actor=owner)
    assert verify(action.organisation_id).is_intact


def test_a_cancelled_action_says_why_and_is_over(owner, action, reviewer):
    with pytest.raises(PortalError, match="why"):
        cancel(action.pk, reason="", actor=owner)
    cancel(action.pk, reason="The device is sold no more.", actor=owner)

    action.refresh_from_db()
    assert (action.state, action.outcome) == ("cancelled", "The device is sold no more.")
    for step in (
        lambda: finish(action.pk, outcome="Done.", check_on=JUNE, actor=owner),
        lambda: cancel(action.pk, reason="Again.", actor=owner),
        lambda: changed(action, owner, title="Other"),
        lambda: confirm_effective(action.pk, note="Yes.", actor=reviewer),
        lambda: reopen(action.pk, note="No.", due_on=JULY, actor=reviewer),
    ):
        with pytest.raises(PortalError, match="A-0001 is cancelled"):
            step()


def test_what_is_late_depends_on_the_state(organisation, owner, reviewer):
    late = planned(organisation, owner)
    unchecked = planned(organisation, owner, due_on=MAY)
    finish(unchecked.pk, outcome="Done.", check_on=MAY, actor=owner)
    waiting = planned(organisation, owner)
    finish(waiting.pk, outcome="Done.", check_on=JULY, actor=owner)
    over = planned(organisation, owner)
    cancel(over.pk, reason="No.", actor=owner)
    planned(organisation, owner, due_on=JUNE)

    found = set(Action.objects.overdue(JUNE))

    assert found == {late, unchecked}
    assert {a for a in Action.objects.all() if a.is_overdue(JUNE)} == found
    assert set(Action.objects.open()) == set(Action.objects.exclude(pk=over.pk))
