"""One worker of ``run_workers``: ``db_worker``, ending with what started it."""

from __future__ import annotations

import gc
import os
import signal
from typing import Any

from django_tasks_db.management.commands import db_worker

from ansm_portal.processes import end_with_parent


class Command(db_worker.Command):
    """Takes the arguments of ``db_worker``."""

    def handle(self, *args: Any, **options: Any) -> None:
        end_with_parent(os.getppid(), how=signal.SIGTERM)
        # Looking for garbage among the objects of Django takes a third of the time of a check.
        gc.freeze()
        gc.set_threshold(100_000, 50, 50)
        super().handle(*args, **options)
