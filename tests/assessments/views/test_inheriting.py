import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.services.answer import save_answer
from assessments.services.assessment import start
from assessments.services.overriding import override
from tests.factories import AssessmentFactory, MembershipFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def heir(client):
    """Return an answer that repeats that of its platform; an assessor is signed in."""
    platform = AssessmentFactory(
        device__is_platform=True, device__name="Base", version=None, label="1.0"
    )
    source = platform.answers.get(position=1)
    save_answer(
        source.pk,
        revision=1,
        verdict="adapted",
        justification="By other means.",
        owner_id=None,
        due_on=None,
        actor=platform.started_by,
    )
    person = MembershipFactory(organisation=platform.organisation).user
    MembershipFactory(organisation=platform.organisation, user=person, role=Role.MANAGER)
    client.force_login(person)
    version = VersionFactory(device__organisation=platform.organisation, platform=platform.version)
    return start(version, catalogue=platform.catalogue, actor=person).answers.get(position=1)


def url(row, name):
    return reverse(name, args=[row.organisation.slug, row.pk])


def typed(answer, **changes):
    answer.refresh_from_db()
    return {
        "revision": answer.revision,
        "verdict": answer.verdict,
        "justification": answer.justification,
        **changes,
    }


def test_an_inherited_answer_says_where_it_comes_from(client, heir):
    page = client.get(heir.get_absolute_url()).content.decode()

    assert heir.inherited_from.get_absolute_url() in page
    assert "Base 1.0" in page
    assert "No longer follow the platform" in page
    assert "Add evidence" not in page


def test_the_phase_marks_what_is_inherited(client, heir):
    address = reverse(
        "assessments:assessment-phase",
        args=[heir.organisation.slug, heir.assessment_id, heir.phase],
    )
    assert client.get(address).content.decode().count(">inherited<") == 2
    override(heir.pk, revision=1, reason="It has a radio.", actor=heir.assessment.started_by)
    page = client.get(address).content.decode()
    assert page.count(">inherited<") == 1
    assert page.count(">differs from the platform<") == 1


def test_a_changed_text_is_kept_and_a_reason_asked_for(client, heir):
    response = client.post(heir.get_absolute_url(), typed(heir, justification="Ours."))

    page = response.content.decode()
    assert response.status_code == 422
    assert "Say why this version differs to change it." in page
    assert ">\nOurs.</textarea>" in page

    sent = typed(heir, justification="Ours.", override_reason="It has a radio.")
    assert client.post(heir.get_absolute_url(), sent).status_code == 302
    heir.refresh_from_db()
    assert (heir.justification, heir.override_reason) == ("Ours.", "It has a radio.")


def test_an_answer_differs_and_follows_again(client, heir):
    sent = {"revision": 1, "reason": "It has a <radio>."}
    response = client.post(url(heir, "assessments:answer-override"), sent)
    assert response.status_code == 302
    page = client.get(heir.get_absolute_url()).content.decode()
    assert "It has a &lt;radio&gt;." in page

    response = client.post(url(heir, "assessments:answer-inherit"), {"revision": 2})

    assert response.status_code == 302
    heir.refresh_from_db()
    assert heir.is_inherited


@pytest.mark.parametrize(
    ("name", "sent", "status"),
    [
        ("answer-override", {"revision": 1, "reason": ""}, 422),
        ("answer-override", {"revision": 7, "reason": "Because."}, 409),
        ("answer-inherit", {}, 422),
    ],
)
def test_what_is_refused_is_said_on_the_page(client, heir, name, sent, status):
    response = client.post(url(heir, f"assessments:{name}"), sent)

    assert response.status_code == status
    assert 'role="alert"' in response.content.decode()
    heir.refresh_from_db()
    assert heir.is_inherited


def test_the_history_of_an_inherited_answer_has_the_changes_of_its_source(client, heir):
    source = heir.inherited_from
    save_answer(
        source.pk,
        revision=2,
        verdict="adapted",
        justification="By better means.",
        owner_id=None,
        due_on=None,
        actor=heir.assessment.started_by,
    )
    page = client.get(url(heir, "assessments:answer-history")).content.decode()
    assert "<ins>better</ins>" in page


class TestTheVersion:
    def test_the_platform_is_chosen_and_left(self, client, heir):
        version = heir.assessment.version
        platform = version.platform
        page = client.get(url(version, "assessments:version-platform")).content.decode()
        assert f'<option value="{platform.pk}" selected>Base 1.0</option>' in page

        address = url(version, "assessments:version-platform")
        response = client.post(address, {"revision": 1, "platform": ""})

        assert response.headers["Location"] == version.get_absolute_url()
        version.refresh_from_db()
        assert version.platform is None
        event = AuditEvent.objects.get(verb="version.choose_platform")
        assert (event.data["before"], event.data["after"]) == ("Base 1.0", "")

    def test_a_stale_choice_is_shown_again(self, client, heir):
        version = heir.assessment.version
        address = url(version, "assessments:version-platform")
        response = client.post(address, {"revision": 9, "platform": ""})

        assert response.status_code == 409
        assert "Look again, then save." in response.content.decode()
        version.refresh_from_db()
        assert version.platform is not None

    def test_what_is_no_platform_is_not_offered(self, client, heir):
        version = heir.assessment.version
        other = VersionFactory(device__organisation=version.organisation)
        address = url(version, "assessments:version-platform")
        response = client.post(address, {"revision": 1, "platform": other.pk})
        assert response.status_code == 422

    def test_both_pages_lead_to_each_other(self, client, heir):
        version = heir.assessment.version
        page = client.get(version.get_absolute_url()).content.decode()
        assert version.platform.get_absolute_url() in page
        page = client.get(version.platform.get_absolute_url()).content.decode()
        assert version.get_absolute_url() in page


def test_the_journal_names_the_versions_that_changed_too(client, heir):
    source = heir.inherited_from
    save_answer(
        source.pk,
        revision=2,
        verdict="followed",
        justification="By better means.",
        owner_id=None,
        due_on=None,
        actor=heir.assessment.started_by,
    )
    page = client.get(reverse("audit:journal", args=[heir.organisation.slug])).content.decode()
    assert f"{heir.assessment.full_name} ({heir.code})" in page
