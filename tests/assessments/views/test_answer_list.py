import datetime as dt
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from ansm_portal.permissions import Role
from assessments.forms_bulk import MOST_AT_ONCE
from assessments.models import Answer
from assessments.services.answer import save_answer
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3, "development": 2}))


@pytest.fixture
def assessor(client, assessment):
    client.force_login(assessment.started_by)
    return client


def address(assessment, name="answer-list"):
    return reverse(f"assessments:{name}", args=[assessment.organisation.slug])


def give(assessment, position, **values):
    Answer.objects.filter(assessment=assessment, position=position).update(**values)


def shown(client, assessment, query=""):
    page = client.get(address(assessment) + query)
    return [line.code for line in page.context["lines"]]


def codes(assessment, *positions):
    found = dict(assessment.answers.values_list("position", "code"))
    return [found[position] for position in positions]


def test_it_starts_with_what_is_ones_own_in_current_assessments(assessor, assessment):
    me = assessment.started_by
    give(assessment, 2, owner=me)
    give(assessment, 3, owner=MembershipFactory(organisation=assessment.organisation).user)
    earlier = AssessmentFactory(
        version=VersionFactory(device=assessment.device, is_latest=False),
        catalogue=assessment.catalogue,
        actor=me,
    )
    type(earlier).objects.filter(pk=earlier.pk).update(is_current=False)
    type(earlier).objects.filter(pk=assessment.pk).update(is_current=True)
    give(earlier, 1, owner=me)
    assert shown(assessor, assessment) == codes(assessment, 2)
    assert shown(assessor, assessment, "?page=1") == codes(assessment, 2)
    assert sorted(shown(assessor, assessment, "?owner=me")) == sorted(
        [*codes(assessment, 2), *codes(earlier, 1)]
    )
    assert len(shown(assessor, assessment, "?q=")) == 10


def test_what_is_overdue_comes_first_and_last_what_leaves_nothing_to_do(assessor, assessment):
    today = timezone.localdate()
    give(assessment, 4, due_on=today - dt.timedelta(days=1))
    give(assessment, 2, due_on=today + dt.timedelta(days=9))
    give(assessment, 3, due_on=today + dt.timedelta(days=2))
    give(
        assessment,
        1,  # late, but nothing is left to do
        due_on=today - dt.timedelta(days=9),
        verdict="followed",
        answered_by=assessment.started_by,
        answered_at=timezone.now(),
    )
    assert shown(assessor, assessment, "?current=1") == codes(assessment, 4, 3, 2, 5, 1)


def test_the_counts_lead_to_what_they_count(assessor, assessment):
    give(assessment, 1, due_on=dt.date(2020, 1, 1))
    give(
        assessment,
        2,
        verdict="followed",
        to_confirm=True,
        evidence_count=1,
        answered_by=assessment.started_by,
        answered_at=timezone.now(),
    )
    page = assessor.get(address(assessment) + "?phase=design")
    assert page.context["counts"] == {
        "total": 3,
        "gaps": 2,
        "overdue": 1,
        "without_evidence": 2,
        "to_confirm": 1,
        "assessments": 1,
    }
    for name, n in page.context["counts"].items():
        if name not in {"total", "assessments"}:
            query = page.context["narrower"][name]
            assert query.startswith("?phase=design&")
            assert len(shown(assessor, assessment, query)) == n


def test_a_chip_removes_its_filter_and_no_other(assessor, assessment):
    page = assessor.get(address(assessment) + "?phase=design&owner=nobody")
    chips = dict(page.context["chips"])
    assert list(chips.values()) == ["?owner=nobody&q=", "?phase=design&q="]
    assert "?owner=nobody&amp;q=" in page.content.decode()
    last = assessor.get(address(assessment) + "?owner=nobody").context["chips"]
    assert [query for _text, query in last] == ["?q="]
    assert len(shown(assessor, assessment, "?q=")) == 5


def test_what_cannot_be_read_is_said_and_left_out(assessor, assessment):
    page = assessor.get(address(assessment) + "?phase=none&owner=nobody")
    assert page.context["counts"]["total"] == 5
    assert "This filter was left out." in page.content.decode()


def test_who_may_edit_can_tick_answers_or_take_all_that_match(assessor, client, assessment):
    page = assessor.get(address(assessment) + "?phase=design").content.decode()
    first = assessment.answers.order_by("position").first()
    assert f'form="ticked" name="answer" value="{first.pk}"' in page
    choose = unescape(page.partition(f"{address(assessment, 'bulk-choose')}?")[2].partition('"')[0])
    assert choose == "all=1&phase=design"
    chosen = assessor.get(f"{address(assessment, 'bulk-choose')}?{choose}")
    assert [answer.position for answer in chosen.context["answers"]] == [1, 2, 3]
    reviewer = MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user
    client.force_login(reviewer)
    page = client.get(address(assessment) + "?q=").content.decode()
    assert first.code in page
    assert 'name="answer"' not in page


def test_too_many_for_one_change_is_said(assessor, assessment, monkeypatch):
    monkeypatch.setattr("assessments.views.answer_list.MOST_AT_ONCE", 4)
    page = assessor.get(address(assessment) + "?current=1").content.decode()
    assert "narrow the filter to at most 4 answers" in page
    assert "all=1" not in page
    assert MOST_AT_ONCE > 4


def test_a_list_of_many_has_pages_that_keep_the_filter(assessor, assessment, monkeypatch):
    monkeypatch.setattr("assessments.views.answer_list.AnswerList.paginate_by", 2)
    assert shown(assessor, assessment, "?phase=design&page=2") == codes(assessment, 3)
    assert assessor.get(address(assessment) + "?phase=design&page=3").status_code == 404
    page = assessor.get(address(assessment) + "?phase=design").content.decode()
    assert "?phase=design&amp;page=2" in page


def test_a_list_that_is_too_long_to_count_still_has_all_its_pages(
    assessor, assessment, monkeypatch
):
    monkeypatch.setattr("assessments.views.answer_list.AnswerList.paginate_by", 1)
    monkeypatch.setattr("assessments.views.answer_list.MOST_COUNTED", 2)
    page = assessor.get(address(assessment) + "?q=").content.decode()
    assert "More than 2 answers. Narrow them:" in page
    assert "Change all" not in page
    assert shown(assessor, assessment, "?q=&page=4") == codes(assessment, 4)
    assert "Page 4" in assessor.get(address(assessment) + "?q=&page=4").content.decode()
    last = assessor.get(address(assessment) + "?q=&page=5").content.decode()
    assert "5 answers" in last
    assert "Page 5 of 5" in last
    assert assessor.get(address(assessment) + "?q=&page=6").status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", "x", "９", "9" * 40])
def test_a_page_that_is_none_is_not_found(assessor, assessment, number):
    assert assessor.get(address(assessment) + f"?q=&page={number}").status_code == 404


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "No answer is yours."),
        ("?q=unheard", "No answer matches."),
        ("?q=", "No assessment yet."),
    ],
)
def test_an_empty_list_says_what_to_do(client, query, sentence):
    person = MembershipFactory()
    client.force_login(person.user)
    page = client.get(reverse("assessments:answer-list", args=[person.organisation.slug]) + query)
    assert sentence in page.content.decode()


def test_an_answer_is_opened_with_the_filter_and_leads_back(assessor, assessment):
    page = assessor.get(address(assessment) + "?phase=design").content.decode()
    first = assessment.answers.order_by("position").first()
    link = f"{first.get_absolute_url()}?phase=design"
    assert f'href="{link}"' in page
    back = assessor.get(link).content.decode()
    assert f'href="{address(assessment)}?phase=design"' in back
    assert address(assessment) + "?" not in assessor.get(urlsplit(link).path).content.decode()


def test_answers_of_one_assessment_are_exported_with_the_filter(assessor, assessment):
    export = reverse(
        "assessments:assessment-export", args=[assessment.organisation.slug, assessment.pk]
    )
    assert (
        f'href="{export}?phase=design"'
        in assessor.get(address(assessment) + "?phase=design").content.decode()
    )
    AssessmentFactory(device__organisation=assessment.organisation, catalogue=assessment.catalogue)
    assert export not in assessor.get(address(assessment) + "?phase=design").content.decode()


def test_a_search_shows_where_the_words_stand(assessor, assessment):
    first = assessment.answers.order_by("position").first()
    save_answer(
        first.pk,
        revision=1,
        verdict="adapted",
        justification="Les <clés> sont chiffrées.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )
    page = assessor.get(address(assessment) + "?q=cle+chiff").content.decode()
    assert "Les &lt;<mark>clés</mark>&gt; sont <mark>chiffrées</mark>." in page
