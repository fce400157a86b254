import re
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from ansm_portal.permissions import Role
from assessments.models import Answer
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3, "development": 2}))


@pytest.fixture
def assessor(client, assessment):
    client.force_login(assessment.started_by)
    return client


@pytest.fixture
def answers(assessment):
    return list(assessment.answers.order_by("position"))


@pytest.fixture
def address(assessment):
    return reverse(
        "assessments:assessment-work", args=[assessment.organisation.slug, assessment.pk]
    )


def in_pane(url):
    return {"HX-Request": "true", "HX-Target": "pane", "HX-Current-URL": f"http://testserver{url}"}


def listed(page):
    """Return the keys of the list, and the one that is marked as open."""
    keys = re.findall(r'class="work-row" data-answer="([^"]+)"', page)
    return keys, re.findall(r'data-answer="([^"]+)"[^>]*aria-current="true"', page)


def opened(page):
    return re.search(r'data-portal-draft="[^"]*/answers/([^/]+)/', page)[1]


def said(answer, **changes):
    return {
        "verdict": "followed",
        "justification": "As planned.",
        "owner": "",
        "due_on": "",
        "revision": answer.revision,
        **changes,
    }


def follow(*answers):
    Answer.objects.filter(pk__in=[answer.pk for answer in answers]).update(
        verdict="followed",
        answered_by=answers[0].assessment.started_by,
        answered_at=timezone.now(),
    )


def test_the_first_that_needs_a_verdict_is_open(assessor, address, answers):
    follow(answers[0])

    page = assessor.get(address).content.decode()

    assert listed(page) == ([str(answer.pk) for answer in answers], [str(answers[1].pk)])
    assert opened(page) == str(answers[1].pk)


def test_the_first_is_open_when_all_have_a_verdict(assessor, address, answers):
    follow(*answers)
    assert opened(assessor.get(address).content.decode()) == str(answers[0].pk)


def test_the_list_is_that_of_the_filter_and_the_way_along_it_stays_inside(
    assessor, address, answers
):
    follow(answers[1])

    page = assessor.get(
        address, {"verdict": "not_assessed", "phase": "design", "open": answers[0].pk}
    ).content.decode()

    assert listed(page)[0] == [str(answers[0].pk), str(answers[2].pk)]
    following = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert opened(assessor.get(following).content.decode()) == str(answers[2].pk)
    assert "verdict=not_assessed" in following


def test_an_answer_outside_the_list_is_shown_all_the_same(assessor, address, answers):
    page = assessor.get(address, {"phase": "development", "open": answers[0].pk}).content.decode()
    keys, marked = listed(page)
    assert opened(page) == str(answers[0].pk)
    assert (len(keys), marked) == (2, [])


def test_an_empty_list_says_what_to_do(assessor, address):
    page = assessor.get(address, {"q": "no such words"}).content.decode()
    assert "Nothing matches." in page
    assert "Choose a recommendation of the list." in page


@pytest.mark.parametrize("key", ["", "not-a-key", "'; --"])
def test_a_key_that_is_none_is_passed_over(assessor, address, key):
    assert assessor.get(address, {"open": key}).status_code == 200


def test_the_answer_of_another_assessment_is_not_found(assessor, address, assessment):
    other = AssessmentFactory(device__organisation=assessment.organisation).answers.first()
    for key in (other.pk, uuid4()):
        assert assessor.get(address, {"open": key}).status_code == 404


def test_the_outline_counts_what_applies(assessor, address, answers):
    follow(answers[0])
    Answer.objects.filter(pk=answers[2].pk).update(is_applicable=False, missing_facts=["wireless"])
    page = assessor.get(address).content.decode()
    count = '1<span class="visually-hidden"> assessed of </span><span aria-hidden="true">/</span>2'
    assert f'id="count-design">{count}</span>' in page


def test_the_pane_comes_alone_and_updates_the_line_that_was_left(assessor, address, answers):
    before = f"{address}?phase=design&open={answers[0].pk}"

    response = assessor.get(f"{address}?phase=design&open={answers[1].pk}", headers=in_pane(before))

    page = response.content.decode()
    assert "<html" not in page
    assert "work-row" not in page
    assert f'data-portal-opened="{answers[1].pk}"' in page
    assert f'id="said-{answers[0].pk}" hx-swap-oob="true"' in page
    assert response.headers["HX-Push-Url"].endswith(f"?phase=design&open={answers[1].pk}")


def test_saving_in_the_pane_goes_on_in_the_list(assessor, address, answers):
    here = f"{address}?phase=development&open={answers[3].pk}"
    edit = reverse("assessments:answer-edit", args=[answers[3].organisation.slug, answers[3].pk])

    response = assessor.post(edit, said(answers[3], then="next"), headers=in_pane(here))
    assert response.headers["Location"] == f"{address}?phase=development&open={answers[4].pk}"
    page = assessor.get(response.headers["Location"], headers=in_pane(here)).content.decode()

    assert f"{answers[3].code} is saved." in page
    assert f'data-portal-opened="{answers[4].pk}"' in page
    assert 'id="count-development" hx-swap-oob="true">1<' in page


def test_at_the_end_of_the_list_one_stays(assessor, address, answers):
    here = f"{address}?phase=design&open={answers[2].pk}"
    edit = reverse("assessments:answer-edit", args=[answers[2].organisation.slug, answers[2].pk])
    response = assessor.post(edit, said(answers[2], then="next"), headers=in_pane(here))
    assert response.headers["Location"] == f"{address}?phase=design&open={answers[2].pk}"


def test_without_scripts_the_form_leads_back_to_the_list(assessor, address, answers):
    page = assessor.get(address, {"phase": "design", "open": answers[0].pk}).content.decode()
    assert '<input type="hidden" name="work" value="phase=design">' in page
    edit = reverse("assessments:answer-edit", args=[answers[0].organisation.slug, answers[0].pk])
    response = assessor.post(edit, said(answers[0], work="phase=design", then="next"))
    assert response.headers["Location"] == f"{address}?phase=design&open={answers[1].pk}"


def test_what_is_refused_stays_in_the_pane(assessor, address, answers):
    here = f"{address}?open={answers[0].pk}"
    edit = reverse("assessments:answer-edit", args=[answers[0].organisation.slug, answers[0].pk])
    response = assessor.post(edit, said(answers[0], due_on="tomorrow"), headers=in_pane(here))
    page = response.content.decode()
    assert response.status_code == 422
    assert "<html" not in page
    assert "As planned." in page


def test_a_reviewer_reads_and_submits_nothing(client, address, assessment):
    client.force_login(
        MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user
    )
    page = client.get(address).content.decode()
    assert "data-portal-draft=" not in page
    assert "data-portal-submit" not in page
    assert "Change all of this list at once" not in page
