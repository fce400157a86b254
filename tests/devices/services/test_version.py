import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from devices.models import DeviceVersion
from devices.services.changes import RowMoved
from devices.services.version import change, confirm_phase, register
from tests.devices.services.test_device import told
from tests.factories import DeviceFactory, UserFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor():
    return UserFactory()


def test_a_version_that_is_registered_becomes_the_latest(actor):
    first = VersionFactory(label="1.0")
    other = VersionFactory()

    second = register(first.device, {"label": "2.0"}, actor=actor)

    latest = DeviceVersion.objects.filter(is_latest=True)
    assert set(latest) == {second, other}
    assert second.organisation == first.organisation
    assert told(second) == [
        ("version.register", actor, {"label": "2.0", "device": str(first.device_id)})
    ]


def test_a_version_that_cannot_be_registered_leaves_the_latest_one(actor):
    first = VersionFactory(label="1.0")
    with pytest.raises(IntegrityError), transaction.atomic():
        register(first.device, {"label": "1.0"}, actor=actor)
    assert list(DeviceVersion.objects.filter(is_latest=True)) == [first]


def test_dates_are_told_as_they_were_and_as_they_are(actor):
    version = VersionFactory(released_on=dt.date(2026, 1, 5))

    change(version, {"released_on": dt.date(2026, 2, 5)}, revision=1, actor=actor)

    assert told(version) == [
        ("version.change", actor, {"released_on": ["2026-01-05", "2026-02-05"]})
    ]


def test_a_change_of_what_somebody_changed_meanwhile_is_refused(actor):
    version = VersionFactory(label="1.0")
    change(version, {"label": "1.0.1"}, revision=1, actor=actor)

    with pytest.raises(RowMoved) as moved:
        change(version, {"label": "1.1"}, revision=1, actor=actor)

    assert moved.value.theirs.label == "1.0.1"
    version.refresh_from_db()
    assert (version.label, version.revision) == ("1.0.1", 2)


def test_a_phase_is_confirmed_with_one_event(actor):
    version = VersionFactory(phase="design")

    assert confirm_phase(version, phase="development", actor=actor).phase == "development"

    version.refresh_from_db()
    assert (version.phase, version.revision) == ("development", 2)
    assert told(version) == [("version.confirm_phase", actor, {"phase": ["design", "development"]})]


def test_confirming_a_phase_twice_is_one_event(actor):
    version = VersionFactory(phase="design")
    confirm_phase(version, phase="development", actor=actor)
    confirm_phase(version, phase="development", actor=actor)
    assert len(told(version)) == 1


def test_a_phase_that_was_confirmed_makes_an_open_form_stale(actor):
    version = VersionFactory()
    confirm_phase(version, phase="development", actor=actor)
    with pytest.raises(RowMoved):
        change(version, {"label": "1.1"}, revision=1, actor=actor)


def test_the_latest_version_of_another_device_stays(actor):
    device = DeviceFactory()
    version = register(device, {"label": "1.0"}, actor=actor)
    register(DeviceFactory(organisation=device.organisation), {"label": "1.0"}, actor=actor)
    version.refresh_from_db()
    assert version.is_latest
