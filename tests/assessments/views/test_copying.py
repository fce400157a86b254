import pytest
from django.urls import reverse

from assessments.services.evidence import cite
from tests.assessments.services.test_carrying import member, write
from tests.assessments.services.test_copying import accept
from tests.factories import AssessmentFactory, CatalogueFactory, EvidenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    answer = AssessmentFactory(device__name="Iris", label="1.0").answers.get(position=1)
    write(answer, answer.assessment.started_by, justification="A watchdog restarts the pump.")
    answer.refresh_from_db()
    return answer


@pytest.fixture
def answer(client, source):
    actor = member(source.organisation)
    client.force_login(actor)
    other = AssessmentFactory(
        catalogue=source.assessment.catalogue,
        actor=actor,
        device__organisation=source.organisation,
    )
    return other.answers.get(position=1)


def url(answer, name="answer-copy"):
    return reverse(f"assessments:{name}", args=[answer.organisation.slug, answer.pk])


def test_answers_to_the_same_recommendation_come_first(client, answer, source):
    write(source.assessment.answers.get(position=2), source.answered_by, justification="Another.")

    page = client.get(url(answer)).content.decode()

    assert "A watchdog restarts the pump." in page
    assert "Another." not in page


def test_the_same_code_in_another_edition_is_the_same_recommendation(client, source):
    other = CatalogueFactory()
    answer = AssessmentFactory(
        catalogue=other, device__organisation=source.organisation, actor=source.answered_by
    ).answers.get(code=source.code)
    client.force_login(source.answered_by)

    assert "A watchdog restarts the pump." in client.get(url(answer)).content.decode()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("watchdog", True),
        ("WATCHDOG pump", True),
        ("watchdog valve", False),
        ("Recommendation 2", False),
    ],
)
def test_all_answers_are_searched(client, answer, source, words, found):
    last = answer.assessment.answers.get(position=10)

    page = client.get(url(last), {"q": words}).content.decode()

    assert ("A watchdog restarts the pump." in page) == found


def test_what_belongs_to_somebody_else_is_not_found(client, answer):
    other = AssessmentFactory().answers.get(position=1)
    write(other, other.assessment.started_by, justification="A secret watchdog.")

    assert "A secret watchdog." not in client.get(url(answer), {"q": "secret"}).content.decode()
    response = client.post(url(answer), {"revision": 1, "source": other.pk})
    assert response.status_code == 422


def test_the_chosen_one_is_copied_and_shown(client, answer, source):
    response = client.post(
        url(answer), {"revision": answer.revision, "source": source.pk}, follow=True
    )

    answer.refresh_from_db()
    assert answer.justification == "A watchdog restarts the pump."
    assert response.redirect_chain[-1][0] == url(answer, "answer-edit")
    assert "A watchdog restarts the pump.</textarea>" in response.content.decode()


def test_an_accepted_answer_asks_for_a_reason(client, answer, source):
    accept(answer, answer.assessment.started_by)
    sent = {"revision": answer.revision, "source": source.pk, "reason": ""}

    assert client.post(url(answer), sent).status_code == 422
    assert client.post(url(answer), sent | {"reason": "As Iris."}).status_code == 302


def test_a_stale_copy_is_refused(client, answer, source):
    stale = answer.revision
    write(answer, source.answered_by, justification="Meanwhile.")

    assert client.post(url(answer), {"revision": stale, "source": source.pk}).status_code == 409


def test_it_asks_as_often_for_one_as_for_three(client, django_assert_max_num_queries):
    counts = []
    for size in (1, 3):
        first = AssessmentFactory()
        for _ in range(size):
            other = AssessmentFactory(
                catalogue=first.catalogue,
                actor=first.started_by,
                device__organisation=first.organisation,
            )
            each = other.answers.get(position=1)
            write(each, member(first.organisation))
            evidence = EvidenceFactory(organisation=first.organisation, added_by=first.started_by)
            cite(each.pk, evidence=evidence, actor=first.started_by)
        client.force_login(first.started_by)
        with django_assert_max_num_queries(8) as captured:
            assert client.get(url(first.answers.get(position=1))).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
