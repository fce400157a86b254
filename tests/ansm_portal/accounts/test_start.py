"""Where a person starts, who else is there, in which language."""

import datetime as dt

import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    member = MembershipFactory(role=Role.MANAGER)
    client.force_login(member.user)
    return member


def test_who_has_one_organisation_lands_in_it_whatever_the_number_of_roles(client, member):
    MembershipFactory(user=member.user, organisation=member.organisation, role=Role.REVIEWER)
    assert client.get("/").headers["Location"] == f"/o/{member.organisation.slug}/"


def test_who_has_several_organisations_chooses(client, member):
    other = MembershipFactory(user=member.user).organisation
    stranger = OrganisationFactory()

    page = client.get("/").content.decode()

    assert f'href="/o/{member.organisation.slug}/"' in page
    assert f'href="/o/{other.slug}/"' in page
    assert stranger.name not in page


def test_who_has_none_is_told_whom_to_ask(client):
    client.force_login(UserFactory())
    page = client.get("/").content.decode()
    assert "You are not a member of an organisation yet." in page
    assert "Ask a manager of your organisation" in page


def test_an_administrator_without_organisation_is_led_to_the_admin(client):
    client.force_login(UserFactory(is_staff=True))
    assert client.get("/").content.decode().count(reverse("admin:index")) == 2


def test_a_membership_that_ended_leads_nowhere(client):
    member = MembershipFactory(role=Role.AUDITOR, ends_on=dt.date(2020, 1, 1))
    client.force_login(member.user)

    assert client.get("/").status_code == 200
    assert client.get(f"/o/{member.organisation.slug}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "page"),
    [(Role.MANAGER, "devices"), (Role.ASSESSOR, "devices"), (Role.AUDITOR, "dossiers")],
)
def test_the_team_starts_with_the_devices_an_auditor_with_the_dossiers(client, role, page):
    member = MembershipFactory(role=role)
    client.force_login(member.user)
    start = f"/o/{member.organisation.slug}/"
    assert client.get(start).headers["Location"] == f"{start}{page}/"


def test_the_members_are_listed_once_with_all_their_roles(client, member):
    organisation = member.organisation
    MembershipFactory(user=member.user, organisation=organisation, role=Role.REVIEWER)
    auditor = MembershipFactory(organisation=organisation, role=Role.AUDITOR)
    elsewhere = MembershipFactory()

    response = client.get(reverse("accounts:members", args=[organisation.slug]))

    assert {
        person: [membership.role for membership in memberships]
        for person, memberships in response.context["people"]
    } == {member.user: ["manager", "reviewer"], auditor.user: ["auditor"]}
    page = response.content.decode()
    assert page.count(member.user.email) == 1
    assert "until 31/12/2099" in page
    assert elsewhere.user.email not in page


def test_the_number_of_members_costs_no_query(client, member, django_assert_num_queries):
    url = reverse("accounts:members", args=[member.organisation.slug])
    for _ in range(3):
        MembershipFactory(organisation=member.organisation)
    with django_assert_num_queries(4):  # session, user, memberships, members
        client.get(url)


def test_the_members_are_in_the_order_of_their_family_names(client, member):
    for first, last in [("Anne", "Zola"), ("Zoé", "Adam"), ("Zoé", "Zola")]:
        MembershipFactory(
            organisation=member.organisation, user__first_name=first, user__last_name=last
        )
    response = client.get(reverse("accounts:members", args=[member.organisation.slug]))
    people = [str(person) for person, _ in response.context["people"]]
    assert people == ["Zoé Adam", str(member.user), "Anne Zola", "Zoé Zola"]


# Language


def test_the_portal_speaks_french_unless_told_otherwise(client):
    response = client.get("/account/login/", headers={"accept-language": "en"})
    assert response.headers["Content-Language"] == "fr"
    assert '<html lang="fr">' in response.content.decode()


def test_the_language_is_chosen_before_signing_in(client):
    client.post("/language/", {"language": "en", "next": "/account/login/"})
    assert client.get("/account/login/").headers["Content-Language"] == "en"


def test_the_language_stays_with_the_person(client, member):
    client.post("/language/", {"language": "fr"})
    member.user.refresh_from_db()
    assert member.user.language == "fr"

    client.cookies.clear()
    client.force_login(member.user)
    assert client.get("/", follow=True).headers["Content-Language"] == "fr"


@pytest.mark.parametrize("language", ["de", "", "x" * 10_000, "a\x00b"])
def test_a_language_we_do_not_speak_changes_nothing(client, member, language):
    response = client.post("/language/", {"language": language})
    member.user.refresh_from_db()
    assert response.status_code == 302
    assert member.user.language == "en"
    assert client.get("/", follow=True).headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("sent", "target"),
    [
        ("/account/login/?next=/", "/account/login/?next=/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_language_leads_back_to_the_page_and_to_no_other_site(client, sent, target):
    response = client.post("/language/", {"language": "en", "next": sent})
    assert response.headers["Location"] == target


def test_the_language_is_not_changed_by_a_link(client):
    assert client.get("/language/?language=en").status_code == 405
