"""Sections of a draft: added, changed, put in order and removed, each as one event."""

import pytest

from ansm_portal.errors import PortalError
from assessments.models import CatalogueEvent
from assessments.services import sections
from assessments.services.editions import start_draft
from assessments.services.entries import NotFit
from tests.factories import CatalogueFactory

pytestmark = pytest.mark.django_db

FIELDS = {
    "key": "extra",
    "phase": "design",
    "title_fr": "En plus",
    "title_en": "Extra",
    "title_status": "inferred",
}


@pytest.fixture
def published():
    return CatalogueFactory(sizes={"design": 2, "development": 1})


@pytest.fixture
def draft(published):
    return start_draft(published, edition="second", actor=None)


def keys(catalogue):
    return list(catalogue.sections.order_by("position").values_list("key", flat=True))


def last_event():
    return CatalogueEvent.objects.latest("sequence")


def test_a_section_is_added_behind_another_or_behind_all(draft):
    first, *others = keys(draft)

    sections.add(draft, fields=FIELDS, after=draft.sections.get(key=first), actor=None)
    sections.add(draft, fields=FIELDS | {"key": "last"}, actor=None)

    assert keys(draft) == [first, "extra", *others, "last"]
    assert last_event().verb == "section.add"


@pytest.mark.parametrize("wrong", [{"title_en": ""}, {"phase": "retired"}, {"key": "x" * 200}])
def test_a_field_that_is_wrong_is_named(draft, wrong):
    with pytest.raises(NotFit) as refusal:
        sections.add(draft, fields=FIELDS | wrong, actor=None)

    assert set(refusal.value.fields) == set(wrong)
    assert "extra" not in keys(draft)


def test_a_key_is_taken_once(draft):
    taken = keys(draft)[0]

    with pytest.raises(NotFit, match="of that key already"):
        sections.add(draft, fields=FIELDS | {"key": taken}, actor=None)


def test_entries_go_with_their_section_to_another_phase(draft):
    section = draft.sections.get(phase="design")

    sections.edit(section, fields={"phase": "end_of_life", "title_en": "Ends"}, actor=None)

    assert set(section.recommendations.values_list("phase", flat=True)) == {"end_of_life"}
    assert last_event().data["changes"]["phase"] == ["design", "end_of_life"]


def test_saying_what_it_says_already_is_no_event(draft):
    section = draft.sections.get(phase="design")
    before = CatalogueEvent.objects.count()

    sections.edit(section, fields={"title_en": section.title_en}, actor=None)

    assert CatalogueEvent.objects.count() == before
    with pytest.raises(TypeError, match="colour"):
        sections.edit(section, fields={"colour": "blue"}, actor=None)


def test_only_an_empty_section_is_removed(draft):
    extra = sections.add(draft, fields=FIELDS, actor=None)

    with pytest.raises(PortalError, match="has entries"):
        sections.remove(draft.sections.get(phase="development"), actor=None)
    sections.remove(extra, actor=None)

    assert "extra" not in keys(draft)
    assert last_event().verb == "section.remove"


def test_sections_are_put_in_order_when_all_of_them_are_named(draft):
    before = keys(draft)

    with pytest.raises(PortalError, match="changed meanwhile"):
        sections.reorder(draft, keys=before[1:], actor=None)
    sections.reorder(draft, keys=before[::-1], actor=None)
    events = CatalogueEvent.objects.count()
    sections.reorder(draft, keys=before[::-1], actor=None)

    assert keys(draft) == before[::-1]
    assert CatalogueEvent.objects.count() == events
    phases = draft.recommendations.order_by("position").values_list("phase", flat=True)
    assert list(phases) == ["development", "design", "design"]


def test_nothing_of_a_published_edition_changes(published):
    section = published.sections.first()
    steps = [
        lambda: sections.add(published, fields=FIELDS, actor=None),
        lambda: sections.edit(section, fields={"title_en": "Other"}, actor=None),
        lambda: sections.remove(section, actor=None),
        lambda: sections.reorder(published, keys=keys(published)[::-1], actor=None),
    ]
    before = published.sections.count()

    for step in steps:
        with pytest.raises(PortalError, match="never changes"):
            step()

    assert published.sections.count() == before
