"""Every address of the site: each role, a stranger, nobody."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from ansm_portal.permissions import Role, granted
from ansm_portal.templatetags.portal import area
from tests.factories import MembershipFactory
from tests.leads import forbidden
from tests.site.urls import OF_AN_ORGANISATION, SIGNED_IN

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]


def test_there_are_addresses_to_try():
    assert len(OF_AN_ORGANISATION) > 30


@pytest.mark.parametrize("address", OF_AN_ORGANISATION, ids=str)
def test_a_role_reaches_what_it_is_granted(client, world, address):
    url = address.url(world)
    reached = {}
    for role in Role:
        member = MembershipFactory(organisation=world.organisation, role=role)
        client.force_login(member.user)
        response = client.get(url)
        reached[role] = response.status_code != 403
        assert forbidden(response, role) == [], f"shown to {role}"
    assert reached == {role: granted(address.access, frozenset({role})) for role in Role}


@pytest.mark.parametrize("address", OF_AN_ORGANISATION, ids=str)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_finds_nothing(client, world, address, method):
    stranger = MembershipFactory(role=Role.MANAGER)
    client.force_login(stranger.user)
    assert getattr(client, method)(address.url(world)).status_code == 404


@pytest.mark.parametrize(
    "address", [a for a in OF_AN_ORGANISATION if "pk" in a.parameters], ids=str
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_rows_of_another_organisation_are_not_found_in_ones_own(client, world, address, method):
    client.force_login(world.neighbours)
    url = address.url(world, organisation=world.neighbour.slug)

    status = getattr(client, method)(url).status_code

    assert status in {404, 405}


@pytest.mark.parametrize("address", SIGNED_IN, ids=str)
def test_nobody_is_asked_to_sign_in(client, world, address):
    response = client.get(address.url(world))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse(settings.LOGIN_URL))


@pytest.mark.parametrize("address", SIGNED_IN, ids=str)
def test_what_was_typed_comes_back_when_the_session_ended(client, world, address):
    response = client.post(address.url(world), {"justification": "Mille mots, longuement pesés."})
    assert response.status_code == 401
    assert "Mille mots, longuement pesés." in response.content.decode()


def _refuse_writes(execute, sql, params, many, context):
    allowed = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "EXPLAIN", "WITH")
    assert sql.lstrip("( \n").upper().startswith(allowed), f"a GET writes: {sql}"
    return execute(sql, params, many, context)


@pytest.mark.parametrize("address", SIGNED_IN, ids=str)
def test_a_get_writes_nothing(client, world, address):
    client.force_login(world.everybody)

    with connection.execute_wrapper(_refuse_writes):
        response = client.get(address.url(world))

    assert response.status_code in {200, 302, 404, 405, 409}


def test_each_address_is_in_one_part_of_the_menu_or_in_none_on_purpose():
    # Pages of the person's own menu, and what is only sent and leads elsewhere.
    apart = {"notification", "notifications", "organisation", "own", "requirement"}
    apart |= {"requirements", "filter", "filters", "remark", "remarks"}
    names = {address.name.rpartition(":")[2] for address in OF_AN_ORGANISATION}
    assert {name.partition("-")[0] for name in names if not area(name)} == apart


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("assessments:dossier-evidence", "Dossiers"),
        ("assessments:device-matrix", "Assessments"),
        ("assessments:answer-history", "Assessments"),
        ("assessments:answer-list", "My work"),
    ],
)
def test_the_menu_marks_the_one_part_where_a_page_is(client, world, name, part):
    client.force_login(MembershipFactory(organisation=world.organisation, role=Role.MANAGER).user)
    address = next(a for a in OF_AN_ORGANISATION if a.name == name)
    page = client.get(address.url(world), headers={"accept-language": "en"}).text
    marked = re.findall(r'class="nav-link" href="[^"]+" aria-current="true">([^<]+)<', page)
    assert marked == [part]
