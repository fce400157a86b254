import datetime as dt

import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import Action
from assessments.services.action import finish, plan
from assessments.services.remark import raise_remark
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db
PAST, FUTURE = dt.date(2020, 5, 4), dt.date(2099, 5, 4)


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def owner(answer):
    return answer.assessment.started_by


@pytest.fixture
def reviewer(answer):
    return MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user


@pytest.fixture
def signed_in(client, owner):
    client.force_login(owner)
    return client


def planned(answer, actor, **changes):
    said = {"title": "Redo it", "description": "", "owner": actor, "due_on": FUTURE}
    return plan(organisation=answer.organisation, answer=answer, actor=actor, **said | changes)


@pytest.fixture
def action(answer, owner):
    return planned(answer, owner)


def url(row, name):
    return reverse(f"assessments:{name}", args=[row.organisation.slug, row.pk])


def listing(answer):
    return reverse("assessments:action-list", args=[answer.organisation.slug])


def said(action, **changes):
    return {
        "title": action.title,
        "description": "",
        "owner": str(action.owner_id),
        "due_on": "2099-05-04",
        "revision": action.revision,
    } | changes


def titles(response):
    return [action.title for action, _late in response.context["rows"]]


def test_an_action_is_planned_from_an_answer(signed_in, answer, owner):
    page = signed_in.get(url(answer, "answer-edit")).content.decode()
    assert url(answer, "answer-action") in page
    sent = {"title": "Redo it", "owner": str(owner.pk), "due_on": "2026-05-04"}

    response = signed_in.post(url(answer, "answer-action"), sent)

    action = Action.objects.get()
    assert response.headers["Location"] == url(action, "action-detail")
    assert (action.answer, action.owner, action.created_by) == (answer, owner, owner)
    page = signed_in.get(url(answer, "answer-edit")).content.decode()
    assert f"{action.label} <bdi>Redo it</bdi>" in page


def test_an_action_is_planned_from_a_remark(signed_in, answer, owner, reviewer):
    remark = raise_remark(answer, kind="minor", text="No date.", actor=reviewer)
    assert "No date." in signed_in.get(url(remark, "remark-action")).content.decode()
    sent = {"title": "Date it", "owner": str(owner.pk), "due_on": "2026-05-04"}
    signed_in.post(url(remark, "remark-action"), sent)
    assert Action.objects.get().remark == remark


def test_an_action_may_be_about_nothing_or_about_a_device(signed_in, answer, owner):
    add = reverse("assessments:action-add", args=[answer.organisation.slug])
    sent = {"title": "Train people", "owner": str(owner.pk), "due_on": "2026-05-04"}
    signed_in.post(add, sent)
    signed_in.post(add, sent | {"device": str(answer.device_id)})
    actions = Action.objects.order_by("number")
    assert [action.device_id for action in actions] == [None, answer.device_id]
    stranger = MembershipFactory().user
    response = signed_in.post(add, sent | {"owner": str(stranger.pk), "title": "Kept words"})
    assert response.status_code == 422
    assert "Kept words" in response.content.decode()


def test_what_is_late_comes_first_and_what_is_over_last(signed_in, answer, owner):
    planned(answer, owner, title="Later", due_on=FUTURE)
    over = planned(answer, owner, title="Over", due_on=PAST)
    signed_in.post(url(over, "action-cancel"), {"reason": "No more."})
    planned(answer, owner, title="Late", due_on=PAST)
    unchecked = planned(answer, owner, title="To check", due_on=PAST)
    finish(unchecked.pk, outcome="Done.", check_on=PAST + dt.timedelta(1), actor=owner)

    response = signed_in.get(listing(answer))

    assert titles(response) == ["Late", "To check", "Later", "Over"]
    assert [late for _action, late in response.context["rows"]] == [True, True, False, False]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?owner=me", {"Mine"}),
        ("?state=unfinished", {"Mine", "Théirs"}),
        ("?state=cancelled", {"Over"}),
        ("?overdue=on", {"Théirs"}),
        ("?q=théirs", {"Théirs"}),
        ("?q=a-0001", {"Mine"}),
        ("?q=2", {"Théirs"}),
        ("?q=(", set()),
        ("?owner=me&overdue=on", set()),
        ("?owner=nobody-we-know", {"Mine", "Théirs", "Over"}),
    ],
)
def test_filters(signed_in, answer, reviewer, query, expected):
    planned(answer, answer.assessment.started_by, title="Mine")
    planned(answer, reviewer, title="Théirs", due_on=PAST)
    over = planned(answer, reviewer, title="Over")
    signed_in.post(url(over, "action-cancel"), {"reason": "No more."})

    response = signed_in.get(listing(answer) + query)

    assert set(titles(response)) == expected
    if "nobody" in query:
        assert "This filter was left out." in response.content.decode()


def test_filter_by_device_and_sort(signed_in, answer, owner):
    planned(answer, owner, title="B")
    plan(
        organisation=answer.organisation,
        title="A",
        description="",
        owner=owner,
        due_on=FUTURE,
        actor=owner,
    )
    assert titles(signed_in.get(f"{listing(answer)}?device={answer.device_id}")) == ["B"]
    assert titles(signed_in.get(f"{listing(answer)}?sort=title")) == ["A", "B"]
    assert titles(signed_in.get(f"{listing(answer)}?sort=-title")) == ["B", "A"]


def test_an_empty_list_says_what_to_do(signed_in, answer):
    assert "No action yet." in signed_in.get(listing(answer)).content.decode()
    filtered = signed_in.get(listing(answer) + "?owner=me").content.decode()
    assert "No action matches." in filtered


def test_over_a_later_change_both_are_shown(signed_in, action):
    stale = said(action, title="What I wrote")
    signed_in.post(url(action, "action-change"), said(action, title="What she wrote"))

    response = signed_in.post(url(action, "action-change"), stale)

    page = response.content.decode()
    action.refresh_from_db()
    assert response.status_code == 409
    assert "What I wrote" in page
    assert "What she wrote" in page
    assert f'name="revision" value="{action.revision}"' in page
    assert action.title == "What she wrote"


def test_the_page_tells_the_history(signed_in, client, action, owner, reviewer):
    signed_in.post(url(action, "action-change"), said(action, title="Redo it well"))
    done = {"outcome": "It was redone.", "check_on": "2026-06-01"}
    signed_in.post(url(action, "action-finish"), done)
    page = signed_in.get(url(action, "action-detail")).content.decode()
    assert url(action, "action-check") not in page
    client.force_login(reviewer)
    assert url(action, "action-check") in client.get(url(action, "action-detail")).content.decode()
    again = {"result": "not_effective", "note": "Seen again."}
    refused = client.post(url(action, "action-check"), again)
    assert refused.status_code == 422
    assert "Seen again." in refused.content.decode()

    client.post(url(action, "action-check"), again | {"due_on": "2026-07-01"})

    page = client.get(url(action, "action-detail")).content.decode()
    for text in (
        "Action planned",
        "<del>Redo it</del> <ins>Redo it well</ins>",
        "It was redone.",
        "Action not effective, open again",
        "Seen again.",
    ):
        assert text in page


def test_whoever_did_it_is_told_that_somebody_else_checks(client, action, reviewer):
    client.force_login(reviewer)
    client.post(url(action, "action-finish"), {"outcome": "Done.", "check_on": "2026-06-01"})
    response = client.post(
        url(action, "action-check"), {"result": "effective", "note": "Of course."}
    )
    assert response.status_code == 409
    assert "somebody else checks" in response.content.decode()
    assert "Of course." in response.content.decode()


def test_an_owner_who_left_stays_a_choice(client, answer, action, reviewer, owner):
    owner.memberships.all().delete()
    client.force_login(reviewer)
    response = client.post(url(action, "action-change"), said(action, title="Redo it well"))
    action.refresh_from_db()
    assert response.status_code == 302
    assert (action.title, action.owner) == ("Redo it well", owner)


def test_an_approver_reads_but_does_not_plan(client, answer, action):
    approver = MembershipFactory(organisation=answer.organisation, role=Role.APPROVER).user
    client.force_login(approver)
    page = client.get(url(action, "action-detail")).content.decode()
    assert url(action, "action-finish") not in page
    add = reverse("assessments:action-add", args=[answer.organisation.slug])
    assert add not in client.get(listing(answer)).content.decode()
    assert client.post(url(action, "action-cancel"), {"reason": "No."}).status_code == 403


def test_the_assessment_lists_what_is_not_finished(signed_in, answer, action, owner):
    over = planned(answer, owner, title="Given up")
    signed_in.post(url(over, "action-cancel"), {"reason": "No more."})
    page = signed_in.get(url(answer.assessment, "assessment-detail")).content.decode()
    assert url(action, "action-detail") in page
    assert "Given up" not in page
