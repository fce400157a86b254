"""Making a dossier when something stands in the way: nothing half issued, no number lost."""

import errno
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError

from ansm_portal.audit.models import AuditEvent
from assessments.dossier import render
from assessments.dossier.render import Limits, to_file
from assessments.models import Dossier, DossierBatch, Evidence
from assessments.services import issuing
from assessments.services.attempt import making
from assessments.services.dossier import allocate, cancel, place_in_queue, retry
from assessments.services.evidence import cite
from assessments.services.issuing import issue
from assessments.services.wishing import DossierRefused
from tests.assessments.dossier import samples
from tests.assessments.services import pageless
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

CONTENT = b"%PDF-1.7 a report"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def assessment(db):
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))


def waiting(assessment, **choices):
    return allocate(assessment, language="en", actor=assessment.started_by, **choices)


def report(assessment, content=CONTENT):
    """Let the assessment cite a file."""
    organisation, author = assessment.organisation, assessment.started_by
    sha256 = hashlib.sha256(content).hexdigest()
    path = default_storage.save(f"evidence/{organisation.pk}/aa/{sha256}", ContentFile(content))
    piece = Evidence.objects.create(
        organisation=organisation,
        number=Evidence.objects.count() + 1,
        kind="file",
        title="Penetration test",
        file=path,
        file_name="report.pdf",
        media_type="application/pdf",
        size_bytes=len(content),
        sha256=sha256,
        added_by=author,
    )
    cite(assessment.answers.get().pk, evidence=piece, actor=author)
    return piece


def dossiers_stored():
    return list(Path(default_storage.path("dossiers")).glob("*/*"))


# Evidence


def test_evidence_is_attached_or_comes_in_a_second_file(settings, assessment):
    settings.DOSSIER_ATTACHED_MAX_BYTES = len(CONTENT)
    report(assessment)
    report(assessment, b"%PDF-1.7 a second report")
    dossier = issue(waiting(assessment, with_evidence=True).pk)

    assert (dossier.state, dossier.failure) == ("issued", "")
    with default_storage.open(dossier.file) as file:
        content = file.read()
    assert CONTENT in content
    assert b"a second report" not in content
    with default_storage.open(dossier.archive) as file:
        archive = file.read()
    assert hashlib.sha256(archive).hexdigest() == dossier.archive_sha256
    assert len(archive) == dossier.archive_size_bytes
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.namelist() == ["evidence-manifest.json", "EV-0002.pdf"]
        assert opened.read("EV-0002.pdf") == b"%PDF-1.7 a second report"
    event = AuditEvent.objects.get(verb="dossier.issue")
    assert event.data["archive_sha256"] == dossier.archive_sha256


def test_the_command_writes_both_files(settings, assessment, tmp_path, monkeypatch):
    settings.DOSSIER_ATTACHED_MAX_BYTES = 0
    monkeypatch.setattr(issuing, "to_file", pageless.render)
    monkeypatch.setattr(issuing, "verify_file", pageless.verify)
    report(assessment)
    target = tmp_path / "dossier.pdf"

    call_command("issue_dossier", str(assessment.pk), "--with-evidence", f"--output={target}")

    dossier = Dossier.objects.get()
    assert hashlib.sha256(target.read_bytes()).hexdigest() == dossier.file_sha256
    with zipfile.ZipFile(target.with_suffix(".zip")) as archive:
        assert archive.read("EV-0001.pdf") == CONTENT


@pytest.mark.parametrize("is_there", [True, False])
def test_evidence_that_changed_on_the_disk_is_refused(settings, assessment, monkeypatch, is_there):
    settings.DOSSIER_ATTACHED_MAX_BYTES = 0
    piece = report(assessment)
    default_storage.delete(piece.file)
    if is_there:
        default_storage.save(piece.file, ContentFile(CONTENT[::-1]))
    monkeypatch.setattr(issuing, "to_file", lambda *_args, **_how: 1)

    dossier = issue(waiting(assessment, with_evidence=True).pk)

    assert dossier.state == "failed"
    assert "The file of EV-0001 is missing, or its content is not the one" in dossier.failure
    assert list(making().iterdir()) == dossiers_stored() == []


# A full disk


def test_a_full_disk_issues_nothing_and_the_number_waits(settings, assessment, monkeypatch):
    """The first file is there already when there is no room for the second."""
    settings.DOSSIER_ATTACHED_MAX_BYTES = 0
    report(assessment)
    monkeypatch.setattr(issuing, "to_file", pageless.render)
    monkeypatch.setattr(issuing, "verify_file", pageless.verify)
    dossier, save, saved = waiting(assessment, with_evidence=True), default_storage.save, []

    def full(name, content, **how):
        if saved:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved.append(name)
        return save(name, content, **how)

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", full)
        failed = issue(dossier.pk)
    assert (failed.state, failed.file, failed.archive) == ("failed", "", "")
    assert "could not be written: No space left on device" in failed.failure
    assert saved
    assert dossiers_stored() == []

    retry(dossier.pk, actor=dossier.requested_by)
    again = issue(dossier.pk)
    assert (again.state, again.number) == ("issued", dossier.number)
    assert Dossier.objects.count() == 1


def test_a_rendering_that_finds_the_disk_full_says_so():
    with pytest.raises(OSError, match="No space left on device"):
        to_file(
            '<html lang="en"><title>T</title><h1>T</h1><form><input name="seal" title="S"></form>',
            Path("/dev/full"),
            snapshot=samples.snapshot(),
            limits=Limits(),
        )


# Cancelling


def test_cancelling_kills_the_rendering_and_keeps_the_number(assessment, monkeypatch):
    dossier, started = waiting(assessment), []
    popen = render.subprocess.Popen

    def starts(*arguments, **how):
        started.append(popen(*arguments, **how))
        cancel(dossier.pk, actor=dossier.requested_by, manages=False)
        return started[0]

    monkeypatch.setattr(render.subprocess, "Popen", starts)
    cancelled = issue(dossier.pk)

    assert started[0].returncode == -9
    assert (cancelled.state, cancelled.failure, cancelled.file) == ("cancelled", "", "")
    assert list(making().iterdir()) == []
    event = AuditEvent.objects.get(verb="dossier.cancel")
    assert (event.actor, event.data["number"]) == (dossier.requested_by, dossier.number)
    assert waiting(assessment).serial == dossier.serial + 1


def test_only_who_asked_or_a_manager_cancels(assessment):
    dossier = waiting(assessment)
    stranger = MembershipFactory(organisation=assessment.organisation).user
    with pytest.raises(DossierRefused, match="or a manager"):
        cancel(dossier.pk, actor=stranger, manages=False)
    assert cancel(dossier.pk, actor=stranger, manages=True).cancelled_by == stranger
    with pytest.raises(DossierRefused, match="nothing to cancel"):
        cancel(dossier.pk, actor=stranger, manages=True)


def test_a_cancelled_dossier_is_made_again_under_its_number(assessment):
    dossier = waiting(assessment)
    cancel(dossier.pk, actor=dossier.requested_by, manages=False)
    assert issue(dossier.pk).state == "cancelled", "its task finds nothing to do"
    again = retry(dossier.pk, actor=dossier.requested_by)
    assert (again.state, again.number, again.cancelled_by) == ("queued", dossier.number, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "cancelled"},
        {"cancelled_by": True},
        {"archive": "dossiers/x.zip"},
    ],
)
def test_the_database_refuses_what_is_half_said(assessment, changes):
    dossier = waiting(assessment)
    if "cancelled_by" in changes:
        changes = {"cancelled_by": dossier.requested_by}
    with pytest.raises(IntegrityError):
        Dossier.objects.update(**changes)


# The queue


def test_who_asks_for_one_does_not_wait_for_a_batch(assessment):
    organisation = assessment.organisation
    batch = DossierBatch.objects.create(
        organisation=organisation, language="en", requested_by=assessment.started_by
    )
    others = [
        AssessmentFactory(device__organisation=organisation, catalogue=assessment.catalogue)
        for _ in range(2)
    ]
    of_batch = [waiting(each, batch=batch) for each in others]
    elsewhere = waiting(AssessmentFactory())
    single = waiting(assessment)
    assert [place_in_queue(each) for each in (elsewhere, single, *of_batch)] == [1, 2, 3, 4]
