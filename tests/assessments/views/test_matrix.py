import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Answer
from devices.models import Device
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    RecommendationFactory,
    SectionFactory,
    VersionFactory,
)
from tests.factories.assessments import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue():
    return CatalogueFactory(sizes={"design": 2, "development": 1})


@pytest.fixture
def assessment(catalogue):
    return AssessmentFactory(catalogue=catalogue, device__reference="PMP-1")


@pytest.fixture
def other(assessment, catalogue):
    """Return the assessment of a second device, of another class."""
    return AssessmentFactory(
        catalogue=catalogue,
        actor=assessment.started_by,
        device__organisation=assessment.organisation,
        device__reference="PMP-2",
        device__device_class="I",
    )


@pytest.fixture
def page(client, assessment):
    """Return a function that fetches the matrix and returns the names of its cells."""
    client.force_login(assessment.started_by)

    def fetch(**query):
        url = reverse("assessments:matrix", args=[assessment.organisation.slug])
        response = client.get(url, query)
        assert response.status_code == 200
        return re.findall(r'aria-label="([^"]*: [^"]*)"', response.content.decode())

    return fetch


def answer(assessment, number, **fields):
    stamps = {"answered_by": assessment.started_by, "answered_at": assessment.started_at}
    chosen = assessment.answers.order_by("position")[number - 1]
    Answer.objects.filter(pk=chosen.pk).update(**stamps, **fields)
    return chosen


def codes(assessment):
    return list(assessment.answers.order_by("position").values_list("code", flat=True))


def test_every_device_meets_every_recommendation(page, assessment, other):
    answer(assessment, 2, verdict="adapted", justification="So.")
    one, two, three = codes(assessment)
    assert page() == [
        f"PMP-1, {one}: not assessed",
        f"PMP-1, {two}: adapted",
        f"PMP-1, {three}: not assessed",
        f"PMP-2, {one}: not assessed",
        f"PMP-2, {two}: not assessed",
        f"PMP-2, {three}: not assessed",
    ]


def test_phase_and_criterion_choose_columns(page, assessment):
    *_others, three = codes(assessment)
    assert page(phase="development") == [f"PMP-1, {three}: not assessed"]
    assert len(page(criterion="integrity")) == 3
    assert page(criterion="availability") == []


def test_class_chooses_rows(page, assessment, other):
    assert {name.partition(",")[0] for name in page(device_class="I")} == {"PMP-2"}


def test_a_verdict_chooses_cells_and_the_rows_that_have_one(page, assessment, other):
    answer(assessment, 1, verdict="followed")
    answer(other, 3, verdict="followed", is_applicable=False)
    one, _two, three = codes(assessment)
    assert page(verdict="followed") == [f"PMP-1, {one}: followed"]
    assert page(verdict="excluded") == [f"PMP-2, {three}: left out by the profile"]
    assert page(verdict="followed", phase="development") == []


def test_what_cannot_be_read_is_said_and_left_out(client, assessment):
    client.force_login(assessment.started_by)
    url = reverse("assessments:matrix", args=[assessment.organisation.slug])
    text = client.get(url, {"phase": "never", "page": "many"}).content.decode()
    assert "This filter was left out." in text
    assert "PMP-1, " in text


def test_only_the_current_assessment_of_a_device_is_a_row(page, assessment):
    newer = VersionFactory(device=Device.objects.get(), label="2.0", is_latest=False)
    AssessmentFactory(version=newer, actor=assessment.started_by, catalogue=assessment.catalogue)
    assert len(page()) == 3


def test_the_versions_of_a_device_are_rows_newest_first(client, assessment):
    device = assessment.device
    newer = VersionFactory(device=device, label="2.0", is_latest=False)
    AssessmentFactory(version=newer, actor=assessment.started_by, catalogue=assessment.catalogue)
    client.force_login(assessment.started_by)

    url = reverse("assessments:device-matrix", args=[assessment.organisation.slug, device.pk])
    text = client.get(url).content.decode()

    names = re.findall(r'aria-label="([^",]*), ', text)
    assert names == ["2.0"] * 3 + [assessment.version.label] * 3
    assert 'name="device_class"' not in text


def test_another_edition_brings_its_own_columns(page, assessment):
    edition = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=edition, phase="design")
    RecommendationFactory(section=section, code="NEW-1", position=1)
    RecommendationFactory(section=section, code=codes(assessment)[0], position=2)
    publish(edition)
    AssessmentFactory(
        catalogue=edition,
        actor=assessment.started_by,
        device__organisation=assessment.organisation,
        device__reference="PMP-2",
    )
    names = page()
    assert len(names) == 3 + 2
    assert "PMP-2, NEW-1: not assessed" in names
    assert "PMP-1, NEW-1: not assessed" not in names


def test_only_the_table_is_sent_to_who_asks_for_it(client, assessment):
    client.force_login(assessment.started_by)
    url = reverse("assessments:matrix", args=[assessment.organisation.slug])
    text = client.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="matrix").content.decode()
    assert text.lstrip().startswith('<div id="matrix">')


def test_the_queries_do_not_grow_with_the_devices(client, catalogue):
    counts = []
    for size in (1, 3, 12):
        first = AssessmentFactory(catalogue=catalogue)
        for _ in range(size - 1):
            AssessmentFactory(
                catalogue=catalogue,
                actor=first.started_by,
                device__organisation=first.organisation,
            )
        client.force_login(first.started_by)
        url = reverse("assessments:matrix", args=[first.organisation.slug])
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= 8
