"""Run the processes that work in the background, and start again those that die."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from ansm_portal import tenancy
from assessments.services.recovering import recover

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
RECOVER_SECONDS: Final = 15.0
# Without it a worker that cannot start would take all the time of a core.
PAUSE_SECONDS: Final = 5.0


class Command(BaseCommand):
    """One process for each core makes dossiers: rendering is outside of any transaction.

    On SQLite, too: what is written meanwhile takes milliseconds. What a process that died was
    making is taken up again at once.
    """

    help = "Run the worker processes, one for each core, and start again those that die."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--processes",
            type=int,
            default=settings.WORKERS or os.cpu_count() or 1,
            help="how many (default: WORKERS, or one for each core: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._ends = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        workers = [self._start() for _ in range(max(1, options["processes"]))]
        recovered = 0.0
        while not self._ends:
            died = [at for at, worker in enumerate(workers) if worker.poll() is not None]
            if died or time.monotonic() - recovered > RECOVER_SECONDS:
                self._recover()
                recovered = time.monotonic()
            for at in died:
                logger.warning("A worker ended with %s; starting another.", workers[at].returncode)
                time.sleep(PAUSE_SECONDS if workers[at].returncode > 0 else 0)
                workers[at] = self._start()
            time.sleep(LOOK_SECONDS)
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()

    def _end(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._ends = True

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, *_MANAGE, "run_worker", "--queue-name", "*"])  # noqa: S603 -- ours

    def _recover(self) -> None:
        try:
            with tenancy.every_organisation():
                for dossier in recover(at=timezone.now()):
                    logger.warning("Dossier %s was taken up again.", dossier.pk)
        except DatabaseError:
            logger.exception("The database did not answer; trying again.")
        close_old_connections()


_MANAGE: Final = (str(settings.BASE_DIR / "manage.py"),)
