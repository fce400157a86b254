"""Several processes at once, on the database the tests run on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

from django.conf import settings
from django.db import connection

PATIENCE_SECONDS = 120


def environment() -> dict[str, str]:
    """Return the variables with which a process uses the database of this test."""
    url = "sqlite:///{NAME}"
    if connection.vendor == "postgresql":
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}"
    return os.environ | {
        "DATABASE_URL": url.format(**connection.settings_dict),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python ARGUMENTS`` to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def run_together(module: str, each: Sequence[Sequence[str]]) -> list[int]:
    """Run ``main`` of a module with each of these arguments, in a process each: how they ended.

    They begin together, and start from one process that has read Django, and no row yet: reading
    it takes seconds each time. One that was killed ends with the number of the signal, negated.
    """
    started = run("-m", "tests.processes", module, json.dumps(each))
    assert started.returncode == 0, started.stderr
    ended: list[int] = json.loads(started.stdout.splitlines()[-1])
    return ended


def _begin_together(module: str, each: str) -> None:
    import django

    django.setup()
    main = import_module(module).main
    waiting, go = os.pipe()
    children = [_child(main, arguments, waiting, go) for arguments in json.loads(each)]
    os.close(waiting)
    os.close(go)  # whoever reads the pipe now finds its end
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.stdout.write(f"\n{json.dumps(ended)}\n")


def _child(main: Callable[..., None], arguments: Sequence[str], waiting: int, go: int) -> int:
    child = os.fork()
    if child:
        return child
    from ansm_portal import tenancy

    status = 1
    try:
        os.close(go)
        os.read(waiting, 1)
        with tenancy.every_organisation():
            main(*arguments)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(status)  # nothing of the parent's is tidied up


if __name__ == "__main__":
    _begin_together(*sys.argv[1:])
