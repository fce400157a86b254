import datetime as dt
import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments import tasks
from assessments.models import Dossier
from assessments.services.dossier import STALLED_AFTER
from assessments.services.sealing import Notice
from tests.authority import Authority
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

pytestmark = pytest.mark.django_db

CONTENT = b"%PDF-1.7 looks like a dossier"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))


@pytest.fixture
def manager(client, assessment):
    """Sign in a manager of the organisation."""
    manager = MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER).user
    client.force_login(manager)
    return manager


@pytest.fixture
def auditor(client, assessment):
    """Sign in an auditor of the organisation."""
    auditor = MembershipFactory(organisation=assessment.organisation, role=Role.AUDITOR).user
    client.force_login(auditor)
    return auditor


@pytest.fixture
def queued(monkeypatch):
    """Collect what the worker is asked to make, and make nothing."""
    asked = []
    monkeypatch.setattr(
        type(tasks.issue_dossier), "enqueue", lambda task, *keys: asked.append(keys)
    )
    return asked


def dossier_of(assessment, serial=1, **fields):
    return Dossier.objects.create(
        organisation=assessment.organisation,
        assessment=assessment,
        year=2026,
        serial=serial,
        requested_by=assessment.started_by,
        **{"language": "fr"} | fields,
    )


def issued(assessment, serial=1, **fields):
    """Make a dossier that was issued, with a file of its own."""
    path = f"dossiers/{assessment.pk}-{serial}.pdf"
    default_storage.save(path, ContentFile(CONTENT))
    complete = {
        "state": "issued",
        "progress_percent": 100,
        "issued_at": timezone.now(),
        "file": path,
        "file_sha256": DIGEST,
        "size_bytes": len(CONTENT),
        "pages": 12,
        "snapshot": "{}",
        "snapshot_sha256": "1" * 64,
        "is_test_seal": True,
    }
    return dossier_of(assessment, serial, **complete | fields)


def url(row, step):
    return reverse(f"assessments:{step}", args=[row.organisation.slug, row.pk])


def list_of(client, assessment):
    address = reverse("assessments:dossier-list", args=[assessment.organisation.slug])
    return client.get(address)


# Asking


def test_a_dossier_is_asked_for_once_its_row_is_there(
    client, manager, assessment, queued, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as later:
        response = client.post(url(assessment, "assessment-issue"), {"language": "en"})

    dossier = Dossier.objects.get()
    assert response.headers["Location"] == url(dossier, "dossier-detail")
    assert (dossier.state, dossier.language, dossier.requested_by) == ("queued", "en", manager)
    assert queued == []
    for callback in later:
        callback()
    assert queued == [(str(dossier.pk), str(assessment.organisation_id))]
    assert AuditEvent.objects.get(verb="dossier.request").data["number"] == dossier.number


def test_numbers_are_never_used_again(client, manager, assessment, queued):
    dossier_of(assessment, 7, state="failed", failure="The disk is full.")
    Dossier.objects.update(year=timezone.localdate().year)
    client.post(url(assessment, "assessment-issue"), {"language": "fr"})
    assert set(Dossier.objects.values_list("serial", flat=True)) == {7, 8}


def test_a_second_one_in_the_same_language_waits(client, manager, assessment, queued):
    client.post(url(assessment, "assessment-issue"), {"language": "fr"})

    again = client.post(url(assessment, "assessment-issue"), {"language": "fr"})
    other = client.post(url(assessment, "assessment-issue"), {"language": "en"})

    assert again.status_code == 409
    assert "of this assessment is being made; wait for it." in again.content.decode()
    assert other.status_code == 302


@pytest.mark.parametrize("language", ["", "de", "a\x00b"])
def test_a_language_the_portal_does_not_write_is_refused(client, manager, assessment, language):
    response = client.post(url(assessment, "assessment-issue"), {"language": language})
    assert response.status_code == 422
    assert not Dossier.objects.exists()


def test_who_asks_is_told_that_it_will_be_provisional(client, manager, assessment):
    page = client.get(url(assessment, "assessment-issue")).content.decode()
    assert "it is a provisional copy. Not signed: Design, Development" in page


def test_an_assessor_does_not_issue(client, assessment):
    client.force_login(assessment.started_by)
    response = client.post(url(assessment, "assessment-issue"), {"language": "fr"})
    assert response.status_code == 403
    assert not Dossier.objects.exists()


# Following


def test_progress_is_shown_and_asked_for_again(client, manager, assessment):
    dossier = dossier_of(assessment, state="rendering", progress_percent=10)
    address = url(dossier, "dossier-detail")

    page = client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "state"})

    assert "10 %" in page
    assert f'hx-get="{address}" hx-trigger="every 1s"' in page
    assert part.content.decode().strip().startswith('<div id="state"')
    assert part.content.decode().strip() in page


def test_what_is_issued_is_asked_for_no_more(client, manager, assessment):
    page = client.get(url(issued(assessment), "dossier-detail")).content.decode()
    assert "hx-trigger" not in page
    assert DIGEST in page
    assert "Test seal, no legal value." in page
    assert "12 pages" in page


def test_a_failure_is_told_and_can_be_tried_again(
    client, manager, assessment, queued, django_capture_on_commit_callbacks
):
    dossier = dossier_of(assessment, state="failed", failure="The disk is full.")
    assert "The disk is full." in client.get(url(dossier, "dossier-detail")).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url(dossier, "dossier-retry"))

    dossier.refresh_from_db()
    assert response.headers["Location"] == url(dossier, "dossier-detail")
    assert (dossier.state, dossier.failure, dossier.serial) == ("queued", "", 1)
    assert queued == [(str(dossier.pk), str(assessment.organisation_id))]


def test_what_did_not_fail_is_not_tried_again(client, manager, assessment):
    dossier = issued(assessment)
    response = client.post(url(dossier, "dossier-retry"))
    assert response.status_code == 409
    assert f"{dossier.number} did not fail" in response.content.decode()


def test_what_stalled_is_tried_again(client, manager, assessment, queued):
    dossier = dossier_of(assessment, state="rendering")
    Dossier.objects.update(started_at=timezone.now() - STALLED_AFTER - dt.timedelta(seconds=1))
    assert client.post(url(dossier, "dossier-retry")).status_code == 302


def test_what_was_overtaken_is_not_tried_again(client, manager, assessment):
    failed = dossier_of(assessment, state="failed", failure="The disk is full.")
    issued(assessment, 2)
    response = client.post(url(failed, "dossier-retry"))
    assert response.status_code == 409
    assert "A newer dossier was asked for since" in response.content.decode()


# Reading


def test_the_list_shows_number_device_and_state(client, manager, assessment):
    issued(assessment)
    page = list_of(client, assessment).content.decode()
    assert "D-2026-0001" in page
    assert f"<bdi>{assessment.device.name}</bdi>" in page
    assert "provisional" in page


def test_an_empty_list_says_where_dossiers_begin(client, manager, assessment):
    page = list_of(client, assessment).content.decode()
    assert "No dossier was issued yet." in page
    assert "Choose an assessment" in page


def test_an_auditor_sees_what_was_issued_and_no_drafts(client, auditor, assessment):
    seen, hidden = issued(assessment, 1), dossier_of(assessment, 2)
    assert list(list_of(client, assessment).context["dossiers"]) == [seen]
    assert client.get(url(seen, "dossier-detail")).status_code == 200
    assert client.get(url(hidden, "dossier-detail")).status_code == 404


def test_an_auditor_is_not_offered_an_assessment(client, auditor, assessment):
    assert "Choose an assessment" not in list_of(client, assessment).content.decode()


def test_the_file_comes_back_as_it_was_issued(client, auditor, assessment):
    response = client.get(url(issued(assessment), "dossier-download"))
    assert b"".join(response.streaming_content) == CONTENT
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="D-2026-0001-fr.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("step", ["dossier-detail", "dossier-download"])
def test_another_organisation_finds_nothing(client, assessment, step):
    dossier = issued(assessment)
    stranger = MembershipFactory(role=Role.MANAGER)
    client.force_login(stranger.user)
    for slug in (assessment.organisation.slug, stranger.organisation.slug):
        assert (
            client.get(reverse(f"assessments:{step}", args=[slug, dossier.pk])).status_code == 404
        )


def test_what_is_not_issued_has_no_file(client, manager, assessment):
    dossier = dossier_of(assessment)
    assert client.get(url(dossier, "dossier-download")).status_code == 404
    assert client.post(url(dossier, "dossier-verify")).status_code == 404


def test_a_file_that_is_lost_is_not_found(client, manager, assessment):
    dossier = issued(assessment)
    default_storage.delete(dossier.file)
    assert client.get(url(dossier, "dossier-download")).status_code == 404
    assert client.post(url(dossier, "dossier-verify")).status_code == 404


def test_a_file_that_was_exchanged_is_no_dossier(client, manager, assessment):
    page = client.post(url(issued(assessment), "dossier-verify")).content.decode()
    assert "note-bad" in page
    assert "note-good" not in page


# Withdrawing


def test_a_dossier_is_withdrawn_with_a_reason_and_stays(client, manager, assessment):
    dossier = issued(assessment)

    response = client.post(url(dossier, "dossier-withdraw"), {"reason": "The wrong version."})

    dossier.refresh_from_db()
    assert response.headers["Location"] == url(dossier, "dossier-detail")
    assert (dossier.state, dossier.withdrawal_reason) == ("withdrawn", "The wrong version.")
    assert "The wrong version." in client.get(url(dossier, "dossier-detail")).content.decode()
    download = client.get(url(dossier, "dossier-download"))
    assert b"".join(download.streaming_content) == CONTENT


def test_a_dossier_is_not_withdrawn_without_a_reason(client, manager, assessment):
    dossier = issued(assessment)
    response = client.post(url(dossier, "dossier-withdraw"), {"reason": " "})
    dossier.refresh_from_db()
    assert response.status_code == 422
    assert dossier.state == "issued"


@pytest.mark.parametrize("state", ["queued", "failed", "withdrawn"])
def test_what_cannot_be_withdrawn_is_said_and_the_reason_stays(client, manager, assessment, state):
    dossier = {
        "queued": lambda: dossier_of(assessment),
        "failed": lambda: dossier_of(assessment, state="failed", failure="The disk is full."),
        "withdrawn": lambda: issued(
            assessment,
            state="withdrawn",
            withdrawn_at=timezone.now(),
            withdrawal_reason="Another reason.",
        ),
    }[state]()

    response = client.post(url(dossier, "dossier-withdraw"), {"reason": "The wrong version."})

    page = response.content.decode()
    assert response.status_code == 409
    assert "Only an issued dossier can be withdrawn." in page
    assert "The wrong version." in page


def test_an_auditor_does_not_withdraw(client, auditor, assessment):
    dossier = issued(assessment)
    assert url(dossier, "dossier-withdraw") not in (
        client.get(url(dossier, "dossier-detail")).content.decode()
    )
    assert client.post(url(dossier, "dossier-withdraw"), {"reason": "No."}).status_code == 403


# From beginning to end


def test_a_dossier_is_made_downloaded_and_verified(
    client, manager, assessment, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url(assessment, "assessment-issue"), {"language": "en"})

    dossier = Dossier.objects.get()
    assert (dossier.state, dossier.failure) == ("issued", "")
    download = client.get(url(dossier, "dossier-download"))
    content = b"".join(download.streaming_content)
    assert hashlib.sha256(content).hexdigest() == dossier.file_sha256
    page = client.post(url(dossier, "dossier-verify")).content.decode()
    assert f"Dossier {dossier.number} is intact" in page
    assert "note-bad" not in page

    path = default_storage.path(dossier.file)
    with open(path, "r+b") as file:  # noqa: PTH123 -- as somebody with the disk would
        file.seek(len(content) // 2)
        file.write(bytes([content[len(content) // 2] ^ 1]))
    page = client.post(url(dossier, "dossier-verify")).content.decode()
    assert "note-bad" in page
    assert "is intact" not in page


@pytest.fixture
def authority(settings, tmp_path):
    """Run a time-stamping authority that the portal is told of."""
    with Authority() as running:
        trust = tmp_path / "tsa.pem"
        trust.write_bytes(running.root.certificate.public_bytes(Encoding.PEM))
        settings.SEAL_TSA_URL, settings.SEAL_TSA_TRUST = running.url, str(trust)
        yield running


@pytest.mark.usefixtures("manager")
def test_when_the_authority_fails_nothing_is_issued_and_the_number_waits(
    client, assessment, authority, django_capture_on_commit_callbacks
):
    authority.mood = "broken"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url(assessment, "assessment-issue"), {"language": "en"})
    failed = Dossier.objects.get()
    page = client.get(url(failed, "dossier-detail")).content.decode()

    assert (failed.state, failed.file, failed.seal_level) == ("failed", "", "")
    assert "The time-stamping authority refused, or answered with an error. (500" in page
    assert client.get(url(failed, "dossier-download")).status_code == 404

    authority.mood = "well"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url(failed, "dossier-retry"))
    dossier = Dossier.objects.get()
    assert (dossier.state, dossier.number) == ("issued", failed.number)
    assert dossier.seal_level == "PAdES B-LTA"
    page = client.post(url(dossier, "dossier-verify")).content.decode()
    assert f"Dossier {dossier.number} is intact" in page
    assert page.count("A trusted authority confirms the instant") == 2
    assert "+00:00" not in page, "instants are said in the language of the page"


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize(
    ("is_refusal", "said"), [(True, "No dossier can be issued until then"), (False, "It ends.")]
)
def test_what_is_to_be_known_of_the_seal_is_said_before_issuing(
    client, assessment, monkeypatch, is_refusal, said
):
    notice = Notice("It ends.", is_refusal=is_refusal)
    monkeypatch.setattr("assessments.views.dossier_issue.notice_of_seal", lambda _now: notice)
    page = client.get(url(assessment, "assessment-issue")).content.decode()
    assert said in page
    assert ("No dossier can be issued" in page) == is_refusal
