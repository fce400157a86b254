import pytest

from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.models import Authorship, PhaseReview
from assessments.services.answer import AnswerMoved
from assessments.services.changes import ReasonNeeded
from assessments.services.copying import copy_answer
from assessments.services.evidence import cite
from assessments.services.review import TransitionRefused, accept_answer, accept_phase, submit
from tests.assessments.services.test_carrying import member, write
from tests.factories import AssessmentFactory, EvidenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    """Return an answer of one device, written and with evidence."""
    answer = AssessmentFactory().answers.get(position=1)
    author = answer.assessment.started_by
    write(answer, author)
    evidence = EvidenceFactory(organisation=answer.organisation, added_by=author)
    cite(answer.pk, evidence=evidence, actor=author)
    answer.refresh_from_db()
    return answer


@pytest.fixture
def actor(source):
    return member(source.organisation)


@pytest.fixture
def answer(source, actor):
    """Return the answer to the same recommendation for another device."""
    other = AssessmentFactory(
        catalogue=source.assessment.catalogue,
        actor=actor,
        device__organisation=source.organisation,
    )
    return other.answers.get(position=1)


def copy(answer, source, actor, **more):
    return copy_answer(
        answer.pk, source_id=source.pk, revision=answer.revision, actor=actor, **more
    )


def test_an_answer_is_copied_with_its_evidence(answer, source, actor):
    copied = copy(answer, source, actor)

    assert (copied.verdict, copied.justification) == (source.verdict, source.justification)
    assert copied.justification_html == source.justification_html
    assert (copied.answered_by, copied.evidence_count) == (actor, 1)
    assert (copied.owner, copied.due_on) == (None, None)
    assert copied.evidence_links.get().evidence == source.evidence_links.get().evidence
    event = AuditEvent.objects.order_by("sequence").last()
    assert event.verb == "answer.copy"
    assert event.data["copied_from"] == source.full_name
    assert event.data["verdict"] == ["not_assessed", "adapted"]


def test_what_it_cites_already_stays(answer, source, actor):
    own = EvidenceFactory(organisation=answer.organisation, added_by=actor)
    shared = source.evidence_links.get().evidence
    for evidence in (own, shared):
        cite(answer.pk, evidence=evidence, actor=actor)
    answer.refresh_from_db()

    copied = copy(answer, source, actor)

    assert set(copied.evidence_links.values_list("evidence", flat=True)) == {own.pk, shared.pk}
    assert copied.evidence_count == 2


def test_copying_twice_is_one_event(answer, source, actor):
    for _ in range(2):
        copy(answer, source, actor)

    assert AuditEvent.objects.filter(verb="answer.copy").count() == 1


def test_a_text_that_came_in_between_is_not_lost(answer, source, actor):
    stale = answer.revision
    write(answer, actor, justification="Mine.")

    with pytest.raises(AnswerMoved):
        copy_answer(answer.pk, source_id=source.pk, revision=stale, actor=actor)

    answer.refresh_from_db()
    assert answer.justification == "Mine."


def test_what_says_nothing_is_not_copied(answer, source, actor):
    empty = source.assessment.answers.get(position=2)
    for nothing in (empty, answer):
        with pytest.raises(PortalError, match="Choose another"):
            copy(answer, nothing, actor)


def accept(answer, actor):
    for each in answer.assessment.answers.filter(phase="design"):
        write(each, actor)
    review = PhaseReview.objects.get(assessment=answer.assessment, phase="design")
    submit(review.pk, actor=actor)
    accept_phase(review.pk, actor=member(answer.organisation, Role.REVIEWER))
    answer.refresh_from_db()


def test_an_accepted_answer_needs_a_reason(answer, source, actor):
    accept(answer, actor)
    with pytest.raises(ReasonNeeded):
        copy(answer, source, actor)

    copied = copy(answer, source, actor, reason="The same library.")

    assert (copied.state, copied.reopened_reason) == ("open", "The same library.")


def test_a_phase_under_review_is_not_changed(answer, source, actor):
    for each in answer.assessment.answers.filter(phase="design"):
        write(each, actor)
    submit(PhaseReview.objects.get(assessment=answer.assessment, phase="design").pk, actor=actor)
    answer.refresh_from_db()

    with pytest.raises(PortalError, match="submitted"):
        copy(answer, source, actor)


def test_neither_who_wrote_the_source_nor_who_copied_it_accepts_it(answer, source, actor):
    copied = copy(answer, source, actor)
    write(answer.assessment.answers.get(position=2), actor)
    submit(PhaseReview.objects.get(assessment=answer.assessment, phase="design").pk, actor=actor)

    authors = Authorship.objects.filter(answer=copied).values_list("user", flat=True)
    assert set(authors) == {source.answered_by_id, actor.pk}
    with pytest.raises(TransitionRefused, match="You wrote"):
        accept_answer(copied.pk, actor=source.answered_by)
