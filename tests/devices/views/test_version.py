import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from devices.models import Device, DeviceVersion
from devices.services import version as services
from tests.factories import DeviceFactory, MembershipFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(client):
    """Return a device of the manager who is signed in."""
    device = DeviceFactory()
    manager = MembershipFactory(organisation=device.organisation, role=Role.MANAGER)
    client.force_login(manager.user)
    return device


def add_url(device):
    return reverse("devices:device-version-add", args=[device.organisation.slug, device.pk])


def url(version, step):
    return reverse(f"devices:version-{step}", args=[version.organisation.slug, version.pk])


def typed(**changes):
    return {
        "revision": 0,
        "label": "2.1.0",
        "udi_di": "",
        "released_on": "2026-03-01",
        "sale_ends_on": "",
        "support_ends_on": "2030-12-31",
        "phase": "design",
        **changes,
    }


def events():
    return [(event.verb, event.data) for event in AuditEvent.objects.order_by("sequence")]


def test_a_version_is_registered_with_its_profile(client, device):
    response = client.post(add_url(device), typed(is_connected="on", phase="development"))

    version = DeviceVersion.objects.get()
    assert response.headers["Location"] == version.get_absolute_url()
    assert (version.device, version.label, version.phase) == (device, "2.1.0", "development")
    assert (version.released_on, version.support_ends_on) == (
        dt.date(2026, 3, 1),
        dt.date(2030, 12, 31),
    )
    assert version.facts == {"connected"}
    assert [verb for verb, _ in events()] == ["version.register"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"label": ""}, "This field is required."),
        ({"released_on": "2026-02-31"}, "Enter a valid date."),
        ({"support_ends_on": "2026-02-28"}, "Security support cannot end before the release."),
        ({"sale_ends_on": "2026-02-28"}, "Sale cannot end before the release."),
        ({"phase": "retired"}, "Select a valid choice."),
    ],
)
def test_what_was_typed_stays_when_it_cannot_be_registered(client, device, wrong, sentence):
    response = client.post(add_url(device), typed(udi_di="04012345", **wrong))

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert 'value="04012345"' in page
    assert not DeviceVersion.objects.exists()
    assert events() == []


def test_support_may_end_on_the_day_of_the_release(client, device):
    assert client.post(add_url(device), typed(support_ends_on="2026-03-01")).status_code == 302


def test_a_label_is_taken_once_per_device(client, device):
    VersionFactory(label="2.1.0", device__organisation=device.organisation)
    assert client.post(add_url(device), typed()).status_code == 302

    response = client.post(add_url(device), typed())

    assert response.status_code == 422
    assert "This device has a version of that name already." in response.content.decode()


def test_the_first_version_starts_with_an_empty_profile(client, device):
    page = client.get(add_url(device)).content.decode()
    assert "checked" not in page
    assert "They start as those of the version before." not in page


def test_the_next_version_starts_with_the_profile_of_the_latest(client, device):
    VersionFactory(device=device, is_latest=False, has_hardware=True)
    VersionFactory(device=device, is_wireless=True)

    response = client.get(add_url(device))

    ticked = {field.name for field in response.context["form"].profile_fields if field.initial}
    assert ticked == {"is_wireless"}
    assert "They start as those of the version before." in response.content.decode()


def test_label_and_dates_are_changed(client, device):
    version = VersionFactory(device=device, label="2.0", released_on=dt.date(2026, 3, 1))

    response = client.post(url(version, "edit"), typed(revision=1, support_ends_on=""))

    version.refresh_from_db()
    assert response.headers["Location"] == version.get_absolute_url()
    assert (version.label, version.revision) == ("2.1.0", 2)
    assert events() == [("version.change", {"label": ["2.0", "2.1.0"]})]


def test_dates_out_of_order_are_said_and_stay_in_the_form(client, device):
    version = VersionFactory(device=device)

    response = client.post(url(version, "edit"), typed(revision=1, support_ends_on="2025-01-01"))

    page = response.content.decode()
    version.refresh_from_db()
    assert response.status_code == 422
    assert "Security support cannot end before the release." in page
    assert 'value="2025-01-01"' in page
    assert version.support_ends_on is None


def test_two_people_who_change_a_version_see_both_texts(client, device):
    version = VersionFactory(device=device)
    client.post(url(version, "edit"), typed(revision=1, released_on="2026-03-01"))

    response = client.post(url(version, "edit"), typed(revision=1, released_on="2026-04-15"))

    page = response.content.decode()
    version.refresh_from_db()
    assert response.status_code == 409
    assert response.context["theirs"] == [
        ("First placed on the market", dt.date(2026, 3, 1), dt.date(2026, 4, 15))
    ]
    assert 'value="2026-04-15"' in page
    assert '<input type="hidden" name="revision" value="2"' in page
    assert version.released_on == dt.date(2026, 3, 1)


def test_the_phase_that_the_dates_suggest_is_offered(client, device):
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    version = VersionFactory(device=device, phase="commissioning", released_on=yesterday)

    page = client.get(version.get_absolute_url()).content.decode()

    assert "The dates say: Post-market surveillance." in page
    assert '<option value="post_market" selected>' in page


def test_nothing_is_suggested_that_is_confirmed_already(client, device):
    version = VersionFactory(device=device, phase="design")
    page = client.get(version.get_absolute_url()).content.decode()
    assert "The dates say" not in page


def test_a_person_confirms_the_phase(client, device):
    version = VersionFactory(device=device, phase="design")

    response = client.post(url(version, "phase"), {"phase": "development"})

    version.refresh_from_db()
    assert response.headers["Location"] == version.get_absolute_url()
    assert version.phase == "development"
    assert events() == [("version.confirm_phase", {"phase": ["design", "development"]})]


@pytest.mark.parametrize("phase", ["", "retired", "a\x00b"])
def test_a_phase_that_is_none_is_refused_with_a_sentence(client, device, phase):
    version = VersionFactory(device=device, phase="design")

    response = client.post(url(version, "phase"), {"phase": phase})

    version.refresh_from_db()
    assert response.status_code == 422
    assert "This is not one of the five phases." in response.content.decode()
    assert version.phase == "design"


def test_only_a_manager_changes_versions(client, device):
    version = VersionFactory(device=device)
    client.force_login(MembershipFactory(organisation=device.organisation, role=Role.ASSESSOR).user)
    for address in (add_url(device), url(version, "edit"), url(version, "phase")):
        assert client.post(address, typed()).status_code == 403
    assert events() == []
    assert url(version, "edit") not in client.get(version.get_absolute_url()).content.decode()


def test_a_platform_that_ceased_to_be_one_meanwhile_is_refused(client, device, monkeypatch):
    base = VersionFactory(device__organisation=device.organisation, device__is_platform=True)
    register = services.register

    def race(*args, **fields):
        Device.objects.filter(pk=base.device_id).update(is_platform=False)
        return register(*args, **fields)

    monkeypatch.setattr(services, "register", race)
    response = client.post(add_url(device), typed(platform=str(base.pk)))

    assert response.status_code == 409
    assert "is no platform for this device." in response.content.decode()
    assert 'value="2.1.0"' in response.content.decode()
    assert not DeviceVersion.objects.filter(device=device).exists()
