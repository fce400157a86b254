import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.services.answer import save_answer
from assessments.services.review import accept_phase, submit
from devices.services.version import change
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    MembershipFactory,
    RecommendationFactory,
    SectionFactory,
)
from tests.factories.assessments import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(client):
    """Return a version with two recommendations: for all, and for what has a wireless link."""
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue)
    RecommendationFactory(section=section, position=1, code="FOR-ALL")
    RecommendationFactory(section=section, position=2, code="RADIO", applies_when=["wireless"])
    publish(catalogue)
    assessment = AssessmentFactory(catalogue=catalogue, has_hardware=True)
    manager = MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER)
    client.force_login(manager.user)
    return assessment.version


def url(version):
    return reverse("assessments:version-profile", args=[version.organisation.slug, version.pk])


def codes(version):
    """Return the codes of what applies."""
    answers = version.assessments.get().answers.filter(is_applicable=True)
    return list(answers.order_by("position").values_list("code", flat=True))


@pytest.fixture
def submitted(version):
    """Submit the phase in which one recommendation applies."""
    assessment = version.assessments.get()
    answer = assessment.answers.get(code="FOR-ALL")
    save_answer(
        answer.pk,
        revision=1,
        verdict="followed",
        justification="As planned.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )
    return submit(assessment.phase_reviews.get(phase="design").pk, actor=assessment.started_by)


def test_the_facts_that_hold_are_ticked(client, version):
    form = client.get(url(version)).context["form"]
    ticked = {field.name for field in form.visible_fields() if field.initial}
    assert ticked == {"has_hardware"}


def test_what_would_change_is_said_before_anything_does(client, version):
    response = client.post(url(version), {"revision": 1, "is_wireless": "on"})

    page = response.content.decode()
    version.refresh_from_db()
    assert response.status_code == 200
    assert "Begin to apply: RADIO" in page
    assert 'name="confirmed" value="on"' in page
    assert (version.facts, codes(version)) == ({"hardware"}, ["FOR-ALL"])


def test_the_profile_changes_when_that_is_confirmed(client, version):
    sent = {"revision": 1, "is_wireless": "on", "confirmed": "on"}

    response = client.post(url(version), sent)

    version.refresh_from_db()
    assert response.headers["Location"] == version.get_absolute_url()
    assert (version.facts, version.revision) == ({"wireless"}, 2)
    assert codes(version) == ["FOR-ALL", "RADIO"]
    event = AuditEvent.objects.get(verb="version.change_profile")
    assert (event.data["before"], event.data["after"]) == (["hardware"], ["wireless"])


def test_confirming_twice_is_one_event(client, version):
    for _ in range(2):
        sent = {"revision": 1, "is_wireless": "on", "confirmed": "on"}
        assert client.post(url(version), sent).status_code == 302
    assert AuditEvent.objects.filter(verb="version.change_profile").count() == 1


def test_what_no_longer_applies_and_what_is_reopened_is_said(client, version, submitted):
    reviewer = MembershipFactory(organisation=version.organisation, role=Role.REVIEWER).user
    accept_phase(submitted.pk, actor=reviewer)

    page = client.post(url(version), {"revision": 1, "is_wireless": "on"}).content.decode()
    assert "Begin to apply: RADIO" in page
    assert "Accepted, go back to review: FOR-ALL" in page

    client.post(url(version), {"revision": 1, "is_wireless": "on", "confirmed": "on"})
    submitted.refresh_from_db()
    assert submitted.state == "open"
    page = client.post(url(version), {"revision": 2}).content.decode()
    assert "No longer apply: RADIO" in page


def test_answers_under_review_come_first(client, version, submitted):
    response = client.post(url(version), {"revision": 1, "is_wireless": "on", "confirmed": "on"})

    page = response.content.decode()
    version.refresh_from_db()
    assert response.status_code == 409
    assert "Answers of this version are under review: FOR-ALL." in page
    assert version.facts == {"hardware"}


def test_two_people_who_change_a_version_see_both_profiles(client, version):
    change(version, {"label": "9.9"}, revision=1, actor=version.assessments.get().started_by)
    sent = {"revision": 1, "is_wireless": "on", "has_hardware": "on", "confirmed": "on"}

    response = client.post(url(version), sent)

    page = response.content.decode()
    version.refresh_from_db()
    assert response.status_code == 409
    assert response.context["theirs"] == [("has a wireless link", "no", "yes")]
    assert '<input type="hidden" name="revision" value="2"' in page
    assert version.facts == {"hardware"}
    assert client.post(url(version), sent | {"revision": 2}).status_code == 302


@pytest.mark.parametrize("revision", ["", "0", "last"])
def test_a_form_without_revision_changes_nothing(client, version, revision):
    sent = {"revision": revision, "is_wireless": "on", "confirmed": "on"}
    assert client.post(url(version), sent).status_code == 422
    version.refresh_from_db()
    assert version.facts == {"hardware"}
