"""What keeps the workers running: it starts those that die again, and ends with all of them."""

import signal

import pytest
from django.core.management import call_command

from assessments.management.commands import run_workers


class Worker:
    """A process that ends when it is told, or by itself."""

    def __init__(self, ends_with=None):
        self.returncode = ends_with
        self.is_told = False

    def poll(self):
        return self.returncode

    def terminate(self):
        self.is_told = True

    def wait(self):
        return self.returncode


@pytest.fixture
def command(monkeypatch):
    """Run the command for a few rounds; return the workers that it started, and its pauses."""
    handlers, started, pauses, recovered = {}, [], [], []

    def run(*ends, rounds=3, processes=2):
        endings = iter(ends)

        def start(_arguments):
            started.append(Worker(next(endings, None)))
            return started[-1]

        def pause(seconds):
            pauses.append(seconds)
            if pauses.count(run_workers.LOOK_SECONDS) >= rounds:
                handlers[signal.SIGTERM](signal.SIGTERM, None)

        monkeypatch.setattr(run_workers.subprocess, "Popen", start)
        monkeypatch.setattr(run_workers.time, "sleep", pause)
        monkeypatch.setattr(run_workers.signal, "signal", handlers.__setitem__)
        monkeypatch.setattr(run_workers, "recover", lambda *, at: recovered.append(at) or [])
        call_command("run_workers", f"--processes={processes}")
        return started, pauses, recovered

    return run


@pytest.mark.django_db
def test_as_many_run_as_were_asked_for_and_all_end_with_it(command):
    started, _pauses, _recovered = command(processes=3)
    assert len(started) == 3
    assert all(worker.is_told for worker in started)


@pytest.mark.django_db
def test_one_that_is_killed_is_started_again_and_its_work_taken_up_at_once(command):
    started, pauses, recovered = command(-9, None, None, rounds=1)
    assert [worker.returncode for worker in started] == [-9, None, None]
    assert recovered
    assert run_workers.PAUSE_SECONDS not in pauses


@pytest.mark.django_db
def test_one_that_cannot_start_is_not_started_without_a_pause(command):
    _started, pauses, _recovered = command(1, None, None, rounds=1)
    assert run_workers.PAUSE_SECONDS in pauses
