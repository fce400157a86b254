import pytest

from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from devices.services.changes import RowMoved
from devices.services.device import change, register
from tests.factories import DeviceFactory, OrganisationFactory, UserFactory, VersionFactory

pytestmark = pytest.mark.django_db

FIELDS = {
    "name": "Syringe pump",
    "reference": "SP-7",
    "regulation": "mdr",
    "device_class": "IIb",
    "safety_class": "C",
}


def told(row):
    """Return verb, person and details of each event about ``row``."""
    target = f"{row._meta.label_lower}:{row.pk}"
    events = AuditEvent.objects.filter(target=target).order_by("sequence")
    return [(event.verb, event.actor, event.data) for event in events]


def test_a_device_is_registered_with_one_event():
    organisation, actor = OrganisationFactory(), UserFactory()

    device = register(FIELDS, organisation=organisation, actor=actor)

    assert (device.organisation, device.name, device.revision) == (organisation, "Syringe pump", 1)
    assert told(device) == [("device.register", actor, FIELDS)]


def test_a_change_says_what_was_and_what_is():
    device, actor = DeviceFactory(name="Pump", reference="P-1"), UserFactory()

    changed = change(device, {"name": "New pump", "reference": "P-1"}, revision=1, actor=actor)

    assert (changed.name, changed.revision) == ("New pump", 2)
    assert told(device) == [("device.change", actor, {"name": ["Pump", "New pump"]})]


def test_saving_what_is_there_changes_nothing():
    device = DeviceFactory(name="Pump")
    assert change(device, {"name": "Pump"}, revision=0, actor=UserFactory()).revision == 1
    assert told(device) == []


def test_a_change_of_what_somebody_changed_meanwhile_is_refused():
    device, actor = DeviceFactory(name="Pump"), UserFactory()
    change(device, {"name": "Her pump"}, revision=1, actor=actor)

    with pytest.raises(RowMoved, match="Look at both") as moved:
        change(device, {"name": "My pump"}, revision=1, actor=actor)

    device.refresh_from_db()
    assert (device.name, device.revision) == ("Her pump", 2)
    assert moved.value.theirs == device
    assert len(told(device)) == 1


def test_a_platform_that_others_are_built_on_remains_one():
    base = VersionFactory(device__is_platform=True)
    VersionFactory(device__organisation=base.organisation, platform=base)

    with pytest.raises(PortalError, match="built on it"):
        change(base.device, {"is_platform": False}, revision=1, actor=None)


def test_what_is_built_on_a_platform_becomes_none():
    base = VersionFactory(device__is_platform=True)
    built = VersionFactory(device__organisation=base.organisation, platform=base)

    with pytest.raises(PortalError, match="themselves"):
        change(built.device, {"is_platform": True}, revision=1, actor=None)


def test_a_device_becomes_a_platform_and_ceases_to_be_one():
    device = DeviceFactory()
    for revision, is_platform in ((1, True), (2, False)):
        device = change(device, {"is_platform": is_platform}, revision=revision, actor=None)
        assert device.is_platform == is_platform
