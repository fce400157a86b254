import re

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


def test_saving_asks_the_database_at_most_fourteen_times(
    assessor, answer, django_assert_max_num_queries
):
    assessor.post(address(answer), said(answer))
    answer.refresh_from_db()
    url, better = address(answer), said(answer, justification="Better said.")
    with django_assert_max_num_queries(14 + 2):  # a savepoint and its release are the test's
        assessor.post(url, better)


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

    response = client.post(address(answer), said(answer))

    page = response.content.decode()
    answer.refresh_from_db()
    assert response.status_code == 403
    assert "Your roles let you read answers, not write them." in page
    assert "As planned." in page
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


def test_the_neighbours_of_an_answer_are_those_that_apply(assessor, answer):
    answers = list(answer.assessment.answers.order_by("position"))
    Answer.objects.filter(pk=answers[1].pk).update(is_applicable=False, missing_facts=["wireless"])

    def links(shown):
        page = assessor.get(address(shown)).content.decode()
        return {each for each in answers if f'rel="next" href="{address(each)}"' in page}, {
            each for each in answers if f'rel="prev" href="{address(each)}"' in page
        }

    assert links(answers[0]) == ({answers[2]}, set())
    assert links(answers[2]) == ({answers[3]}, {answers[0]})
    assert links(answers[-1]) == (set(), {answers[-2]})


@pytest.fixture
def clash(assessor, answer):
    """Somebody saved while the person typed; return what was typed."""
    mine = said(answer, justification="Same line.\nWhat I wrote.", verdict="adapted")
    assessor.post(address(answer), said(answer, justification="Same line.\nWhat she wrote."))
    answer.refresh_from_db()
    return mine


def text_of_form(page):
    area = page[page.index('name="justification"') :]
    return area[area.index(">") + 1 : area.index("</textarea>")].strip().replace("\r", "")


def test_both_texts_are_joined_and_saved_only_when_asked(assessor, answer, clash):
    joined = assessor.post(address(answer), clash | {"merge": "both"})
    page = joined.content.decode()
    text = text_of_form(page)
    answer.refresh_from_db()
    kept = answer.justification

    saved = assessor.post(
        address(answer), clash | {"justification": text, "revision": answer.revision}
    )

    answer.refresh_from_db()
    assert (joined.status_code, kept) == (200, "Same line.\nWhat she wrote.")
    assert text == "Same line.\nWhat she wrote.\nWhat I wrote."
    assert (saved.status_code, answer.justification) == (302, text)


def test_what_is_saved_replaces_what_was_typed_when_asked(assessor, answer, clash):
    page = assessor.post(address(answer), clash | {"merge": "theirs"}).content.decode()
    assert text_of_form(page) == "Same line.\nWhat she wrote."
    assert f'name="revision" value="{answer.revision}"' in page
    assert re.search(r'value="followed"[^>]*checked', page)


def test_the_empty_form_of_evidence_is_that_of_the_language(assessor, answer):
    """It is drawn once and kept."""
    person = answer.assessment.started_by
    for language, title in [("en", "Valid until"), ("fr", "Valable jusqu"), ("en", "Valid until")]:
        person.language = language
        person.save()
        page = assessor.get(address(answer)).content.decode()
        assert title in page
        assert 'name="reason"' not in page  # asked when an accepted answer changes
