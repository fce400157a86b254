import re

import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.services.answer import save_answer
from devices.enums import LifecyclePhase
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    DeviceFactory,
    MembershipFactory,
    VersionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation(client):
    """Return the organisation of the manager who is signed in."""
    manager = MembershipFactory(role=Role.MANAGER)
    client.force_login(manager.user)
    return manager.organisation


@pytest.fixture
def found(client, organisation):
    """Return the names of the devices that a query finds, in order."""

    def find(**query):
        response = client.get(url(organisation), query)
        assert response.status_code == 200
        return [device.name for device in response.context["devices"]]

    return find


@pytest.fixture
def device(organisation):
    """Make a device of the organisation, and its latest version when a phase is given."""

    def make(name, *, phase=None, **fields):
        device = DeviceFactory(organisation=organisation, name=name, **fields)
        if phase:
            VersionFactory(device=device, phase=phase)
        return device

    return make


@pytest.fixture
def assessed(organisation):
    """Make a device of which so many of so many recommendations have a verdict."""

    def make(name, done, total):
        catalogue = CatalogueFactory(sizes={"design": total})
        assessment = AssessmentFactory(
            catalogue=catalogue, device__organisation=organisation, device__name=name
        )
        for answer in assessment.answers.order_by("position")[:done]:
            save_answer(
                answer.pk,
                revision=answer.revision,
                verdict="followed",
                justification="As planned.",
                owner_id=None,
                due_on=None,
                actor=assessment.started_by,
            )
        return assessment

    return make


def url(organisation):
    return reverse("assessments:device-list", args=[organisation.slug])


@pytest.mark.parametrize("words", ["SYRINGE", "syr", "  ringe ", "sp-7", "0401", "syringe SP-7"])
def test_a_search_finds_each_word_in_name_reference_or_udi(found, device, words):
    device("Syringe pump", reference="SP-7", basic_udi_di="04012345PUMP")
    device("Monitor", reference="M-1")
    assert found(q=words) == ["Syringe pump"]


@pytest.mark.parametrize("words", ["électro", "ÉLECTRO", "Électro"])
def test_a_search_ignores_the_case_of_accented_letters(found, device, words):
    device("Électrostimulateur")
    assert found(q=words) == ["Électrostimulateur"]


@pytest.mark.parametrize("words", ["100 %", "a.c", "a_c", "(", "[a]", "\\", "*"])
def test_signs_are_only_signs(found, device, words):
    device("abc 1000")
    device(f"with {words}")
    assert found(q=words) == [f"with {words}"]


def test_the_class_is_filtered(found, device):
    device("Pump", device_class="IIb")
    device("Viewer", device_class="IIa")
    assert found(device_class="IIa") == ["Viewer"]


def test_the_phase_filtered_is_that_of_the_latest_version(found, device):
    pump = device("Pump", phase="design")
    VersionFactory(device=pump, phase="post_market", is_latest=False)
    device("Viewer", phase="post_market")
    device("Without version")
    assert found(phase="post_market") == ["Viewer"]


@pytest.mark.parametrize(
    ("progress", "names"),
    [("none", ["Nothing"]), ("under_way", ["Begun", "Half"]), ("complete", ["Whole"])],
)
def test_the_progress_is_filtered(found, device, assessed, progress, names):
    device("Nothing")
    assessed("Begun", 0, 2)
    assessed("Half", 1, 2)
    assessed("Whole", 2, 2)
    assert found(progress=progress) == names


def test_the_progress_is_that_of_the_current_assessment(client, organisation, assessed):
    old = assessed("Pump", 2, 2)
    VersionFactory._meta.model.objects.update(is_latest=False)
    newer = VersionFactory(device=old.device, label="2.0")
    AssessmentFactory(version=newer, catalogue=CatalogueFactory(sizes={"design": 4}))

    page = client.get(url(organisation)).content.decode()

    assert "0 of 4 (0 %)" in page
    assert "<bdi>2.0</bdi>" in page


def test_devices_come_by_name_whatever_its_case(found, device):
    for name in ("beta", "Alpha", "Gamma"):
        device(name)
    assert found() == found(sort="name") == ["Alpha", "beta", "Gamma"]
    assert found(sort="-name") == ["Gamma", "beta", "Alpha"]


def test_phases_come_in_the_order_of_life(found, device):
    for phase in sorted(LifecyclePhase.values):
        device(phase, phase=phase)
    device("none")
    assert found(sort="phase") == ["none", *LifecyclePhase.values]
    assert found(sort="-phase") == [*reversed(LifecyclePhase.values), "none"]


def test_progress_comes_by_its_share(found, device, assessed):
    device("None")
    assessed("2 of 8", 2, 8)
    assessed("1 of 2", 1, 2)
    assert found(sort="progress") == ["None", "2 of 8", "1 of 2"]
    assert found(sort="-progress") == ["1 of 2", "2 of 8", "None"]


def test_a_list_without_applicable_recommendation_is_sorted_too(found, assessed):
    assessment = assessed("Nothing applies", 0, 1)
    assessment.phase_reviews.update(applicable=0, not_assessed=0)
    assessed("Half", 1, 2)
    assert found(sort="progress") == ["Nothing applies", "Half"]


@pytest.mark.parametrize("sort", ["price", "-", "--name", "name; DROP", "x" * 1000])
def test_an_unknown_order_is_by_name(found, device, sort):
    device("Beta")
    device("Alpha")
    assert sorted(found(sort=sort)) == ["Alpha", "Beta"]


@pytest.mark.parametrize("name", ["device_class", "phase", "progress"])
def test_an_unknown_filter_is_said_and_left_out(client, organisation, device, name):
    device("Pump")

    response = client.get(url(organisation), {name: "nonsense"})

    page = response.content.decode()
    assert response.status_code == 200
    assert "nonsense is not one of the available choices. This filter was left out." in page
    assert "<bdi>Pump</bdi>" in page


@pytest.mark.parametrize("words", ["x" * 101, "a\x00b"])
def test_words_that_cannot_be_looked_for_are_said_and_left_out(client, organisation, device, words):
    device("Pump")
    page = client.get(url(organisation), {"q": words}).content.decode()
    assert "This filter was left out." in page
    assert "<bdi>Pump</bdi>" in page


def test_pages_keep_the_filters_and_the_order(client, organisation, device):
    for number in range(26):
        device(f"Pump {number:02}")
    device("Viewer", device_class="IIa")

    response = client.get(url(organisation), {"q": "pump", "device_class": "IIb", "sort": "-name"})

    page = response.content.decode()
    link = re.search(r'rel="next" href="([^"]*)"', page)[1].replace("&amp;", "&")
    assert "26 devices" in page
    second = client.get(url(organisation) + link)
    assert [each.name for each in second.context["devices"]] == ["Pump 00"]
    assert "Page 2 of 2" in second.content.decode()


def test_a_filter_is_removed_and_the_others_stay(client, organisation, device):
    device("Pump")
    page = client.get(url(organisation), {"q": "pump", "device_class": "IIb"}).content.decode()
    links = {
        link.replace("&amp;", "&") for link in re.findall(r'class="chip" href="([^"]*)"', page)
    }
    assert links == {"?device_class=IIb", "?q=pump"}


def test_a_manager_without_devices_is_led_to_the_first_one(client, organisation):
    page = client.get(url(organisation)).content.decode()
    add = reverse("devices:device-add", args=[organisation.slug])
    assert "No device yet." in page
    assert f'href="{add}">Register the first device' in page


def test_others_without_devices_are_told_who_registers_them(client):
    assessor = MembershipFactory(role=Role.ASSESSOR)
    client.force_login(assessor.user)
    page = client.get(url(assessor.organisation)).content.decode()
    assert "A manager of your organisation registers devices." in page
    assert reverse("devices:device-add", args=[assessor.organisation.slug]) not in page


def test_a_search_without_result_says_how_to_see_more(client, organisation, device):
    device("Pump")
    page = client.get(url(organisation), {"q": "viewer"}).content.decode()
    assert "No device matches. Remove a filter to see more." in page
    assert f'href="{url(organisation)}">Remove all filters' in page
    assert "No device yet." not in page


def test_devices_of_others_are_not_listed(found):
    DeviceFactory()
    assert found() == []


def test_what_htmx_asks_for_is_that_part_of_the_page(client, organisation, device):
    device("Pump")
    headers = {"HX-Request": "true", "HX-Target": "devices"}

    part = client.get(url(organisation), {"q": "pump"}, headers=headers)

    whole = client.get(url(organisation), {"q": "pump"}).content.decode()
    assert part.content.decode().strip() in whole
    assert part.content.decode().strip().startswith('<div id="devices">')
    assert {"HX-Request", "HX-Target"} <= set(part.headers["Vary"].split(", "))
