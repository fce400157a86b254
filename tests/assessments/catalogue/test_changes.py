"""What differs between two editions, and how its pages say it."""

import pytest
from django.urls import reverse

from assessments.catalogue.changes import changes, counted
from assessments.services.transitions import compared
from tests.assessments.catalogue.second import BECAME, KINDS, second_edition
from tests.factories import CatalogueFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

# REC-012 is the second one that is moved to another phase.
EXPECTED = {codes: aspects for codes, aspects, _fate in KINDS.values()} | {
    "REC-012": KINDS["moved to another phase"][1]
}


@pytest.fixture
def second():
    return second_edition()


def test_every_way_in_which_entries_differ_is_told_once(second, client):
    found = changes(compared(second.based_on, second))

    told = {"+".join(e.code for e in each.group.after): each.aspects for each in found}
    assert told == EXPECTED
    assert found[-1].reasons == ("N’a plus cours.", "Out of date.")
    assert sum(counted(found).values()) == sum(map(len, EXPECTED.values()))
    assert len(BECAME) == 20
    # The page: both languages, word by word, and filters.
    client.force_login(UserFactory(language="en"))
    page = client.get(reverse("catalogue:edition-compare", args=[second.pk])).content.decode()
    assert "<del>prévoit.</del><ins>vérifie.</ins>" in page
    assert "<del>plans.</del><ins>checks.</ins>" in page
    assert page.count("<article") == len(EXPECTED)
    split = client.get(
        reverse("catalogue:edition-compare", args=[second.pk]), {"show": "split"}
    ).content.decode()
    assert split.count("<article") == 1


def test_editions_that_do_not_follow_compare_by_code():
    sizes = {"design": 2}
    one, other = CatalogueFactory(sizes=sizes), CatalogueFactory(sizes=sizes)

    assert changes(compared(one, other)) == []


def test_an_edition_is_searched_and_a_draft_is_not_shown(client):
    published, draft = CatalogueFactory(), CatalogueFactory(sizes=False)
    client.force_login(UserFactory(language="en"))

    page = client.get(reverse("catalogue:edition-detail", args=[published.pk]), {"q": "REC-003"})

    assert page.context["shown"] == 1
    assert client.get(reverse("catalogue:edition-detail", args=[draft.pk])).status_code == 404


def test_requirements_of_an_organisation_are_on_no_page_of_the_shared_catalogue(client):
    member = MembershipFactory(role="manager")
    own = CatalogueFactory(owner=member.organisation)
    client.force_login(member.user)

    assert client.get(reverse("catalogue:edition-detail", args=[own.pk])).status_code == 404
    assert own not in client.get(reverse("catalogue:edition-list")).context["editions"]
