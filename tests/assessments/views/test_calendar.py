import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from icalendar import Calendar

from ansm_portal.accounts.models import Membership
from ansm_portal.permissions import Role
from assessments.models import Answer, CalendarFeed
from assessments.services.action import finish, plan
from assessments.services.calendar import create_feed, digest_of
from tests.factories import AssessmentFactory, EvidenceFactory, MembershipFactory

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
MAY, JUNE = dt.date(2026, 5, 4), dt.date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _nothing_was_read():
    cache.clear()


@pytest.fixture
def assessment():
    return AssessmentFactory()


@pytest.fixture
def organisation(assessment):
    return assessment.organisation


@pytest.fixture
def person(assessment):
    return assessment.started_by


def planned(person, organisation, title, due_on=MAY):
    return plan(
        organisation=organisation,
        title=title,
        description="",
        owner=person,
        due_on=due_on,
        actor=person,
    )


@pytest.fixture
def token(person, organisation):
    return create_feed(organisation, actor=person)


def feed(client, organisation, token):
    return client.get(reverse("calendar-feed", args=[organisation.slug, token]))


def events(response):
    calendar = Calendar.from_ical(response.content)
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


def test_the_feed_has_the_deadlines_of_its_person_only(
    client, assessment, person, organisation, token
):
    mine, theirs, followed, planless = assessment.answers.order_by("position")[:4]
    other = MembershipFactory(organisation=organisation).user
    rows = Answer.objects.all()
    rows.filter(pk=mine.pk).update(owner=person, due_on=MAY)
    rows.filter(pk=theirs.pk).update(owner=other, due_on=MAY)
    rows.filter(pk=followed.pk).update(
        owner=person, due_on=MAY, verdict="followed", answered_by=person, answered_at=NOON
    )
    rows.filter(pk=planless.pk).update(owner=person)
    action = planned(person, organisation, "Redo, it; well\\")
    done = planned(person, organisation, "Look again")
    finish(done.pk, outcome="Done.", check_on=JUNE, actor=person)
    planned(other, organisation, "Not mine")
    piece = EvidenceFactory(organisation=organisation, added_by=person, expires_on=JUNE, number=7)
    EvidenceFactory(organisation=organisation, added_by=other, expires_on=JUNE, number=8)

    response = feed(client, organisation, token)

    found = events(response)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private"
    assert {name: event["dtstart"].dt for name, event in found.items()} == {
        f"Answer {mine.code}: {mine.full_name}": MAY,
        "A-0001 due: Redo, it; well\\": MAY,
        "A-0002, effectiveness check: Look again": JUNE,
        f"EV-0007 is valid until today: {piece.title}": JUNE,
    }
    event = found["A-0001 due: Redo, it; well\\"]
    assert event["uid"] == f"action-{action.pk}@ansm-portal"
    assert event["url"] == f"http://testserver{action.get_absolute_url()}"
    assert (event["duration"].dt, event["transp"]) == (dt.timedelta(days=1), "TRANSPARENT")
    assert event["dtstamp"].dt.utcoffset() == dt.timedelta(0)


def test_the_feed_is_as_rfc_5545_wants_it(client, person, organisation, token):
    planned(person, organisation, "Été " * 48)
    content = feed(client, organisation, token).content
    lines = content.split(b"\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in lines)
    assert any(line.startswith(b" ") for line in lines)
    assert re.search(rb"DTSTART;VALUE=DATE:20260504", content)
    for line in lines:
        line.decode()  # no character is cut in two


def test_a_name_stays_when_its_day_moves(client, person, organisation, token):
    action = planned(person, organisation, "Redo it")
    before = events(feed(client, organisation, token))
    action.due_on = JUNE
    action.save()
    after = events(feed(client, organisation, token))
    (old,), (new,) = before.values(), after.values()
    assert old["uid"] == new["uid"]
    assert (old["dtstart"].dt, new["dtstart"].dt) == (MAY, JUNE)


def test_addresses_are_those_that_work_from_elsewhere(
    client, person, organisation, token, settings
):
    settings.PUBLIC_URL = "https://portal.example.org/"
    action = planned(person, organisation, "Redo it")
    (event,) = events(feed(client, organisation, token)).values()
    assert event["url"] == f"https://portal.example.org{action.get_absolute_url()}"


def test_the_feed_speaks_the_language_of_its_person(client, person, organisation, token):
    person.language = "fr"
    person.save()
    response = feed(client, organisation, token)
    assert response.headers["Content-Language"] == "fr"
    assert b"deadlines//FR" in response.content


def test_a_secret_that_is_not_one_finds_nothing(client, person, organisation, token):
    other = MembershipFactory().organisation
    assert feed(client, organisation, token).status_code == 200
    assert feed(client, other, token).status_code == 404
    assert feed(client, organisation, token[::-1]).status_code == 404
    assert feed(client, organisation, digest_of(token)).status_code == 404


@pytest.mark.parametrize("end", ["ended", "removed", "inactive", "auditor"])
def test_who_has_left_reads_no_more(client, person, organisation, token, end):
    memberships = Membership.objects.filter(user=person)
    if end == "ended":
        memberships.update(ends_on=dt.date(2020, 1, 1))
    elif end == "removed":
        memberships.delete()
    elif end == "auditor":
        memberships.update(role=Role.AUDITOR, ends_on=dt.date(2099, 1, 1))
    else:
        person.is_active = False
        person.save()
    assert feed(client, organisation, token).status_code == 404


def test_a_feed_is_not_read_without_end(client, organisation, token):
    statuses = [feed(client, organisation, token).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]


def test_the_address_is_shown_once_and_replaced(client, person, organisation):
    client.force_login(person)
    page = reverse("assessments:calendar", args=[organisation.slug])
    assert "/calendar/" not in client.get(page).content.decode().split("<main")[1]

    made = client.post(page, {"step": "create"})

    first = re.search(r"http://testserver(/calendar/[^<\"]+\.ics)", made.content.decode())[1]
    assert made.headers["Cache-Control"] == "no-store"
    assert client.get(first).status_code == 200
    assert first not in client.get(page).content.decode()
    assert digest_of(first.rsplit("/", 1)[1].removesuffix(".ics")) == (
        CalendarFeed.objects.get().token_sha256
    )

    again = client.post(page, {"step": "create"})

    second = re.search(r"http://testserver(/calendar/[^<\"]+\.ics)", again.content.decode())[1]
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 1


def test_a_revoked_address_is_not_found(client, person, organisation, token):
    client.force_login(person)
    page = reverse("assessments:calendar", args=[organisation.slug])
    assert client.post(page, {"step": "revoke"}).status_code == 302
    assert client.post(page, {"step": "revoke"}).status_code == 302
    assert feed(client, organisation, token).status_code == 404
    assert client.post(page, {"step": "sell"}).status_code == 422
