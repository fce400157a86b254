import pytest
from django.db import IntegrityError, transaction

from assessments.models import Mapping, MappingChange
from assessments.services.mapping import MappingRefused, add, change, confirm
from tests.factories import CatalogueFactory, FrameworkFactory, MappingFactory, UserFactory

pytestmark = pytest.mark.django_db

VALUES = {
    "relation": "superset",
    "rationale_fr": "Elle demande plus.",
    "rationale_en": "It asks for more.",
    "source": "Read by the quality department",
    "confidence": "high",
    "status": "confirmed",
}


def test_a_mapping_is_added_with_who_and_why():
    code = CatalogueFactory().recommendations.first().code
    person, requirement = UserFactory(), FrameworkFactory().requirements.get()

    mapping = add(
        catalogue_key="TEST",
        code=code,
        requirement=requirement,
        values=VALUES,
        reason="Missing.",
        actor=person,
    )

    kept = MappingChange.objects.get(mapping=mapping)
    assert (kept.changed_by, kept.reason) == (person, "Missing.")
    assert kept.fields["relation"] == ["", "superset"]


def test_an_unknown_code_an_old_edition_and_a_second_one_are_refused():
    code = CatalogueFactory().recommendations.first().code
    person, framework = UserFactory(), FrameworkFactory()
    given = {
        "catalogue_key": "TEST",
        "code": code,
        "requirement": framework.requirements.get(),
        "values": VALUES,
        "reason": "",
        "actor": person,
    }
    with pytest.raises(MappingRefused, match="has a recommendation NONE"):
        add(**given | {"code": "NONE"})
    add(**given)
    with pytest.raises(MappingRefused, match="already"):
        add(**given)
    framework.is_in_force = False
    framework.save()
    given["requirement"].refresh_from_db()
    with pytest.raises(MappingRefused, match="newer edition"):
        add(**given)


def test_a_change_is_kept_field_by_field():
    mapping, person = MappingFactory(), UserFactory()

    change(
        mapping.pk,
        revision=1,
        values={"relation": "equal", "confidence": "medium"},
        reason="Both texts read.",
        actor=person,
    )

    mapping.refresh_from_db()
    assert (mapping.relation, mapping.revision) == ("equal", 2)
    assert MappingChange.objects.get().fields == {"relation": ["intersects", "equal"]}


def test_a_stale_change_one_without_reason_and_none_at_all():
    mapping, person = MappingFactory(), UserFactory()
    with pytest.raises(MappingRefused, match="meanwhile"):
        change(mapping.pk, revision=7, values={"relation": "equal"}, reason="x", actor=person)
    with pytest.raises(MappingRefused, match="Say why"):
        change(mapping.pk, revision=1, values={"relation": "equal"}, reason=" ", actor=person)
    change(mapping.pk, revision=1, values={"relation": "intersects"}, reason="", actor=person)
    assert not MappingChange.objects.exists()


def test_confirming_says_that_somebody_read_it():
    mapping = confirm(MappingFactory(), actor=UserFactory())
    assert mapping.status == "confirmed"


def test_what_a_mapping_links_and_its_history_never_change():
    mapping = confirm(MappingFactory(), actor=UserFactory())
    for query in (
        lambda: Mapping.objects.filter(pk=mapping.pk).update(code="OTHER"),
        lambda: MappingChange.objects.update(reason="x"),
        lambda: MappingChange.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            query()
