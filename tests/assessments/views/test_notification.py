"""The list of notifications, opening one, and the choice of mails."""

import pytest
from django.urls import reverse

from ansm_portal.accounts.models import Membership
from ansm_portal.permissions import Role
from assessments.enums import NotificationKind
from assessments.models import Notification, NotificationPreference
from assessments.services.notification import notify
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def person(answer, client):
    person = MembershipFactory(
        organisation=answer.organisation, role=Role.ASSESSOR, user__language="en"
    ).user
    client.force_login(person)
    return person


@pytest.fixture
def told(answer, person):
    notify(NotificationKind.RETURNED, [person.pk], answer, actor=None)
    return Notification.objects.get(recipient=person)


def address(answer, name, *args):
    return reverse(f"assessments:{name}", args=[answer.organisation.slug, *args])


def test_every_page_says_how_many_are_unread(client, answer, told):
    page = client.get(address(answer, "assessment-list")).content.decode()

    assert '<span class="count">1</span>' in page


def test_an_empty_list_says_what_will_be_there(client, answer, person):
    page = client.get(address(answer, "notification-list")).content.decode()

    assert "Nothing yet." in page


def test_opening_one_marks_it_and_leads_to_what_it_is_about(client, answer, person, told):
    response = client.post(address(answer, "notification-open", told.pk))

    assert response.headers["Location"] == answer.get_absolute_url()
    told.refresh_from_db()
    assert told.read_at is not None
    assert Membership.objects.get(user=person).unread_count == 0


def test_nobody_opens_what_somebody_else_is_told(client, answer, told):
    other = MembershipFactory(organisation=answer.organisation, role=Role.MANAGER).user
    client.force_login(other)

    assert client.post(address(answer, "notification-open", told.pk)).status_code == 404
    assert answer.code not in client.get(address(answer, "notification-list")).content.decode()


def test_all_are_read_with_one_button(client, answer, person, told):
    client.post(address(answer, "notifications-read"))

    assert not Notification.objects.filter(recipient=person, read_at=None)


def test_the_list_makes_as_many_queries_for_one_as_for_three(
    client, answer, person, told, django_assert_num_queries
):
    url = address(answer, "notification-list")
    with django_assert_num_queries(6):
        client.get(url)
    for other in answer.assessment.answers.order_by("position")[1:3]:
        notify(NotificationKind.RETURNED, [person.pk], other, actor=None)
    with django_assert_num_queries(6):
        client.get(url)


def test_the_choice_of_mails_is_kept(client, person):
    url = reverse("notification-preferences")
    choices = dict.fromkeys(NotificationKind.values, "off")

    assert client.post(url, choices).status_code == 302
    assert set(
        NotificationPreference.objects.filter(user=person).values_list("delivery", flat=True)
    ) == {"off"}
    assert client.get(url).content.decode().count("checked") == len(choices)


def test_a_choice_that_does_not_exist_is_said(client, person):
    choices = dict.fromkeys(NotificationKind.values, "by pigeon")

    response = client.post(reverse("notification-preferences"), choices)

    assert response.status_code == 422
    assert not NotificationPreference.objects.filter(user=person)
