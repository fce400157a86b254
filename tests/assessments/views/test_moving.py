"""Pages of moving: what it would do, what it did, undoing, many at once."""

import pytest
from django.urls import reverse

from assessments.models import Answer, EditionMove, EditionRun
from tests.assessments.catalogue.second import FOUR_EACH, second_edition
from tests.factories import AssessmentFactory, CatalogueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment(client):
    first = CatalogueFactory(sizes=FOUR_EACH)
    second_edition(first)
    assessment = AssessmentFactory(catalogue=first)
    user = assessment.started_by
    user.language = "en"
    user.save()
    client.force_login(user)
    return assessment


def address(name, assessment, *keys):
    return reverse(f"assessments:{name}", args=[assessment.organisation.slug, *keys])


def test_an_assessment_is_moved_and_moved_back_by_its_pages(client, assessment):
    detail = client.get(assessment.get_absolute_url()).content.decode()
    assert "A newer edition is published: second." in detail
    before = client.get(address("assessment-move", assessment, assessment.pk))
    assert before.status_code == 200
    assert "was split into REC-004A, REC-004B" in before.content.decode()

    moved = client.post(address("assessment-move", assessment, assessment.pk), follow=True)

    made = EditionMove.objects.get()
    assert moved.redirect_chain[-1][0] == address("move-detail", assessment, made.pk)
    former = Answer.with_former.get(code="REC-008")
    page = client.get(address("answer-edit", assessment, former.pk), follow=True)
    assert "Left the assessment" in page.content.decode()
    undone = client.post(address("move-undo", assessment, made.pk), follow=True)
    assert "again what it was before" in undone.content.decode()
    again = client.post(address("move-undo", assessment, made.pk))
    assert again.status_code == 409
    assert "undone already" in again.content.decode()


def test_an_edition_that_is_not_offered_is_refused(client, assessment):
    wrong = {"to": "nothing"}

    response = client.post(address("assessment-move", assessment, assessment.pk), wrong)

    assert response.status_code == 422
    assert not EditionMove.objects.exists()


def test_many_are_chosen_and_moved(client, assessment, django_capture_on_commit_callbacks):
    page = client.get(address("assessments-move", assessment))
    assert page.context["rows"] == [assessment]
    nothing = client.post(address("assessments-move", assessment), {})
    assert nothing.status_code == 422

    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("assessments-move", assessment), {"assessment": [assessment.pk]})

    run = EditionRun.objects.get()
    said = client.get(address("run-detail", assessment, run.pk)).content.decode()
    assert "1 assessment moved" in said
