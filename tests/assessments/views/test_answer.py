import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import Answer, PhaseReview
from assessments.services.review import submit
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def assessor(client, answer):
    client.force_login(answer.assessment.started_by)
    return client


def address(answer, name="edit"):
    return reverse(f"assessments:answer-{name}", args=[answer.organisation.slug, answer.pk])


def said(answer, **changes):
    return {
        "verdict": "followed",
        "justification": "As planned.",
        "owner": "",
        "due_on": "",
        "revision": answer.revision,
        **changes,
    }


def test_an_answer_is_saved_and_the_next_one_shown(assessor, answer):
    response = assessor.post(address(answer), said(answer, then="next"))

    answer.refresh_from_db()
    following = Answer.objects.get(assessment=answer.assessment, position=answer.position + 1)
    assert response.headers["Location"] == address(following)
    assert (answer.verdict, answer.justification) == ("followed", "As planned.")


def test_saving_asks_the_database_at_most_twelve_times(
    assessor, answer, django_assert_max_num_queries
):
    assessor.post(address(answer), said(answer))
    answer.refresh_from_db()
    with django_assert_max_num_queries(12 + 2):  # a savepoint and its release are the test's
        assessor.post(address(answer), said(answer, justification="Better said."))


def test_both_texts_are_shown_when_two_people_save(assessor, answer):
    stale = said(answer, justification="What I wrote.")
    assessor.post(address(answer), said(answer, justification="What she wrote."))

    response = assessor.post(address(answer), stale)

    page = response.content.decode()
    answer.refresh_from_db()
    assert response.status_code == 409
    assert "What I wrote." in page
    assert "<del>she</del><ins>I</ins>" in page
    assert f'name="revision" value="{answer.revision}"' in page
    assert answer.justification == "What she wrote."


def test_what_was_typed_stays_when_it_cannot_be_saved(assessor, answer):
    response = assessor.post(address(answer), said(answer, verdict="perfect", due_on="tomorrow"))

    assert response.status_code == 422
    assert "As planned." in response.content.decode()


def test_a_phase_under_review_is_not_changed(assessor, answer):
    for each in answer.assessment.answers.filter(phase="design"):
        assessor.post(address(each), said(each))
    review = PhaseReview.objects.get(assessment=answer.assessment, phase="design")
    submit(review.pk, actor=answer.assessment.started_by)
    answer.refresh_from_db()

    response = assessor.post(address(answer), said(answer, justification="Too late."))

    assert response.status_code == 409
    assert "Too late." in response.content.decode()


def test_a_reviewer_reads_but_does_not_write(client, answer):
    client.force_login(MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user)
    assert client.post(address(answer), said(answer)).status_code == 403
    answer.refresh_from_db()
    assert answer.verdict == "not_assessed"


def test_the_owner_is_a_member(assessor, answer):
    stranger = MembershipFactory().user
    response = assessor.post(address(answer), said(answer, owner=stranger.pk))
    assert response.status_code == 422


def test_a_preview_saves_nothing(assessor, answer):
    response = assessor.post(address(answer), said(answer, justification="**bold**", preview="yes"))
    assert "<strong>bold</strong>" in response.content.decode()
    answer.refresh_from_db()
    assert answer.verdict == "not_assessed"


PAGES = ["assessment-detail", "assessment-phase", "answer-edit", "assessment-list", "device-list"]


@pytest.mark.parametrize("page", PAGES)
def test_the_queries_of_a_page_do_not_grow_with_its_rows(
    client, page, django_assert_max_num_queries
):
    counts = []
    for size in (1, 3):
        from tests.factories import CatalogueFactory

        catalogue = CatalogueFactory(sizes={"design": size, "development": size})
        assessment = AssessmentFactory(catalogue=catalogue)
        for _ in range(size - 1):
            AssessmentFactory(
                catalogue=catalogue,
                actor=assessment.started_by,
                device__organisation=assessment.organisation,
            )
        client.force_login(assessment.started_by)
        slug = assessment.organisation.slug
        arguments = {
            "assessment-detail": [slug, assessment.pk],
            "assessment-phase": [slug, assessment.pk, "design"],
            "answer-edit": [slug, assessment.answers.first().pk],
        }.get(page, [slug])
        with django_assert_max_num_queries(12) as captured:
            assert client.get(reverse(f"assessments:{page}", args=arguments)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
