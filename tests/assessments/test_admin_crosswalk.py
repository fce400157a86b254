"""Mappings in the admin: changed by people with a reason, seen with both texts."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from assessments.models import Framework, Mapping, MappingChange
from tests.factories import CatalogueFactory, FrameworkFactory, MappingFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = UserFactory(is_staff=True, language="en")
    user.groups.add(Group.objects.get(name="Catalogue administrators"))
    client.force_login(user)
    return client


def address(model, page, *arguments):
    return reverse(f"admin:assessments_{model._meta.model_name}_{page}", args=arguments)


def sent(mapping=None, **changes):
    """Return what a browser would send from the form of a mapping."""
    values = {
        "relation": "intersects",
        "status": "proposed",
        "confidence": "medium",
        "rationale_fr": "Les deux demandent une analyse.",
        "rationale_en": "Both ask for an analysis.",
        "source": "a file",
        "reason": "Read beside the text.",
        "read_revision": mapping.revision if mapping else 1,
        "changes-TOTAL_FORMS": 0,
        "changes-INITIAL_FORMS": 0,
    }
    return values | changes


def test_a_mapping_is_shown_with_both_texts_and_its_history(administrator):
    catalogue = CatalogueFactory()
    code = catalogue.recommendations.first().code
    mapping = MappingFactory(code=code)

    shown = administrator.get(address(Mapping, "change", mapping.pk)).content.decode()

    assert "The manufacturer plans." in shown
    assert mapping.requirement.title_fr in shown
    assert 'style="' not in shown


def test_a_change_goes_through_the_service_and_leaves_its_trace(administrator):
    mapping = MappingFactory()

    saved = administrator.post(
        address(Mapping, "change", mapping.pk), sent(mapping, relation="subset")
    )

    assert saved.status_code == 302
    mapping.refresh_from_db()
    assert (mapping.relation, mapping.revision) == ("subset", 2)
    kept = MappingChange.objects.get()
    assert (kept.reason, kept.fields) == (
        "Read beside the text.",
        {"relation": ["intersects", "subset"]},
    )
    history = administrator.get(address(Mapping, "change", mapping.pk)).content.decode()
    assert "Read beside the text." in history


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"read_revision": 9}, "Somebody changed this mapping meanwhile."),
        ({"reason": " "}, "This field is required."),
        ({"rationale_en": " "}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(administrator, changes, sentence):
    mapping = MappingFactory()

    refused = administrator.post(
        address(Mapping, "change", mapping.pk), sent(mapping, relation="equal", **changes)
    )

    assert sentence in refused.content.decode()
    assert not MappingChange.objects.exists()


def test_a_mapping_is_added_for_a_recommendation_that_exists(administrator):
    code = CatalogueFactory().recommendations.first().code
    place = FrameworkFactory().requirements.get()
    links = {"catalogue_key": "TEST", "code": code, "requirement": place.pk}

    refused = administrator.post(address(Mapping, "add"), sent(**links | {"code": "NONE"}))
    saved = administrator.post(address(Mapping, "add"), sent(**links))
    again = administrator.post(address(Mapping, "add"), sent(**links))

    assert "has a recommendation NONE" in refused.content.decode()
    assert saved.status_code == 302
    assert "mapped to it already" in again.content.decode()
    assert MappingChange.objects.get().mapping == Mapping.objects.get()


def test_chosen_mappings_are_confirmed_and_none_is_deleted(administrator):
    mapping = MappingFactory()
    chosen = {"_selected_action": [mapping.pk]}

    administrator.post(address(Mapping, "changelist"), {"action": "confirm", **chosen})
    administrator.post(address(Mapping, "changelist"), {"action": "delete_selected", **chosen})

    assert Mapping.objects.get().status == "confirmed"
    deleted = administrator.post(address(Mapping, "delete", mapping.pk), {"post": "yes"})
    assert deleted.status_code == 403


def test_mappings_are_found_by_word_and_filtered(administrator):
    first, second = MappingFactory(code="A-1"), MappingFactory(code="B-2", relation="equal")
    listed = address(Mapping, "changelist")

    def codes(**query):
        found = administrator.get(listed, query)
        return [row.code for row in found.context["cl"].queryset]

    assert codes(q="B-2") == ["B-2"]
    assert codes(relation__exact="equal") == ["B-2"]
    framework = first.requirement.framework_id
    assert codes(requirement__framework__id__exact=framework) == ["A-1"]
    assert second.requirement.framework_id != framework


def test_frameworks_are_only_shown(administrator):
    framework = FrameworkFactory(sizes=2)
    shown = administrator.get(address(Framework, "change", framework.pk))
    assert b"Exigence 5.2" in shown.content
    assert b'name="_save"' not in shown.content
    assert administrator.post(address(Framework, "change", framework.pk), {}).status_code == 403
