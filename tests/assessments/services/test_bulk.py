import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.bulk import Refused, Wish
from assessments.enums import BulkKind
from assessments.models import Answer, BulkChange, Evidence, EvidenceLink, PhaseReview
from assessments.services import bulk as services
from assessments.services.answer import save_answer
from assessments.services.bulk import Expected, Order, Reference, apply, journal_targets, part_of
from assessments.services.bulk_undo import undo
from assessments.services.evidence import Document, cite
from assessments.services.review import TransitionRefused, accept_answer, accept_phase, submit
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3, "development": 2}))


@pytest.fixture
def actor(assessment):
    return assessment.started_by


@pytest.fixture
def reviewer(assessment):
    return MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user


def verdict(word="followed", text="As planned.", **fields):
    return Order(
        kind=BulkKind.VERDICT,
        wish=Wish(values={"verdict": word}, text=text, text_max_length=20_000, **fields),
    )


def assign(**values):
    return Order(kind=BulkKind.ASSIGN, wish=Wish(values=values, text_max_length=20_000))


def citing(evidence, **fields):
    return Order(
        kind=BulkKind.EVIDENCE,
        wish=Wish(cites=True, text_max_length=20_000, **fields),
        evidence=evidence,
    )


def seen(answers):
    return {answer.pk: Expected(answer.revision, answer.state) for answer in answers}


def answers_of(assessment, **which):
    return list(assessment.answers.filter(**which).order_by("position"))


def do(order, answers, actor, token=None):
    return apply(
        seen(answers),
        order,
        organisation=answers[0].organisation,
        token=token or uuid4(),
        actor=actor,
    )


def test_one_event_names_every_answer_and_what_changed(assessment, actor):
    answers = answers_of(assessment)

    done = do(verdict(), answers, actor)

    event = AuditEvent.objects.get(verb="answers.bulk")
    assert event.target == f"assessments.bulkchange:{done.change.pk}"
    assert [one["code"] for one in event.data["changes"]] == [a.code for a in answers]
    assert event.data["changes"][0] == {
        "answer": str(answers[0].pk),
        "code": answers[0].code,
        "revision": 2,
        "fields": {
            "verdict": ["not_assessed", "followed"],
            "justification": ["", "As planned."],
        },
    }
    assert done.change.changes == event.data["changes"]
    assert verify(assessment.organisation.pk).is_intact


def test_the_change_of_one_answer_is_found_by_index(assessment, actor):
    first, second, *_others = answers_of(assessment)
    do(verdict(), [first, second], actor)

    events = AuditEvent.objects.filter(target__in=journal_targets(first.pk))

    assert [event.verb for event in events] == ["answers.bulk"]
    assert part_of(events[0].data, first.pk)["verdict"] == ["not_assessed", "followed"]
    assert part_of(events[0].data, uuid4()) == {}


def test_everything_a_save_keeps_true_stays_true(assessment, actor):
    do(verdict(text="**Yes**"), answers_of(assessment), actor)

    answer = assessment.answers.order_by("position").first()
    assert answer.justification_html == "<p><strong>Yes</strong></p>\n"
    assert (answer.answered_by, answer.revision) == (actor, 2)
    assert answer.answered_at is not None
    assert [a.user for a in answer.authorships.all()] == [actor]
    counters = assessment.phase_reviews.order_by("position").values_list("followed", flat=True)
    assert list(counters) == [3, 2, 0, 0, 0]


def test_whoever_changed_many_cannot_accept_them(assessment, actor):
    MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER, user=actor)
    do(verdict(), answers_of(assessment), actor)
    submit(assessment.phase_reviews.get(phase="design").pk, actor=actor)
    with pytest.raises(TransitionRefused, match="somebody else"):
        accept_answer(answers_of(assessment)[0].pk, actor=actor)


def test_assigning_makes_nobody_an_author(assessment, actor):
    colleague = MembershipFactory(organisation=assessment.organisation).user
    day = dt.date(2026, 9, 1)
    done = do(assign(owner_id=colleague.pk, due_on=day), answers_of(assessment), actor)

    answer = assessment.answers.first()
    assert (answer.owner, answer.due_on, answer.answered_by) == (colleague, day, None)
    assert not answer.authorships.exists()
    assert done.change.changes[0]["fields"] == {
        "owner_id": [None, str(colleague.pk)],
        "due_on": [None, "2026-09-01"],
    }


def test_a_row_that_moved_is_left_alone_and_said(assessment, actor):
    answers = answers_of(assessment)
    save_answer(
        answers[1].pk,
        revision=1,
        verdict="adapted",
        justification="Mine.",
        owner_id=None,
        due_on=None,
        actor=actor,
    )

    done = do(verdict(), answers, actor)

    assert [(each.answer.pk, each.refused) for each in done.left] == [
        (answers[1].pk, Refused.MOVED)
    ]
    moved = Answer.objects.get(pk=answers[1].pk)
    assert (moved.verdict, moved.justification, moved.revision) == ("adapted", "Mine.", 2)
    assert Answer.objects.filter(verdict="followed").count() == 4


def test_what_was_accepted_meanwhile_is_not_reopened_by_surprise(assessment, actor, reviewer):
    answers = answers_of(assessment, phase="design")
    do(verdict(), answers, actor)
    as_shown = answers_of(assessment, phase="design")
    submit(assessment.phase_reviews.get(phase="design").pk, actor=actor)
    accept_phase(assessment.phase_reviews.get(phase="design").pk, actor=reviewer)

    with pytest.raises(PortalError, match="Nothing was changed"):
        do(verdict("adapted", is_everywhere=True, reason="Audit."), as_shown, actor)

    assert set(assessment.answers.filter(phase="design").values_list("state", flat=True)) == {
        "accepted"
    }


def test_what_was_refused_when_it_was_shown_is_not_done_later(assessment, actor):
    """The preview sends back only what it said would change."""
    shown = services.preview(answers_of(assessment), verdict())
    assert all(each.refused is None for each in shown)
    done = do(verdict(), answers_of(assessment)[:2], actor)
    assert len(done.change.changes) == 2
    assert Answer.objects.filter(verdict="followed").count() == 2


def test_accepted_answers_are_reopened_once_per_phase_with_the_reason(assessment, actor, reviewer):
    do(verdict(), answers_of(assessment), actor)
    for review in assessment.phase_reviews.filter(phase__in=["design", "development"]):
        submit(review.pk, actor=actor)
        accept_phase(review.pk, actor=reviewer)

    done = do(
        verdict("adapted", is_everywhere=True, reason="Audit."), answers_of(assessment), actor
    )

    answer = answers_of(assessment)[0]
    review = assessment.phase_reviews.get(phase="design")
    codes = ", ".join(a.code for a in answers_of(assessment, phase="design"))
    assert (answer.state, answer.accepted_by, answer.reopened_reason) == ("open", None, "Audit.")
    assert (review.state, review.comment) == ("open", f"{codes} changed: Audit.")
    assert (review.adapted, review.accepted) == (3, 0)
    assert all(one["reopened"] for one in done.change.changes)


def test_a_double_click_is_one_change(assessment, actor):
    answers = answers_of(assessment)
    token = uuid4()

    first = do(verdict(), answers, actor, token=token)
    second = do(verdict(), answers, actor, token=token)

    assert first.change == second.change
    assert AuditEvent.objects.filter(verb="answers.bulk").count() == 1
    assert set(assessment.answers.values_list("revision", flat=True)) == {2}


def test_a_token_of_somebody_else_is_another_one(assessment, actor):
    answers = answers_of(assessment)
    token = uuid4()
    colleague = MembershipFactory(organisation=assessment.organisation).user
    do(verdict(), answers[:1], actor, token=token)
    do(verdict(), answers[1:2], colleague, token=token)
    assert BulkChange.objects.count() == 2


def test_a_kill_in_the_middle_leaves_nothing(assessment, actor, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(services, "record", kill)
    with pytest.raises(Killed):
        do(verdict(), answers_of(assessment), actor)

    assert set(assessment.answers.values_list("verdict", "revision")) == {("not_assessed", 1)}
    assert not BulkChange.objects.exists()
    assert assessment.phase_reviews.get(phase="design").followed == 0


def test_evidence_is_cited_by_those_that_do_not_yet(assessment, actor):
    evidence = EvidenceFactory(organisation=assessment.organisation, added_by=actor)
    answers = answers_of(assessment)
    cite(answers[0].pk, evidence=evidence, actor=actor)
    answers = answers_of(assessment)

    done = do(citing(evidence), answers, actor)

    assert [(each.answer, each.refused) for each in done.left] == [(answers[0], Refused.SAME)]
    assert set(assessment.answers.values_list("evidence_count", flat=True)) == {1}
    assert EvidenceLink.objects.filter(evidence=evidence).count() == 5
    assert AuditEvent.objects.get(verb="answers.bulk").data["number"] == evidence.number


def test_a_reference_enters_the_register_once(assessment, actor):
    reference = Reference("QMS-17", Document(title="Procedure"))
    token = uuid4()
    do(citing(reference), answers_of(assessment), actor, token=token)
    do(citing(reference), answers_of(assessment), actor, token=token)

    evidence = Evidence.objects.get(reference="QMS-17")
    assert evidence.links.count() == 5


def test_superseded_evidence_is_refused(assessment, actor):
    old = EvidenceFactory(organisation=assessment.organisation, added_by=actor)
    new = EvidenceFactory(organisation=assessment.organisation, added_by=actor)
    Evidence.objects.filter(pk=old.pk).update(superseded_by=new)
    with pytest.raises(PortalError, match="superseded"):
        do(citing(old), answers_of(assessment), actor)
    assert not BulkChange.objects.exists()


def test_undo_puts_back_what_was_there(assessment, actor):
    evidence = EvidenceFactory(organisation=assessment.organisation, added_by=actor)
    colleague = MembershipFactory(organisation=assessment.organisation).user
    was = list(
        assessment.answers.values_list(
            "verdict", "justification", "owner", "due_on", "evidence_count"
        )
    )
    orders = [
        assign(owner_id=colleague.pk, due_on=dt.date(2026, 9, 1)),
        verdict(),
        citing(evidence),
    ]
    done = [do(order, answers_of(assessment), actor).change for order in orders]

    for change in reversed(done):
        # The revision of an earlier change is the one before the later was undone.
        for one in change.changes:
            Answer.objects.filter(pk=one["answer"]).update(revision=one["revision"])
        assert undo(change.pk, actor=actor).left == []

    fields = ("verdict", "justification", "owner", "due_on", "evidence_count")
    assert list(assessment.answers.values_list(*fields)) == was
    assert not EvidenceLink.objects.exists()
    assert AuditEvent.objects.filter(verb="answers.undo").count() == 3
    assert assessment.phase_reviews.get(phase="design").not_assessed == 3
    assert verify(assessment.organisation.pk).is_intact


def test_undo_leaves_it_to_be_confirmed_again(assessment, actor):
    answers = answers_of(assessment)
    change = do(verdict(), answers, actor).change
    assessment.answers.update(to_confirm=True)
    rewritten = do(verdict("adapted", is_everywhere=True), answers_of(assessment), actor).change
    assert set(assessment.answers.values_list("to_confirm", flat=True)) == {False}

    undo(rewritten.pk, actor=actor)

    assert set(assessment.answers.values_list("to_confirm", "verdict")) == {(True, "followed")}
    assert assessment.phase_reviews.get(phase="design").to_confirm == 3
    assert change.undone_at is None


def test_undo_leaves_what_changed_since_and_says_so(assessment, actor):
    answers = answers_of(assessment)
    change = do(verdict(), answers, actor).change
    save_answer(
        answers[0].pk,
        revision=2,
        verdict="adapted",
        justification="Better.",
        owner_id=None,
        due_on=None,
        actor=actor,
    )

    undone = undo(change.pk, actor=actor)

    assert [(each.answer, each.refused) for each in undone.left] == [(answers[0], Refused.MOVED)]
    assert Answer.objects.get(pk=answers[0].pk).justification == "Better."
    assert assessment.answers.filter(verdict="not_assessed").count() == 4
    change.refresh_from_db()
    assert change.undone_by == actor


def test_undo_leaves_what_is_under_review(assessment, actor):
    change = do(verdict(), answers_of(assessment), actor).change
    submit(assessment.phase_reviews.get(phase="design").pk, actor=actor)

    undone = undo(change.pk, actor=actor)

    assert {each.refused for each in undone.left} == {Refused.UNDER_REVIEW}
    assert len(undone.left) == 3
    assert assessment.phase_reviews.get(phase="design").followed == 3


def test_undo_happens_once(assessment, actor):
    change = do(verdict(), answers_of(assessment), actor).change
    undo(change.pk, actor=actor)
    with pytest.raises(PortalError, match="already"):
        undo(change.pk, actor=actor)
    assert AuditEvent.objects.filter(verb="answers.undo").count() == 1


def test_undo_of_nothing_is_refused_and_can_be_tried_again(assessment, actor):
    change = do(verdict(), answers_of(assessment, phase="design"), actor).change
    submit(assessment.phase_reviews.get(phase="design").pk, actor=actor)
    with pytest.raises(PortalError, match="Nothing was undone"):
        undo(change.pk, actor=actor)
    change.refresh_from_db()
    assert change.undone_at is None


def test_whoever_made_it_undoes_it_or_a_manager(assessment, actor):
    change = do(verdict(), answers_of(assessment), actor).change
    colleague = MembershipFactory(organisation=assessment.organisation).user
    with pytest.raises(PortalError, match="manager"):
        undo(change.pk, actor=colleague)

    undo(change.pk, actor=colleague, manages=True)

    answer = answers_of(assessment)[0]
    assert answer.answered_by == colleague
    assert {a.user for a in answer.authorships.all()} == {actor, colleague}


def test_the_journal_names_every_verb(assessment, actor):
    from ansm_portal.audit.reading import EVENTS

    undo(do(verdict(), answers_of(assessment), actor).change.pk, actor=actor)
    assert set(AuditEvent.objects.values_list("verb", flat=True)) <= EVENTS.keys()


@pytest.mark.parametrize(
    "order", [assign(due_on=dt.date(2026, 9, 1)), verdict()], ids=["assign", "verdict"]
)
def test_the_queries_do_not_grow_with_the_rows(order):
    counts = []
    for size in (1, 3, 50):
        catalogue = CatalogueFactory(sizes={"design": size})
        assessment = AssessmentFactory(catalogue=catalogue)
        answers = answers_of(assessment)
        with CaptureQueriesContext(connection) as captured:
            do(order, answers, assessment.started_by)
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= 18


def test_the_queries_do_not_grow_with_the_devices():
    counts = []
    catalogue = CatalogueFactory(sizes={"design": 1})
    for size in (2, 6):
        assessments = [AssessmentFactory(catalogue=catalogue)]
        assessments += [
            AssessmentFactory(
                catalogue=catalogue,
                actor=assessments[0].started_by,
                device__organisation=assessments[0].organisation,
            )
            for _ in range(size - 1)
        ]
        answers = [answer for each in assessments for answer in each.answers.all()]
        with CaptureQueriesContext(connection) as captured:
            do(verdict(), answers, assessments[0].started_by)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert PhaseReview.objects.filter(followed=1).count() == 8
