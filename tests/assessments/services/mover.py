"""A worker killed while it moves: ``main(RUN, NUMBER)`` for ``run_together``.

The process is killed in the move of that number, when all is written and nothing is committed.
"""

import os
import signal
from itertools import count
from uuid import UUID


def main(run: str, number: str) -> None:
    from assessments.services import moving, moving_many

    calls = count(1)
    record = moving.record

    def killed(*args: object, **kwargs: object) -> object:
        if next(calls) == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return record(*args, **kwargs)

    moving.record = killed
    moving_many.go_on(UUID(run))
