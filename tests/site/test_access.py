"""Every address of the site: each role, a stranger, nobody."""

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from ansm_portal.permissions import Role, granted
from tests.factories import AssessmentFactory, MembershipFactory
from tests.site.urls import OF_AN_ORGANISATION, SIGNED_IN

pytestmark = pytest.mark.django_db


def test_there_are_addresses_to_try():
    assert len(OF_AN_ORGANISATION) > 30


@pytest.mark.parametrize("address", OF_AN_ORGANISATION, ids=str)
def test_a_role_reaches_what_it_is_granted(client, world, address):
    url = address.url(world)
    reached = {}
    for role in Role:
        member = MembershipFactory(organisation=world.organisation, role=role)
        client.force_login(member.user)
        reached[role] = client.get(url).status_code != 403
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
    own = AssessmentFactory().organisation
    member = MembershipFactory(role=Role.MANAGER, organisation=own)
    for role in set(Role) - {Role.MANAGER}:
        MembershipFactory(role=role, organisation=own, user=member.user)
    client.force_login(member.user)

    status = getattr(client, method)(address.url(world, organisation=own.slug)).status_code

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
    member = MembershipFactory(organisation=world.organisation, role=Role.MANAGER)
    for role in set(Role) - {Role.MANAGER}:
        MembershipFactory(organisation=world.organisation, role=role, user=member.user)
    client.force_login(member.user)

    with connection.execute_wrapper(_refuse_writes):
        response = client.get(address.url(world))

    assert response.status_code in {200, 302, 404, 405, 409}
