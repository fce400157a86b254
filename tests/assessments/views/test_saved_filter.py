import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import SavedFilter
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MembershipFactory(role=Role.ASSESSOR)


@pytest.fixture
def colleague(member):
    return MembershipFactory(organisation=member.organisation, role=Role.REVIEWER).user


@pytest.fixture
def browser(client, member):
    client.force_login(member.user)
    return client


def address(member, name, *arguments):
    return reverse(f"assessments:{name}", args=[member.organisation.slug, *arguments])


def keep(browser, member, name="Late", query="overdue=1&phase=design", **fields):
    sent = {"name": name, "query": query} | fields
    return browser.post(address(member, "filters-keep"), sent)


def listed(browser, member):
    page = browser.get(address(member, "answer-list"))
    return [saved.name for saved in page.context["saved"]]


def events():
    return list(AuditEvent.objects.order_by("sequence").values_list("verb", "data"))


def test_a_filter_is_kept_in_one_order_and_shown_at_once(browser, member):
    answer = keep(browser, member)
    assert answer.url == address(member, "answer-list") + "?phase=design&overdue=1"
    assert list(SavedFilter.objects.values_list("owner", "name", "query", "is_shared")) == [
        (member.user.pk, "Late", "phase=design&overdue=1", False)
    ]


def test_what_cannot_be_read_is_not_kept(browser, member):
    keep(browser, member, query="phase=none&colour=red&overdue=1")
    assert SavedFilter.objects.get().query == "overdue=1"


def test_what_one_keeps_for_oneself_nobody_else_sees(browser, client, member, colleague):
    keep(browser, member, name="Mine")
    keep(browser, member, name="Ours", is_shared="on")
    assert listed(browser, member) == ["Mine", "Ours"]
    client.force_login(colleague)
    assert listed(client, member) == ["Ours"]


def test_only_what_is_shared_is_told_in_the_journal(browser, member):
    keep(browser, member, name="Mine")
    keep(browser, member, name="Ours", is_shared="on")
    mine, ours = SavedFilter.objects.order_by("name")
    browser.post(address(member, "filter-change", mine.pk), {"name": "Still mine"})
    browser.post(address(member, "filter-change", ours.pk), {"name": "Ours", "is_shared": "on"})
    browser.post(address(member, "filter-change", ours.pk), {"name": "All", "is_shared": "on"})
    browser.post(address(member, "filter-remove", mine.pk))
    browser.post(address(member, "filter-remove", ours.pk))
    assert events() == [
        ("filter.share", {"name": "Ours", "filter": "phase=design&overdue=1"}),
        ("filter.change", {"name": ["Ours", "All"]}),
        ("filter.remove", {"name": "All", "filter": "phase=design&overdue=1"}),
    ]
    assert not SavedFilter.objects.exists()


def test_sharing_and_no_longer_sharing_are_told(browser, member):
    keep(browser, member)
    saved = SavedFilter.objects.get()
    browser.post(address(member, "filter-change", saved.pk), {"name": "Late", "is_shared": "on"})
    browser.post(address(member, "filter-change", saved.pk), {"name": "Late"})
    assert [data for _verb, data in events()] == [
        {"is_shared": [False, True]},
        {"is_shared": [True, False]},
    ]


def test_a_name_is_given_once_by_each_person(browser, client, member, colleague):
    keep(browser, member)
    again = keep(browser, member, query="state=open", is_shared="on")
    assert again.status_code == 422
    text = again.content.decode()
    assert "You have a filter named “Late” already. Choose another name." in text
    assert 'value="Late"' in text  # nothing typed is lost
    assert 'value="state=open"' in text
    keep(browser, member, name="Other")
    other = SavedFilter.objects.get(name="Other")
    refused = browser.post(address(member, "filter-change", other.pk), {"name": "Late"})
    assert refused.status_code == 422
    client.force_login(colleague)
    assert keep(client, member).status_code == 302


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "n" * 81}, {"query": "q" * 2001}])
def test_bad_input_is_refused(browser, member, fields):
    assert keep(browser, member, **fields).status_code == 422
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("step", ["filter-change", "filter-remove"])
def test_nobody_changes_the_filter_of_somebody_else(browser, client, member, colleague, step):
    keep(browser, member, is_shared="on")
    saved = SavedFilter.objects.get()
    client.force_login(colleague)
    assert client.post(address(member, step, saved.pk), {"name": "Hers"}).status_code == 404
    saved.refresh_from_db()
    assert saved.name == "Late"
    page = client.get(address(member, "answer-list")).content.decode()
    assert address(member, step, saved.pk) not in page
