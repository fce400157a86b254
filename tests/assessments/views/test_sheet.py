"""The pages of spreadsheets: out, in, confirmed."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import Answer, SheetImport
from tests.assessments.services.test_sheet import changed
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3}))


@pytest.fixture
def assessor(client, assessment):
    client.force_login(assessment.started_by)
    return client


def address(name, row):
    return reverse(f"assessments:{name}", args=[row.organisation.slug, row.pk])


def send(client, assessment, changes):
    content = client.get(address("assessment-export-csv", assessment)).content
    file = SimpleUploadedFile("answers.csv", changed(content, changes))
    return client.post(address("assessment-import", assessment), {"file": file})


def uploaded(client, assessment, changes, callbacks):
    with callbacks(execute=True):
        response = send(client, assessment, changes)
    sheet = SheetImport.objects.get()
    assert response.headers["Location"] == address("sheet-detail", sheet)
    return sheet


SAID = {"Verdict": "followed", "Justification": "As planned."}


def test_an_export_is_a_workbook_named_after_the_version(assessor, assessment):
    response = assessor.get(address("assessment-export", assessment))

    book = openpyxl.load_workbook(io.BytesIO(response.content))
    said = [cell.value for row in book["Read me"] for cell in row]
    reference, label = assessment.device.reference, assessment.version.label
    assert f"{reference}-{label}-" in response.headers["Content-Disposition"]
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert {f"{assessment.device.name} ({reference})", label, "3"} <= set(said)
    assert book["Answers"].max_row == 4


def test_only_what_the_filter_leaves_is_exported(assessor, assessment):
    Answer.objects.filter(position=2).update(owner=assessment.started_by)
    everything = assessor.get(address("assessment-export-csv", assessment)).content.decode()
    mine = assessor.get(address("assessment-export-csv", assessment) + "?owner=me")
    assert (everything.count("REC-"), mine.content.decode().count("REC-")) == (3, 1)


def test_a_filter_that_cannot_be_read_exports_nothing(assessor, assessment):
    response = assessor.get(
        address("assessment-export-csv", assessment) + "?owner=him&phase=design", follow=True
    )
    assert response.redirect_chain == [(assessment.get_absolute_url(), 302)]
    assert "This filter cannot be read: nothing was exported." in response.content.decode()


def test_a_sheet_is_uploaded_shown_and_written(
    assessor, assessment, django_capture_on_commit_callbacks
):
    sheet = uploaded(assessor, assessment, {1: SAID}, django_capture_on_commit_callbacks)
    second = Answer.objects.get(assessment=assessment, position=2)

    page = assessor.get(address("sheet-detail", sheet)).content.decode()
    assert "Write 1 change" in page
    assert "<ins>As planned.</ins>" in page
    assert "2 rows unchanged" in page
    assert second.verdict == "not_assessed"

    with django_capture_on_commit_callbacks(execute=True):
        assessor.post(address("sheet-confirm", sheet))

    second.refresh_from_db()
    assert second.verdict == "followed"
    assert "1 change is written." in assessor.get(address("sheet-detail", sheet)).content.decode()


def test_rows_are_shown_by_outcome(assessor, assessment, django_capture_on_commit_callbacks):
    changes = {0: SAID, 1: {"Verdict": "<b>perfect</b>"}}
    sheet = uploaded(assessor, assessment, changes, django_capture_on_commit_callbacks)

    page = assessor.get(address("sheet-detail", sheet), {"show": "refused"}).content.decode()
    assert "This verdict is not in the list." in page
    assert "&lt;b&gt;perfect&lt;/b&gt;" in page
    assert "<ins>As planned.</ins>" not in page


def test_a_colleague_reads_but_does_not_confirm(
    client, assessor, assessment, django_capture_on_commit_callbacks
):
    sheet = uploaded(assessor, assessment, {0: SAID}, django_capture_on_commit_callbacks)
    client.force_login(MembershipFactory(organisation=assessment.organisation).user)

    assert "alone can confirm" in client.get(address("sheet-detail", sheet)).content.decode()
    refused = client.post(address("sheet-confirm", sheet))

    assert refused.status_code == 409
    assert "alone can confirm" in refused.content.decode()
    sheet.refresh_from_db()
    assert sheet.state == "ready"


def test_a_reviewer_exports_but_does_not_import(client, assessment):
    client.force_login(
        MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user
    )
    assert client.get(address("assessment-export", assessment)).status_code == 200
    assert client.get(address("assessment-import", assessment)).status_code == 403


def test_a_wrong_file_says_why_and_nothing_is_written(
    assessor, assessment, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        file = SimpleUploadedFile("plan.pdf", b"%PDF-1.7 \xff")
        assessor.post(address("assessment-import", assessment), {"file": file})
    page = assessor.get(address("sheet-detail", SheetImport.objects.get())).content.decode()
    assert "neither a workbook nor CSV" in page
    assert "Nothing was written." in page


def test_an_upload_without_a_file_is_asked_for(assessor, assessment):
    response = assessor.post(address("assessment-import", assessment))
    assert response.status_code == 422
    assert not SheetImport.objects.exists()


def test_a_discarded_sheet_is_over(assessor, assessment, django_capture_on_commit_callbacks):
    sheet = uploaded(assessor, assessment, {0: SAID}, django_capture_on_commit_callbacks)
    assert assessor.post(address("sheet-discard", sheet)).status_code == 302
    assert assessor.post(address("sheet-confirm", sheet)).status_code == 409


def test_what_is_read_shows_how_far_it_is(assessor, assessment):
    send(assessor, assessment, {0: SAID})
    sheet = SheetImport.objects.get()
    SheetImport.objects.update(state="reading", progress_percent=60)
    response = assessor.get(
        address("sheet-detail", sheet), headers={"HX-Request": "true", "HX-Target": "state"}
    )
    page = response.content.decode()
    assert "<html" not in page
    assert 'value="60"' in page
    assert 'hx-trigger="every 1s"' in page


def test_the_queries_of_a_dry_run_do_not_grow_with_its_rows(
    client, django_capture_on_commit_callbacks, django_assert_max_num_queries
):
    counts = []
    for size in (1, 3):
        assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": size}))
        client.force_login(assessment.started_by)
        SheetImport.objects.all().delete()
        changes = {n: SAID | {"Owner (e-mail)": assessment.started_by.email} for n in range(size)}
        sheet = uploaded(client, assessment, changes, django_capture_on_commit_callbacks)
        with django_assert_max_num_queries(8) as captured:
            client.get(address("sheet-detail", sheet))
        counts.append(len(captured))
    assert counts[0] == counts[1]
