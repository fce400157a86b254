"""Evidence whose validity ended reopens what was accepted on it (domain rule 4)."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.enums import AnswerState, ReviewState
from assessments.models import Approval
from assessments.services import review as reviews
from assessments.services.answer import save_answer
from assessments.services.evidence import cite
from devices.enums import LifecyclePhase
from tests.factories import AssessmentFactory, CatalogueFactory, EvidenceFactory, MembershipFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

LAST_DAY = dt.date(2026, 9, 18)


@pytest.fixture
def signed():
    """Two accepted answers of a signed phase; each rests on evidence, one of it expires."""
    assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={LifecyclePhase.DESIGN: 2}))
    author, organisation = assessment.started_by, assessment.organisation
    for answer, last_day in zip(
        assessment.answers.order_by("position"), (LAST_DAY, None), strict=True
    ):
        evidence = EvidenceFactory(organisation=organisation, added_by=author, expires_on=last_day)
        saved = save_answer(
            answer.pk,
            revision=answer.revision,
            verdict="followed",
            justification="",
            owner_id=None,
            due_on=None,
            actor=author,
        )
        cite(saved.pk, evidence=evidence, actor=author)
    review = assessment.phase_reviews.get(phase=LifecyclePhase.DESIGN)
    reviewer, approver = (
        MembershipFactory(organisation=organisation, role=role).user
        for role in (Role.REVIEWER, Role.APPROVER)
    )
    reviews.submit(review.pk, actor=author)
    review = reviews.accept_phase(review.pk, actor=reviewer)
    reviews.sign(
        review.pk,
        actor=approver,
        password=PASSWORD,
        role="RAQ",
        meaning="Approved",
        sha256=reviews.content_of(review).sha256,
    )
    return assessment


def states(assessment):
    return list(assessment.answers.order_by("position").values_list("state", flat=True))


def test_on_its_last_day_evidence_is_still_valid(signed, capsys):
    call_command("reopen_expired", "--on", "2026-09-18")

    assert states(signed) == [AnswerState.ACCEPTED, AnswerState.ACCEPTED]
    assert capsys.readouterr().out == ""


def test_the_day_after_only_the_answer_that_rests_on_it_is_reopened(signed, capsys):
    call_command("reopen_expired", "--on", "2026-09-19")

    assert states(signed) == [AnswerState.OPEN, AnswerState.ACCEPTED]
    first = signed.answers.order_by("position").first()
    label = first.evidence_links.get().evidence.label
    assert label in first.reopened_reason
    assert capsys.readouterr().out == f"{signed.organisation.slug} {label}: {first.code}\n"


def test_the_signature_becomes_void_and_the_journal_says_so(signed):
    call_command("reopen_expired", "--on", "2026-09-19", verbosity=0)

    assert signed.phase_reviews.get(phase="design").state == ReviewState.OPEN
    assert Approval.objects.get().voided_at is not None
    event = AuditEvent.objects.get(verb="evidence.expire")
    assert (event.actor, event.organisation) == (None, signed.organisation)


def test_a_second_run_changes_nothing(signed):
    call_command("reopen_expired", "--on", "2026-09-19", verbosity=0)
    events = AuditEvent.objects.count()

    call_command("reopen_expired", "--on", "2026-09-19", verbosity=0)

    assert AuditEvent.objects.count() == events


def test_today_is_the_day_unless_another_is_given(signed):
    call_command("reopen_expired", verbosity=0)

    assert states(signed)[0] == AnswerState.OPEN


def test_what_is_not_a_day_is_refused():
    with pytest.raises(CommandError, match=r"31\.02\.2026 is not a day"):
        call_command("reopen_expired", "--on", "31.02.2026")
