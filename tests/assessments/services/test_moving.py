"""Assessments that move to the next edition, and back."""

import datetime as dt
from copy import deepcopy
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.catalogue.transition import Fate
from assessments.enums import ReviewState
from assessments.models import (
    Action,
    Answer,
    AnswerDraft,
    Approval,
    Assessment,
    Authorship,
    EditionMove,
    EvidenceLink,
    Notification,
    PhaseReview,
    Remark,
    SearchEntry,
)
from assessments.services.action import plan
from assessments.services.answer import save_answer
from assessments.services.catalogue import publish
from assessments.services.comparing import said_on, said_today
from assessments.services.draft import keep_draft
from assessments.services.editions import start_draft
from assessments.services.evidence import cite
from assessments.services.moving import AlreadyThere, Way, move, preview
from assessments.services.moving_back import move_back, obstacle
from assessments.services.remark import raise_remark
from assessments.services.review import accept_phase, content_of, sign, submit
from assessments.services.transitions import NotInLine, later_editions, transition
from tests.assessments.catalogue.second import FOUR_EACH, KINDS, second_edition
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    MembershipFactory,
)
from tests.factories.accounts import PASSWORD
from tests.kept import kept

pytestmark = pytest.mark.django_db

OWNED = (
    *(Assessment, PhaseReview, Approval, EvidenceLink, Authorship, Remark, Action, AnswerDraft),
    SearchEntry,
)


@pytest.fixture
def world(db, kept_world):
    return deepcopy(kept_world)


@pytest.fixture
def assessment(world):
    """An assessment by the first edition, answered, signed in two phases."""
    return world.assessment


@pytest.fixture(scope="module")
def kept_world(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        first = CatalogueFactory(sizes=FOUR_EACH)
        yield SimpleNamespace(first=first, second=second_edition(first), assessment=answered(first))


@pytest.fixture
def way(world):
    with translation.override("en"):
        return Way.of(transition(world.first, world.second))


def member(organisation, role=Role.ASSESSOR):
    return MembershipFactory(organisation=organisation, role=role).user


def answered(first, **fields):
    """Return an assessment that is answered, with everything else, and signed in two phases."""
    assessment = AssessmentFactory(catalogue=first, **fields)
    organisation, author = assessment.organisation, assessment.started_by
    evidence = EvidenceFactory(organisation=organisation, added_by=author)
    for answer in assessment.answers.order_by("position"):
        save_answer(
            answer.pk,
            revision=answer.revision,
            verdict="not_followed" if answer.code == "REC-006" else "followed",
            justification=f"As planned for {answer.code}.",
            owner_id=author.pk,
            due_on=None,
            actor=author,
        )
    for code in ("REC-004", "REC-006", "REC-009"):
        cite(assessment.answers.get(code=code).pk, evidence=evidence, actor=author)
    reviewer = member(organisation, Role.REVIEWER)
    for phase in ("development", "post_market"):
        sign_phase(assessment.phase_reviews.get(phase=phase), author, reviewer)
    sixth = assessment.answers.get(code="REC-006")
    raise_remark(sixth, kind="question", text="Which?", actor=reviewer)
    keep_draft(
        sixth.pk,
        revision=sixth.revision,
        author=author,
        typed={
            "verdict": "followed",
            "justification": "Typed.",
            "owner_id": None,
            "due_on": None,
            "reason": "",
            "override_reason": "",
        },
    )
    plan(
        organisation=organisation,
        title="Redo it",
        description="",
        owner=author,
        due_on=dt.date(2026, 5, 4),
        actor=reviewer,
        answer=sixth,
    )
    return assessment


def sign_phase(review, author, reviewer):
    submit(review.pk, actor=author)
    accepted = accept_phase(review.pk, actor=reviewer)
    sign(
        accepted.pk,
        actor=member(review.organisation, Role.APPROVER),
        password=PASSWORD,
        role="PRRC",
        meaning="I approve this phase.",
        sha256=content_of(accepted).sha256,
    )


def everything(assessment):
    """Return all rows of the organisation that a move may touch, but for what only counts up."""
    own = {"organisation": assessment.organisation_id}
    found = {model.__name__: list(model.objects.filter(**own).values()) for model in OWNED}
    answers = Answer.with_former.filter(**own).order_by("pk").values()
    found["Answer"] = [{**row, "revision": None} for row in answers]
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


def test_every_answer_goes_where_its_entry_went(world, assessment, way):
    second = world.second
    before = {answer.code: answer for answer in assessment.answers.all()}

    made = move(assessment.pk, way, actor=assessment.started_by)

    assessment.refresh_from_db()
    assert assessment.catalogue == second
    after = {answer.code: answer for answer in assessment.answers.select_related("recommendation")}
    assert {code: a.recommendation for code, a in after.items()} == {
        entry.code: entry for entry in second.recommendations.all()
    }
    for answer in after.values():
        entry = answer.recommendation
        assert (answer.phase, answer.position) == (entry.phase, entry.position)
    # Kept and moved: the same rows, accepted where they were.
    for old, new in {"REC-013": "REC-013", "REC-015": "REC-115", "REC-007": "REC-007"}.items():
        assert (after[new].pk, after[new].state) == (before[old].pk, "accepted")
    assert after["REC-001"].to_confirm is False
    # Reworded: open again, the text kept, the reason says what differs.
    assert (after["REC-014"].pk, after["REC-014"].state) == (before["REC-014"].pk, "open")
    assert after["REC-014"].to_confirm is True
    assert after["REC-014"].justification == "As planned for REC-014."
    assert "“the patient.” → “care.”" in after["REC-014"].reopened_reason
    # Split: the text is offered to each part, with its evidence and authors.
    for code in ("REC-004A", "REC-004B"):
        assert after[code].justification == "As planned for REC-004."
        assert (after[code].to_confirm, after[code].evidence_links.count()) == (True, 1)
        assert after[code].authorships.count() == 1
    # Merged: both texts, both rows of support; verdicts that differ are decided again.
    merged = after["REC-005"]
    assert merged.justification == (
        "**REC-005**\n\nAs planned for REC-005.\n\n**REC-006**\n\nAs planned for REC-006."
    )
    assert (merged.verdict, merged.evidence_count) == ("not_assessed", 1)
    assert (merged.remarks.count(), merged.drafts.count(), merged.actions.count()) == (1, 1, 1)
    # Retired: out of the assessment, kept to be read.
    former = Answer.with_former.exclude(left_by=None)
    assert {a.code: a.justification for a in former} == {
        "REC-006": "As planned for REC-006.",
        "REC-008": "As planned for REC-008.",
    }
    assert {a.left_by for a in former} == {made}
    # Added: open. Applicability follows from the new entries.
    assert (after["REC-021"].verdict, after["REC-021"].state) == ("not_assessed", "open")
    assert (after["REC-011"].is_applicable, after["REC-011"].missing_facts) == (False, ["wireless"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_preview_says_of_each_kind_of_change_what_is_kept_and_what_reopens(
    assessment, way, kind
):
    codes, _aspects, fate = KINDS[kind]
    steps = {"+".join(e.code for e in s.group.after): s for s in preview(assessment, way)}
    step = steps[codes]

    assert step.fate == fate
    # Accepted in the phases that are signed: development and post-market.
    accepted = any(answer.state == "accepted" for answer in step.answers)
    is_another = fate not in (Fate.KEPT, Fate.ELSEWHERE, Fate.ADDED, Fate.GONE)
    assert bool(step.reason) == is_another
    assert step.reopens == (accepted and (is_another or step.ceases))
    assert step.ceases == (kind == "applies to others")


def test_phases_that_are_not_what_was_signed_open_with_the_reason(assessment, way):

    move(assessment.pk, way, actor=assessment.started_by)

    reviews = {review.phase: review for review in assessment.phase_reviews.all()}
    assert reviews["development"].state == ReviewState.OPEN
    assert "REC-008" in reviews["development"].comment
    assert Approval.objects.filter(voided_at=None).count() == 0
    assert sum(review.applicable + review.excluded for review in reviews.values()) == 20
    assert reviews["end_of_life"].not_assessed == 1


def test_a_phase_in_which_nothing_changed_stays_signed(world, assessment):
    first = world.first
    third = publish(start_draft(first, edition="same", actor=None).pk)

    move(assessment.pk, Way.of(transition(first, third)), actor=assessment.started_by)

    states = assessment.phase_reviews.filter(state=ReviewState.SIGNED)
    assert set(states.values_list("phase", flat=True)) == {"development", "post_market"}
    assert Approval.objects.filter(voided_at=None).count() == 2


def test_moving_and_undoing_is_as_if_nothing_had_been(assessment, way):
    before = everything(assessment)

    made = move(assessment.pk, way, actor=assessment.started_by)
    assert everything(assessment) != before
    assert obstacle(made) == ""
    move_back(made.pk, actor=assessment.started_by)

    assert everything(assessment) == before
    verbs = AuditEvent.objects.filter(verb__startswith="assessment.move").order_by("sequence")
    assert [event.verb for event in verbs] == ["assessment.move", "assessment.move_back"]
    with pytest.raises(PortalError, match="undone already"):
        move_back(made.pk, actor=assessment.started_by)
    move(assessment.pk, way, actor=assessment.started_by)  # and again


def test_what_was_said_before_the_move_can_still_be_told(assessment, way, monkeypatch):
    [before] = said_today(assessment)
    tomorrow = timezone.now() + dt.timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    move(assessment.pk, way, actor=assessment.started_by)

    [earlier] = said_on(assessment, [tomorrow.date() - dt.timedelta(days=1)])

    assert earlier.doubtful == ()
    told = {said.key: (said.verdict, said.justification, said.evidence) for said in earlier.answers}
    assert told == {said.key: (said.verdict, said.justification, said.evidence) for said in before}


def test_it_is_not_undone_once_something_new_was_answered(assessment, way):
    author = assessment.started_by
    made = move(assessment.pk, way, actor=author)
    new = assessment.answers.get(code="REC-021")
    save_answer(
        new.pk,
        revision=new.revision,
        verdict="followed",
        justification="New.",
        owner_id=None,
        due_on=None,
        actor=author,
    )

    with pytest.raises(PortalError, match="REC-021"):
        move_back(made.pk, actor=author)

    assert "REC-021" in obstacle(made)


def test_only_whoever_moved_or_a_manager_undoes(world, way):
    assessment = AssessmentFactory(catalogue=world.first)
    made = move(assessment.pk, way, actor=assessment.started_by)
    other = member(assessment.organisation)

    with pytest.raises(PortalError, match="Whoever moved"):
        move_back(made.pk, actor=other)
    assert move_back(made.pk, actor=other, manages=True).undone_by == other


def test_the_preview_says_what_the_move_does(assessment, way):

    steps = preview(assessment, way)
    made = move(assessment.pk, way, actor=assessment.started_by)

    told = {}
    for step in steps:
        codes = [entry.code for entry in step.group.after or step.group.before]
        told.setdefault(step.fate.value, []).extend(codes)
        for name in ("reopened", "begins", "ceases"):
            if getattr(step, "reopens" if name == "reopened" else name):
                told.setdefault(name, []).extend(codes)
    assert told == {name: codes for name, codes in made.outcome.items() if codes}


def test_a_phase_under_review_is_taken_back_first(assessment, way):
    review = assessment.phase_reviews.get(phase="design")
    submit(review.pk, actor=assessment.started_by)

    with pytest.raises(PortalError, match="Under review"):
        move(assessment.pk, way, actor=assessment.started_by)

    assert not EditionMove.objects.exists()


def test_an_assessment_moves_once(world, way):
    assessment = AssessmentFactory(catalogue=world.first)
    move(assessment.pk, way, actor=assessment.started_by)

    with pytest.raises(AlreadyThere):
        move(assessment.pk, way, actor=assessment.started_by)


def test_only_editions_that_follow_are_offered(world):
    first, second = world.first, world.second
    other = CatalogueFactory()

    assert later_editions(first) == [second]
    assert later_editions(second) == []
    with pytest.raises(NotInLine):
        transition(first, other)


def test_whoever_owns_what_was_reopened_is_told(assessment, way):

    move(assessment.pk, way, actor=member(assessment.organisation))

    [told] = Notification.objects.filter(kind="reopened", recipient=assessment.started_by)
    assert told.target == f"assessments.assessment:{assessment.pk}"
    assert told.created_at <= timezone.now()
