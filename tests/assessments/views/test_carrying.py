import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import Assessment, PhaseReview
from assessments.services.assessment import start
from assessments.services.evidence import cite, supersede
from tests.assessments.services.test_carrying import member, write
from tests.factories import AssessmentFactory, CatalogueFactory, EvidenceFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def carried(client):
    """Sign an assessor in; return an assessment with one answer per phase to confirm."""
    earlier = AssessmentFactory()
    for answer in earlier.answers.filter(position__in=[1, 3, 5, 7, 9]):
        write(answer, earlier.started_by)
    actor = member(earlier.organisation)
    client.force_login(actor)
    version = VersionFactory(device=earlier.device, label="2.0", is_latest=False)
    return start(version, catalogue=earlier.catalogue, actor=actor, earlier=earlier)


def url(row, name):
    return reverse(f"assessments:{name}", args=[row.organisation.slug, row.pk])


def page(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def version(client):
    """Return a new version of a device whose version 1.0 is assessed; an assessor is signed in."""
    earlier = AssessmentFactory(label="1.0")
    client.force_login(member(earlier.organisation))
    return VersionFactory(device=earlier.device, label="2.0", is_latest=False)


def test_a_start_offers_the_newest_assessment_of_the_same_edition(client, version):
    first = Assessment.objects.get()
    AssessmentFactory(
        version=VersionFactory(device=version.device, label="1.5", is_latest=False),
        catalogue=CatalogueFactory(sizes={"design": 1}),
        actor=first.started_by,
    )
    offered = page(client, url(version, "version-assess"))

    newest = Assessment.objects.get(version__label="1.5")
    assert "the answers of version 1.0" in offered
    assert f'<option value="{newest.pk}" selected>' in offered


def test_a_start_from_nothing_is_a_choice(client, version):
    earlier = Assessment.objects.get()
    client.post(url(version, "version-assess"), {"catalogue": earlier.catalogue_id, "earlier": ""})

    assert Assessment.objects.get(version=version).started_from is None


def test_a_start_from_an_earlier_version(client, version):
    earlier = Assessment.objects.get()
    client.post(
        url(version, "version-assess"), {"catalogue": earlier.catalogue_id, "earlier": earlier.pk}
    )

    assert Assessment.objects.get(version=version).started_from == earlier


def test_answers_of_another_device_are_no_choice(client, version):
    other = AssessmentFactory(device__organisation=version.organisation)
    response = client.post(
        url(version, "version-assess"), {"catalogue": other.catalogue_id, "earlier": other.pk}
    )

    assert response.status_code == 422
    assert not Assessment.objects.filter(version=version).exists()


def test_what_waits_is_marked_wherever_its_state_is_shown(client, carried):
    answer = carried.answers.get(position=1)
    phase = reverse(
        "assessments:assessment-phase", args=[carried.organisation.slug, carried.pk, "design"]
    )

    assert "to be confirmed" in page(client, url(answer, "answer-edit"))
    assert page(client, phase).count("to be confirmed</span>") == 1
    assert "5 answers were carried over" in page(client, url(carried, "assessment-detail"))


def test_confirming_goes_on_to_the_next_that_waits(client, carried):
    for position, following in [(1, 3), (9, 3), (3, 5)]:
        answer = carried.answers.get(position=position)
        response = client.post(url(answer, "answer-confirm"), {"revision": answer.revision})
        after = carried.answers.get(position=following)
        assert response.headers["Location"] == url(after, "answer-edit")

    assert carried.answers.filter(to_confirm=True).count() == 2


def test_the_answer_page_says_what_changed_and_has_a_key_to_confirm(client, carried):
    answer = carried.answers.get(position=1)
    old, new = (
        EvidenceFactory(organisation=carried.organisation, added_by=answer.answered_by)
        for _ in range(2)
    )
    unchanged = page(client, url(answer, "answer-edit"))
    cite(answer.pk, evidence=old, actor=answer.answered_by)
    supersede(old, by=new, actor=answer.answered_by)

    changed = page(client, url(answer, "answer-edit"))

    assert "Nothing it rests on has changed." in unchanged
    assert "data-portal-confirm" in unchanged
    assert f"Evidence {old.label} was superseded by {new.label}." in changed


def test_what_changed_meanwhile_is_shown_instead_of_confirmed(client, carried):
    answer = carried.answers.get(position=1)
    write(answer, answer.answered_by, justification="Otherwise.")
    carried.answers.filter(pk=answer.pk).update(to_confirm=True)

    response = client.post(url(answer, "answer-confirm"), {"revision": 1})

    assert response.status_code == 409
    assert "Otherwise." in response.content.decode()
    assert carried.answers.get(position=1).to_confirm


def test_the_list_keeps_what_changed_apart(client, carried):
    answer = carried.answers.get(position=1)
    evidence = EvidenceFactory(organisation=carried.organisation, added_by=answer.answered_by)
    cite(answer.pk, evidence=evidence, actor=answer.answered_by)

    shown = page(client, url(carried, "assessment-confirm"))

    assert shown.count('type="checkbox" name="answer"') == 4
    assert shown.count(" checked ") == 4
    assert f'value="{answer.pk}"' not in shown
    assert f"Evidence {evidence.label} is cited here only." in shown


def test_those_that_are_ticked_are_confirmed(client, carried):
    keys = [carried.answers.get(position=position).pk for position in (3, 5)]

    response = client.post(url(carried, "assessment-confirm"), {"answer": keys}, follow=True)

    assert "2 answers are confirmed." in response.content.decode()
    assert carried.answers.filter(to_confirm=True).count() == 3
    assert PhaseReview.objects.get(assessment=carried, phase="development").to_confirm == 0


def test_one_that_cannot_be_confirmed_unread_is_said(client, carried):
    keys = [carried.answers.get(position=2).pk, "no key"]

    response = client.post(url(carried, "assessment-confirm"), {"answer": keys}, follow=True)

    assert "1 answer was left" in response.content.decode()
    assert client.post(url(carried, "assessment-confirm")).status_code == 422


def test_a_reviewer_confirms_nothing(client, carried):
    client.force_login(member(carried.organisation, Role.REVIEWER))
    answer = carried.answers.get(position=1)

    assert client.post(url(answer, "answer-confirm"), {"revision": 1}).status_code == 403
    assert client.get(url(carried, "assessment-confirm")).status_code == 403
    assert url(carried, "assessment-confirm") not in page(client, url(carried, "assessment-detail"))


def test_the_pages_ask_as_often_for_one_as_for_three(client, django_assert_max_num_queries):
    counts = []
    for size in (1, 3):
        earlier = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": size}))
        for answer in earlier.answers.all():
            write(answer, earlier.started_by)
            evidence = EvidenceFactory(
                organisation=earlier.organisation, added_by=earlier.started_by
            )
            cite(answer.pk, evidence=evidence, actor=earlier.started_by)
        version = VersionFactory(device=earlier.device, is_latest=False)
        again = start(
            version, catalogue=earlier.catalogue, actor=earlier.started_by, earlier=earlier
        )
        client.force_login(earlier.started_by)
        for row, name in [(again, "assessment-confirm"), (again.answers.first(), "answer-edit")]:
            with django_assert_max_num_queries(10) as captured:
                page(client, url(row, name))
            counts.append(len(captured))
    assert counts[:2] == counts[2:]
