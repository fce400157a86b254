import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from devices.models import Device
from devices.services import device as services
from tests.factories import DeviceFactory, MembershipFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation(client):
    """Return the organisation of the manager who is signed in."""
    manager = MembershipFactory(role=Role.MANAGER)
    client.force_login(manager.user)
    return manager.organisation


def add_url(organisation):
    return reverse("devices:device-add", args=[organisation.slug])


def edit_url(device):
    return reverse("devices:device-edit", args=[device.organisation.slug, device.pk])


def typed(**changes):
    return {
        "revision": 0,
        "name": "Syringe pump",
        "reference": "SP-7",
        "basic_udi_di": "",
        "regulation": "mdr",
        "device_class": "IIb",
        "safety_class": "C",
        "intended_purpose": "To infuse.",
        **changes,
    }


def verbs():
    return list(AuditEvent.objects.order_by("sequence").values_list("verb", flat=True))


def test_a_device_is_registered(client, organisation):
    response = client.post(add_url(organisation), typed())

    device = Device.objects.get()
    assert response.headers["Location"] == device.get_absolute_url()
    assert (device.organisation, device.name) == (organisation, "Syringe pump")
    assert verbs() == ["device.register"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"reference": "x" * 61}, "at most 60 characters"),
        ({"reference": "a\x00b"}, "Null characters are not allowed."),
        ({"regulation": "fda"}, "Select a valid choice."),
        ({"regulation": "ivdr"}, "A to D to in vitro diagnostics"),
        ({"revision": "last"}, "Enter a whole number."),
    ],
)
def test_what_was_typed_stays_when_it_cannot_be_registered(client, organisation, wrong, sentence):
    response = client.post(add_url(organisation), typed(**wrong))

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert "To infuse." in page
    assert not Device.objects.exists()
    assert verbs() == []


def test_a_reference_is_taken_whatever_its_case(client, organisation):
    DeviceFactory(organisation=organisation, reference="sp-7")
    response = client.post(add_url(organisation), typed())
    assert response.status_code == 422
    assert "Another device has this reference already." in response.content.decode()


def test_another_organisation_may_have_the_same_reference(client, organisation):
    DeviceFactory(reference="SP-7")
    assert client.post(add_url(organisation), typed()).status_code == 302


def test_a_twin_that_came_first_is_found(client, organisation, monkeypatch):
    register = services.register

    def race(fields, **who):
        register(fields, **who)
        return register(fields, **who)

    monkeypatch.setattr(services, "register", race)
    response = client.post(add_url(organisation), typed())

    assert response.status_code == 422
    assert "Another device has this reference already." in response.content.decode()


def test_a_device_is_changed(client, organisation):
    device = DeviceFactory(organisation=organisation, name="Pump", reference="SP-7")

    response = client.post(edit_url(device), typed(revision=1))

    device.refresh_from_db()
    assert response.headers["Location"] == device.get_absolute_url()
    assert (device.name, device.revision) == ("Syringe pump", 2)
    assert verbs() == ["device.change"]


def test_a_device_keeps_its_own_reference(client, organisation):
    device = DeviceFactory(organisation=organisation, reference="SP-7")
    assert client.post(edit_url(device), typed(revision=1)).status_code == 302


def test_a_change_that_is_wrong_keeps_what_was_typed(client, organisation):
    device = DeviceFactory(organisation=organisation, name="Pump")

    response = client.post(edit_url(device), typed(revision=1, device_class="C"))

    device.refresh_from_db()
    assert response.status_code == 422
    assert "To infuse." in response.content.decode()
    assert device.name == "Pump"


def test_two_people_who_change_a_device_see_both_texts(client, organisation):
    device = DeviceFactory(organisation=organisation)
    client.post(edit_url(device), typed(revision=1, name="Her pump"))

    response = client.post(edit_url(device), typed(revision=1, name="My pump"))

    page = response.content.decode()
    device.refresh_from_db()
    assert response.status_code == 409
    assert "<bdi>Her pump</bdi>" in page
    assert "<bdi>My pump</bdi>" in page
    assert 'value="My pump"' in page
    assert device.name == "Her pump"

    assert client.post(edit_url(device), typed(revision=2, name="Our pump")).status_code == 302


def test_the_form_comes_back_with_the_revision_that_was_shown(client, organisation):
    device = DeviceFactory(organisation=organisation)
    client.post(edit_url(device), typed(revision=1, name="Her pump"))
    page = client.post(edit_url(device), typed(revision=1, name="My pump")).content.decode()
    assert '<input type="hidden" name="revision" value="2"' in page


def test_differences_are_shown_in_words(client, organisation):
    device = DeviceFactory(organisation=organisation, reference="SP-7")
    theirs = typed(revision=1, regulation="ivdr", device_class="D", is_implantable="on")
    client.post(edit_url(device), theirs)

    response = client.post(edit_url(device), typed(revision=1))

    assert response.context["theirs"] == [
        ("Regulation", "Regulation (EU) 2017/746 (IVDR)", "Regulation (EU) 2017/745 (MDR)"),
        ("Class", "D", "IIb"),
        ("Implantable", "yes", "no"),
    ]


def test_saving_twice_is_one_event(client, organisation):
    device = DeviceFactory(organisation=organisation)
    for _ in range(2):
        assert client.post(edit_url(device), typed(revision=1)).status_code == 302
    assert verbs() == ["device.change"]


def test_a_device_shows_its_versions_newest_first(client, organisation):
    device = DeviceFactory(organisation=organisation)
    VersionFactory(device=device, label="1.9", is_latest=False)
    VersionFactory(device=device, label="1.10")

    page = client.get(device.get_absolute_url()).content.decode()

    assert page.index("<bdi>1.10</bdi>") < page.index("<bdi>1.9</bdi>")
    assert "Profile of version 1.10" in page


def test_a_device_without_version_says_what_comes_next(client, organisation):
    device = DeviceFactory(organisation=organisation)
    page = client.get(device.get_absolute_url()).content.decode()
    url = reverse("devices:device-version-add", args=[organisation.slug, device.pk])
    assert "No version yet." in page
    assert f'href="{url}">Add the first version' in page


def test_a_reader_is_not_offered_what_is_not_theirs(client, organisation):
    device = DeviceFactory(organisation=organisation)
    client.force_login(MembershipFactory(organisation=organisation, role=Role.ASSESSOR).user)

    page = client.get(device.get_absolute_url()).content.decode()

    assert edit_url(device) not in page
    assert "Add the first version" not in page


def test_markup_and_marks_of_direction_are_only_text(client, organisation):
    device = DeviceFactory(organisation=organisation, name="<b>Pump</b>\u202efdp")
    page = client.get(device.get_absolute_url()).content.decode()
    assert "<bdi>&lt;b&gt;Pump&lt;/b&gt;\u202efdp</bdi>" in page


def test_what_is_empty_is_shown_as_such(client, organisation):
    device = DeviceFactory(organisation=organisation, reference="SP-7")
    assert "<dd><p>–</p></dd>" in client.get(device.get_absolute_url()).content.decode()
    client.post(edit_url(device), typed(revision=1, intended_purpose=""))

    response = client.post(edit_url(device), typed(revision=1))

    assert response.context["theirs"] == [("Intended purpose", "–", "To infuse.")]


def test_a_reference_that_was_taken_meanwhile_is_found_when_saving(
    client, organisation, monkeypatch
):
    device = DeviceFactory(organisation=organisation, reference="SP-1")
    change = services.change

    def race(row, fields, **who):
        DeviceFactory(organisation=organisation, reference="SP-7")
        return change(row, fields, **who)

    monkeypatch.setattr(services, "change", race)
    response = client.post(edit_url(device), typed(revision=1))

    device.refresh_from_db()
    assert response.status_code == 422
    assert "Another device has this reference already." in response.content.decode()
    assert device.reference == "SP-1"


def test_a_platform_that_others_are_built_on_says_what_to_do_first(client, organisation):
    base = VersionFactory(device__organisation=organisation, device__is_platform=True)
    VersionFactory(device__organisation=organisation, platform=base)

    response = client.post(edit_url(base.device), typed(revision=1, name="Base"))

    page = response.content.decode()
    assert response.status_code == 409
    assert "Choose no platform for them first." in page
    assert 'value="Base"' in page
