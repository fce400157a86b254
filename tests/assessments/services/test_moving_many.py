"""Many assessments moved in one go."""

import signal

import pytest

from ansm_portal.permissions import Role
from assessments.models import Assessment, EditionRun
from assessments.services.answer import save_answer
from assessments.services.catalogue import publish
from assessments.services.editions import start_draft
from assessments.services.moving_many import go_on, movable, request
from assessments.services.review import submit
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory
from tests.processes import run_together


def several(number):
    """Return two editions, one after the other, and assessments of one organisation."""
    first = CatalogueFactory(sizes={"design": 2, "development": 1})
    second = publish(start_draft(first, edition="second", actor=None).pk)
    one = AssessmentFactory(catalogue=first)
    rest = [
        AssessmentFactory(catalogue=first, device__organisation=one.organisation)
        for _ in range(number - 1)
    ]
    return second, [one, *rest]


def whole(assessment):
    """Tell by which edition an assessment is, all of it."""
    assessment.refresh_from_db()
    editions = set(assessment.answers.values_list("recommendation__catalogue", flat=True))
    assert editions == {assessment.catalogue_id}
    return assessment.catalogue_id


@pytest.mark.django_db(transaction=True)
def test_a_move_that_is_killed_leaves_nothing_half_done_and_goes_on():
    second, assessments = several(4)
    run = EditionRun.objects.create(
        organisation=assessments[0].organisation,
        catalogue=second,
        wanted=[str(each.pk) for each in assessments],
        requested_by=assessments[0].started_by,
    )

    ended = run_together("tests.assessments.services.mover", [[str(run.pk), "3"]])

    assert ended == [-signal.SIGKILL]
    assert [whole(each) == second.pk for each in assessments] == [True, True, False, False]
    assert run.moves.count() == 2
    run = go_on(run.pk)
    assert [whole(each) == second.pk for each in assessments] == [True] * 4
    assert (run.state, run.moves.count(), run.refused) == ("done", 4, [])


@pytest.mark.django_db
def test_what_cannot_move_stays_with_the_reason(django_capture_on_commit_callbacks):
    second, [one, other] = several(2)
    author = one.started_by
    for answer in one.answers.filter(phase="design"):
        save_answer(
            answer.pk,
            revision=answer.revision,
            verdict="followed",
            justification="As planned.",
            owner_id=None,
            due_on=None,
            actor=author,
        )
    submit(one.phase_reviews.get(phase="design").pk, actor=author)
    manager = MembershipFactory(organisation=one.organisation, role=Role.MANAGER).user
    assert {each.assessment.pk for each in movable(one.organisation)} == {one.pk, other.pk}

    with django_capture_on_commit_callbacks(execute=True):
        run = request(one.organisation, catalogue=second, chosen=[one.pk, other.pk], actor=manager)

    run.refresh_from_db()
    assert run.state == "done"
    [[key, reason]] = run.refused
    assert key == str(one.pk)
    assert "review" in reason or "examen" in reason
    assert set(Assessment.objects.filter(catalogue=second)) == {other}
