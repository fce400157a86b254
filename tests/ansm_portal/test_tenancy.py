"""Rows of an organisation are reachable inside its scope, by whatever road."""

import datetime as dt

import pytest
from django import forms
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.tenancy import (
    OrganisationOwned,
    ScopeMissing,
    every_organisation,
    no_organisation,
    scoped_to,
)
from devices.models import Device, DeviceVersion
from tests.factories import DeviceFactory, VersionFactory

pytestmark = pytest.mark.django_db

OPERATIONS = {
    "list": lambda: list(Device.objects.all()),
    "exists": Device.objects.exists,
    "exclude, then exists": lambda: Device.objects.exclude(name="x").exists(),
    "count": Device.objects.count,
    "aggregate": lambda: Device.objects.aggregate(n=Count("pk")),
    "update": lambda: Device.objects.update(name="x"),
    "delete": lambda: Device.objects.all().delete(),
    "get_or_create": lambda: Device.objects.get_or_create(name="x"),
    "in_bulk": Device.objects.in_bulk,
    "in a subquery": lambda: list(
        Membership.objects.filter(organisation__in=Device.objects.values("organisation"))
    ),
    "in EXISTS": lambda: list(User.objects.annotate(n=Exists(Device.objects.exclude(name="q")))),
    "correlated": lambda: list(
        Membership.objects.filter(
            Exists(Device.objects.filter(organisation=OuterRef("organisation")))
        )
    ),
    "union": lambda: list(Device.objects.all().union(Device.objects.all())),
    "iterator": lambda: list(Device.objects.iterator()),
    "explain": Device.objects.explain,
    "values_list": lambda: list(Device.objects.values_list("pk")),
    "first": Device.objects.first,
    "earliest": lambda: Device.objects.earliest("created_at"),
    "dates": lambda: list(DeviceVersion.objects.dates("released_on", "year")),
    "a filter of ours": lambda: list(DeviceVersion.objects.supported(dt.date(2026, 1, 1))),
    "or": lambda: list(Device.objects.filter(name="a") | Device.objects.filter(name="b")),
    "select_for_update": lambda: list(Device.objects.select_for_update()),
    "the organisation itself": lambda: Organisation.objects.get(slug="x"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_outside_a_scope_every_query_is_an_error(name):
    DeviceFactory()

    with no_organisation(), pytest.raises(ScopeMissing):
        OPERATIONS[name]()


def test_a_reverse_relation_is_a_query_too():
    device = VersionFactory().device

    with no_organisation(), pytest.raises(ScopeMissing):
        list(device.versions.all())


def test_a_scope_shows_the_rows_of_its_organisations_and_no_others():
    mine, other = VersionFactory(), VersionFactory()

    with scoped_to([mine.organisation_id]):
        assert list(Device.objects.all()) == [mine.device]
        assert Device.objects.count() == 1
        assert list(DeviceVersion.objects.all()) == [mine]
        assert list(Organisation.objects.all()) == [mine.organisation]
        assert not DeviceVersion.objects.filter(pk=other.pk).exists()
        with pytest.raises(Device.DoesNotExist):
            Device.objects.get(pk=other.device_id)
    with scoped_to([mine.organisation_id, other.organisation_id]):
        assert Device.objects.count() == 2


def test_relations_of_a_foreign_row_stay_closed():
    mine, other = VersionFactory(), VersionFactory()

    with scoped_to([mine.organisation_id]):
        assert list(other.device.versions.all()) == []
        devices = Device.objects.prefetch_related("versions")
        assert [list(device.versions.all()) for device in devices] == [[mine]]
        own = Prefetch("versions", DeviceVersion.objects.order_by("label"))
        assert [list(d.versions.all()) for d in Device.objects.prefetch_related(own)] == [[mine]]


def test_a_queryset_made_before_the_scope_takes_the_scope_it_runs_in():
    mine, other = DeviceFactory(), DeviceFactory()
    early = Device.objects.order_by("name")

    with scoped_to([mine.organisation_id]):
        assert list(early.all()) == [mine]
    with scoped_to([other.organisation_id]):
        assert list(early.all()) == [other]


def test_an_empty_scope_shows_nothing_and_asks_nothing(django_assert_num_queries):
    DeviceFactory()

    with scoped_to([]), django_assert_num_queries(0):
        assert list(Device.objects.all()) == []
        assert Device.objects.count() == 0
        assert not Device.objects.exists()


def test_writes_stay_in_scope():
    mine, other = VersionFactory(label="1"), VersionFactory(label="1")

    with scoped_to([mine.organisation_id]):
        assert DeviceVersion.objects.update(label="mine") == 1
        assert DeviceVersion.objects.filter(device__name__startswith="Pump").update(label="2") == 1
        mine.label = other.label = "bulk"
        assert DeviceVersion.objects.bulk_update([mine, other], ["label"]) == 1
        assert DeviceVersion.objects.all().delete()[0] == 1

    other.refresh_from_db()
    assert other.label == "1"


def test_the_choices_of_a_form_are_those_of_the_scope():
    mine, other = DeviceFactory(), DeviceFactory()

    class Choice(forms.Form):
        device = forms.ModelChoiceField(Device.objects.all())

    with scoped_to([mine.organisation_id]):
        form = Choice({"device": other.pk})
        assert [str(value) for value, _ in form.fields["device"].choices][1:] == [str(mine.pk)]
        assert form.errors.as_data()["device"][0].code == "invalid_choice"
        assert Choice({"device": mine.pk}).is_valid()


def test_a_response_streamed_after_the_request_is_out_of_scope():
    DeviceFactory()

    with no_organisation():
        rows = (device.name for device in Device.objects.iterator())
        with pytest.raises(ScopeMissing):
            list(rows)


def test_scopes_nest_and_end():
    mine, other = DeviceFactory(), DeviceFactory()

    with scoped_to([mine.organisation_id]):
        with every_organisation():
            assert Device.objects.count() == 2
        with scoped_to([other.organisation_id]):
            assert list(Device.objects.all()) == [other]
        assert list(Device.objects.all()) == [mine]


def test_a_scope_ends_when_something_goes_wrong_inside():
    DeviceFactory()

    with no_organisation():
        with pytest.raises(ZeroDivisionError), every_organisation():
            1 / 0  # noqa: B018 -- what goes wrong
        with pytest.raises(ScopeMissing):
            Device.objects.count()


def test_a_model_with_a_manager_of_its_own_does_not_pass_the_check():
    class Leaky(OrganisationOwned):
        objects = models.Manager()

        class Meta:
            app_label = "portal"
            managed = False

        def __str__(self):
            return "leaky"

    try:
        assert [error.id for error in Leaky.check() if error.id.startswith("tenancy")] == [
            "tenancy.E001"
        ]
    finally:
        Leaky._meta.apps.all_models["portal"].pop("leaky")
        Leaky._meta.apps.clear_cache()
