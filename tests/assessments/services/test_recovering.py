"""Workers that die, and several at once: no number is lost or doubled, no file stays behind."""

import datetime as dt
import io
import os
import subprocess
import sys

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.processes import is_gone, this_process
from assessments import tasks
from assessments.models import Dossier
from assessments.services import issuing, recovering
from assessments.services.attempt import making
from assessments.services.dossier import SILENT_AFTER, allocate, retry
from assessments.services.issuing import issue
from assessments.services.recovering import MOST_ATTEMPTS, UNSAID_AFTER, recover
from tests.assessments.services import pageless
from tests.factories import AssessmentFactory, CatalogueFactory, VersionFactory
from tests.processes import run_together

STAGES = ("snapshot", "layout", "writing", "attaching", "sealing", "checking", "keeping", "issued")


@pytest.fixture
def files(settings, tmp_path, monkeypatch):
    """Keep files, and work, where this test and the processes it starts see them."""
    monkeypatch.setenv("KEEP_FILES_IN", str(tmp_path))
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


@pytest.fixture
def queued(monkeypatch):
    """Collect what the worker is asked to make, and make nothing."""
    asked = []
    monkeypatch.setattr(
        type(tasks.issue_dossier), "enqueue", lambda task, *keys: asked.append(keys)
    )
    return asked


def several(count):
    """Return dossiers that wait, each of another device of one organisation."""
    catalogue = CatalogueFactory(sizes={"design": 1})
    first = AssessmentFactory(catalogue=catalogue)
    more = [
        AssessmentFactory(
            version=VersionFactory(device__organisation=first.organisation), catalogue=catalogue
        )
        for _ in range(count - 1)
    ]
    return [allocate(each, language="en", actor=each.started_by) for each in (first, *more)]


def stored():
    folder = default_storage.location
    return {
        os.path.relpath(f"{where}/{name}", folder)
        for where, _folders, names in os.walk(folder)
        for name in names
    }


def died(state="rendering", **fields):
    """Return a dossier whose process ended: there is none of its number any more."""
    (dossier,) = several(1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    machine, _pid, began = this_process().split(" ")
    ended.wait()
    name = f"{machine} {ended.pid} {began}"
    now = timezone.now()
    Dossier.objects.update(
        **{
            "state": state,
            "stage": "layout",
            "started_at": now,
            "heard_at": now,
            "made_by_process": name,
            "attempts": 1,
        }
        | fields
    )
    dossier.refresh_from_db()
    return dossier


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_at_any_stage_leaves_a_dossier_that_is_made_again(
    files, queued, monkeypatch
):
    dossiers = several(len(STAGES))
    orders = [f"{stage}:{each.pk}" for stage, each in zip(STAGES, dossiers, strict=True)]

    assert run_together("tests.assessments.services.dying", [orders]) == [0]

    left = Dossier.objects.order_by("serial")
    assert {each.state for each in left} <= {"rendering", "sealing"}
    assert [each.stage for each in left] == [*STAGES[:-1], "keeping"]
    assert len(stored()) == 1, "of the one that was killed just before it was issued"
    assert len(list(making().iterdir())) == len(STAGES)

    taken = recover(at=timezone.now())

    assert len(taken) == len(queued) == len(STAGES)
    assert {each.state for each in Dossier.objects.all()} == {"queued"}
    assert list(making().iterdir()) == []
    assert recover(at=timezone.now()) == []
    assert AuditEvent.objects.filter(verb="dossier.recover").count() == len(STAGES)

    monkeypatch.setattr(issuing, "to_file", pageless.render)
    monkeypatch.setattr(issuing, "verify_file", pageless.verify)
    last = issue(dossiers[-1].pk)
    assert (last.state, last.failure, last.serial) == ("issued", "", len(STAGES))
    assert list(Dossier.objects.order_by("serial").values_list("serial", flat=True)) == [
        *range(1, len(STAGES) + 1)
    ]

    said = io.StringIO()
    (orphan,) = stored() - {last.file}
    call_command("tidy_files", "--dry-run", "--hours=0", stdout=said)
    assert orphan in said.getvalue()
    assert last.file not in said.getvalue()
    assert orphan in stored()
    call_command("tidy_files", "--hours=0", stdout=said)
    assert stored() == {last.file}


@pytest.mark.django_db(transaction=True)
def test_several_workers_make_each_dossier_once(files):
    dossiers = several(2)
    keys = [str(each.pk) for each in dossiers]
    assert run_together("tests.assessments.services.maker", [keys] * 3) == [0, 0, 0]

    assert [each.state for each in Dossier.objects.all()] == ["issued", "issued"]
    assert set(Dossier.objects.values_list("attempts", flat=True)) == {1}
    assert AuditEvent.objects.filter(verb="dossier.issue").count() == 2
    assert stored() == set(Dossier.objects.values_list("file", flat=True))
    assert list(making().iterdir()) == []


@pytest.mark.django_db
def test_a_process_that_lives_is_left_alone(queued):
    died(made_by_process=this_process())
    assert recover(at=timezone.now()) == []


@pytest.mark.django_db
def test_a_process_of_another_machine_is_taken_for_dead_when_it_is_silent(
    queued, django_capture_on_commit_callbacks
):
    dossier = died(made_by_process="elsewhere/1/x 17 4711")
    assert recover(at=timezone.now()) == []
    with django_capture_on_commit_callbacks(execute=True):
        (taken,) = recover(at=timezone.now() + SILENT_AFTER + dt.timedelta(seconds=1))
    assert (taken.pk, taken.state) == (dossier.pk, "queued")
    assert queued == [(str(dossier.pk), str(dossier.organisation_id))]


@pytest.mark.django_db
def test_what_kills_its_process_again_and_again_fails_and_can_be_tried_again(queued):
    dossier = died(attempts=MOST_ATTEMPTS)
    recover(at=timezone.now())
    dossier.refresh_from_db()
    assert dossier.state == "failed"
    assert "ended 3 times without a word, last while laying out pages" in dossier.failure

    again = retry(dossier.pk, actor=dossier.requested_by)
    assert (again.state, again.attempts, again.number) == ("queued", 0, dossier.number)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stands", "is_forgotten"),
    [("waiting", False), ("taken", False), ("taken long ago", True), ("pruned", True)],
)
def test_what_no_task_will_make_is_handed_over_again(
    settings, queued, stands, is_forgotten, django_capture_on_commit_callbacks
):
    from django_tasks_db.models import DBTaskResult

    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    several(1)
    now = timezone.now() + UNSAID_AFTER + dt.timedelta(seconds=1)
    row = DBTaskResult.objects.create(
        task_path="assessments.tasks.issue_dossier",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        run_after=timezone.now(),
    )
    if stands.startswith("taken"):
        long_ago = stands.endswith("ago")
        row.status, row.worker_ids = "RUNNING", ["w"]
        row.started_at = now - (2 * UNSAID_AFTER if long_ago else UNSAID_AFTER / 2)
        row.save()
    Dossier.objects.update(task_id=str(row.pk))
    if stands == "pruned":
        row.delete()

    with django_capture_on_commit_callbacks(execute=True):
        taken = recover(at=now)

    assert bool(taken) == bool(queued) == is_forgotten


@pytest.mark.django_db
def test_files_that_rows_name_or_somebody_writes_are_no_strays(files):
    default_storage.save("dossiers/aa/fresh.pdf", ContentFile(b"x"))
    assert list(recovering.strays(before=timezone.now() - dt.timedelta(days=1))) == []
    (found,) = recovering.strays(before=timezone.now() + dt.timedelta(seconds=1))
    assert (found.name, found.size_bytes) == ("dossiers/aa/fresh.pdf", 1)


def test_a_process_knows_itself_and_nothing_of_other_machines():
    machine, pid, began = this_process().split(" ")
    assert not is_gone(this_process())
    assert is_gone(f"{machine} {pid} {int(began) + 1}"), "another process with its number"
    assert not is_gone(f"elsewhere {pid} {began}")
    assert not is_gone("")


def test_a_process_ends_with_the_one_that_started_it():
    child = (
        "import os, sys, time; from ansm_portal.processes import end_with_parent; "
        "end_with_parent(os.getppid()); print(os.getpid(), flush=True); time.sleep(60)"
    )
    parent = (
        f"import subprocess, sys, os; c = subprocess.Popen([sys.executable, '-c', {child!r}], "
        "stdout=subprocess.PIPE); print(c.stdout.readline().decode(), flush=True); os._exit(9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], capture_output=True, text=True, check=False
    )
    machine = this_process().split(" ")[0]
    assert done.returncode == 9
    assert is_gone(f"{machine} {int(done.stdout)} 0")
