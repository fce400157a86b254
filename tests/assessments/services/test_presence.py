import datetime as dt

import pytest
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from assessments.models import AnswerPresence
from assessments.services.presence import LEFT_AFTER, others_at, see
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answers():
    return list(AssessmentFactory().answers.order_by("position")[:2])


def make_older(presences, by):
    presences.update(seen_at=timezone.now() - by)


def test_others_are_told_until_they_are_not_heard_of(answers):
    answer = answers[0]
    me, her = (MembershipFactory(organisation=answer.organisation).user for _ in range(2))
    events = AuditEvent.objects.count()
    see(answer, by=me)
    see(answer, by=her)
    assert [presence.user for presence in others_at(answer, than=me)] == [her]
    assert AuditEvent.objects.count() == events

    make_older(AnswerPresence.objects.all(), LEFT_AFTER + dt.timedelta(seconds=1))
    assert list(others_at(answer, than=me)) == []


def test_a_person_leaves_one_row_for_each_answer_that_is_open(answers):
    person = answers[0].assessment.started_by
    see(answers[0], by=person)
    see(answers[0], by=person)
    see(answers[1], by=person)
    assert AnswerPresence.objects.count() == 2

    make_older(AnswerPresence.objects.filter(answer=answers[0]), LEFT_AFTER * 2)
    see(answers[1], by=person)
    assert [presence.answer for presence in AnswerPresence.objects.all()] == [answers[1]]
