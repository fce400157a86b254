"""Workers that are killed: ``main(*STAGE:DOSSIER)`` for ``run_together``.

Each dossier is made by a process of its own, which is killed as soon as it enters the stage.
"""

import os
import signal


def die(*_arguments, **_named):
    os.kill(os.getpid(), signal.SIGKILL)


def make(stage, pk):
    from assessments.services import issuing
    from assessments.services.attempt import Attempt

    enters = Attempt.enters

    def enters_and_dies(self, entered, **how):
        enters(self, entered, **how)
        if entered == stage:
            die()

    Attempt.enters = enters_and_dies
    if stage == "snapshot":
        issuing._freeze = die  # noqa: SLF001 -- nobody is told of it
    if stage == "issued":
        issuing._finish = die  # noqa: SLF001 -- the same
    issuing.issue(pk)


def main(*orders):
    from django.db import connections

    from tests.assessments.services import pageless

    pageless.use()
    connections.close_all()
    children = []
    for order in orders:
        if child := os.fork():
            children.append(child)
            continue
        make(*order.split(":"))
        os._exit(1)  # it should have died
    for child in children:
        _pid, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)
