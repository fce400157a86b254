"""The record of a dossier in other formats, by download."""

import hashlib
import io
import json

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from ansm_portal.permissions import Role
from assessments.dossier.formats import files, schema
from assessments.dossier.snapshot import digest, to_canonical_json
from assessments.views.dossier import OFFERED
from tests.assessments.dossier import samples
from tests.assessments.views.test_dossier import dossier_of, issued
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

pytestmark = pytest.mark.django_db
SNAPSHOT = samples.snapshot(language="fr")
RECORD = to_canonical_json(SNAPSHOT)
NAMES = [name for name, _label in OFFERED]


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))


@pytest.fixture
def auditor(client, assessment):
    client.force_login(
        MembershipFactory(organisation=assessment.organisation, role=Role.AUDITOR).user
    )
    return client


@pytest.fixture
def dossier(assessment):
    return issued(assessment, snapshot=RECORD.decode(), snapshot_sha256=digest(RECORD))


def address(dossier, name):
    return reverse("assessments:dossier-data", args=[dossier.organisation.slug, dossier.pk, name])


@pytest.mark.parametrize("name", NAMES)
def test_an_auditor_downloads_each_format_that_the_page_offers(auditor, dossier, name):
    page = auditor.get(dossier.get_absolute_url()).content.decode()
    assert f'href="{address(dossier, name)}"' in page
    response = auditor.get(address(dossier, name))
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="{dossier.number}-{name}"'
    assert response["ETag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_what_is_downloaded_is_what_is_attached(auditor, dossier):
    for attached in files.attachments(SNAPSHOT):
        assert auditor.get(address(dossier, attached.name)).content == attached.content


def test_the_workbook_is_of_this_dossier(auditor, dossier):
    content = auditor.get(address(dossier, "dossier.xlsx")).content
    texts = [cell.value for row in load_workbook(io.BytesIO(content))["Lisez-moi"] for cell in row]
    assert dossier.snapshot_sha256 in texts


def test_a_format_that_is_none_is_not_found(auditor, dossier):
    assert auditor.get(address(dossier, "dossier.docx")).status_code == 404


def test_what_is_not_issued_has_no_data(auditor, assessment):
    assert auditor.get(address(dossier_of(assessment), "snapshot.json")).status_code == 404


def test_a_record_of_an_earlier_edition_is_given_as_it_is(auditor, assessment):
    earlier = json.dumps(json.loads(RECORD) | {"schema_version": "1"})
    dossier = issued(assessment, snapshot=earlier)
    assert auditor.get(address(dossier, "snapshot.json")).content == earlier.encode()
    response = auditor.get(address(dossier, "oscal-assessment-results.json"))
    assert response.status_code == 409
    assert "earlier edition of the portal" in response.content.decode()
    assert auditor.get(address(dossier, schema.NAME)).status_code == 409
