"""Roles are given and taken in the administration, each with an event of the organisation."""

import pytest
from django.urls import reverse

from ansm_portal.accounts.models import Membership
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.permissions import Role
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    operator = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(operator)
    return operator


@pytest.fixture
def membership():
    return MembershipFactory(role=Role.ASSESSOR)


def told():
    return [
        (event.verb, event.organisation, event.actor, event.data)
        for event in AuditEvent.objects.order_by("sequence")
    ]


def sent(membership, **changes):
    fields = {
        "user": membership.user_id,
        "organisation": membership.organisation_id,
        "role": membership.role,
        "ends_on": membership.ends_on or "",
    }
    return fields | changes


def test_a_role_that_is_given_is_told(client, operator):
    person, organisation = UserFactory(), OrganisationFactory()
    response = client.post(
        reverse("admin:accounts_membership_add"),
        {"user": person.pk, "organisation": organisation.pk, "role": "reviewer", "ends_on": ""},
    )

    assert response.status_code == 302
    said = {"user_id": str(person.pk), "role": "reviewer", "ends_on": None}
    assert told() == [("member.add", organisation, operator, said)]


def test_a_change_says_what_was_and_saving_the_same_says_nothing(client, operator, membership):
    url = reverse("admin:accounts_membership_change", args=[membership.pk])
    client.post(url, sent(membership))
    client.post(url, sent(membership, role="auditor", ends_on="2027-01-31"))

    changes = {"role": ["assessor", "auditor"], "ends_on": [None, "2027-01-31"]}
    assert told() == [("member.change", membership.organisation, operator, changes)]


def test_moved_to_another_organisation_both_are_told(client, operator, membership):
    other = OrganisationFactory()
    client.post(
        reverse("admin:accounts_membership_change", args=[membership.pk]),
        sent(membership, organisation=other.pk),
    )

    said = {"user_id": str(membership.user_id), "role": "assessor", "ends_on": None}
    assert sorted((verb, where.pk, data) for verb, where, _, data in told()) == [
        ("member.add", other.pk, said),
        ("member.remove", membership.organisation_id, said),
    ]


@pytest.mark.parametrize("way", ["one", "many"])
def test_a_role_that_is_taken_is_told(client, operator, membership, way):
    if way == "one":
        url = reverse("admin:accounts_membership_delete", args=[membership.pk])
        client.post(url, {"post": "yes"})
    else:
        client.post(
            reverse("admin:accounts_membership_changelist"),
            {"action": "delete_selected", "_selected_action": [membership.pk], "post": "yes"},
        )

    assert not Membership.objects.exists()
    assert [verb for verb, *_ in told()] == ["member.remove"]
    assert verify(membership.organisation_id).is_intact


def test_roles_beside_the_person_are_told_as_well(client, operator, membership):
    person = membership.user
    prefix = "memberships-"
    client.post(
        reverse("admin:accounts_user_change", args=[person.pk]),
        {
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "language": person.language,
            "is_active": "on",
            f"{prefix}TOTAL_FORMS": "2",
            f"{prefix}INITIAL_FORMS": "1",
            f"{prefix}0-id": membership.pk,
            f"{prefix}0-user": person.pk,
            f"{prefix}0-organisation": membership.organisation_id,
            f"{prefix}0-role": "assessor",
            f"{prefix}0-ends_on": "",
            f"{prefix}0-DELETE": "on",
            f"{prefix}1-user": person.pk,
            f"{prefix}1-organisation": membership.organisation_id,
            f"{prefix}1-role": "manager",
            f"{prefix}1-ends_on": "",
        },
    )

    assert Membership.objects.get().role == "manager"
    assert sorted(verb for verb, *_ in told()) == ["member.add", "member.remove"]


def test_the_journal_says_who_and_which_role(client, operator, membership):
    client.post(
        reverse("admin:accounts_membership_change", args=[membership.pk]),
        sent(membership, role="approver"),
    )
    manager = MembershipFactory(organisation=membership.organisation, role=Role.MANAGER).user
    client.force_login(manager)

    page = client.get(reverse("audit:journal", args=[membership.organisation.slug]))

    event = page.context["events"][0]
    assert (event.what, event.about) == ("Role changed", str(membership.user))
    assert [(d.label, d.before, d.value) for d in event.details] == [
        ("Role", "assessor", "approver")
    ]
