"""Several processes at once, on the database the tests run on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

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
    """Start ``python -m MODULE`` with each of these arguments; return how they ended.

    They begin together: each says that it is ready with :func:`begin`.
    """
    started = [
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=settings.BASE_DIR,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for arguments in each
    ]
    assert [process.stdout.readline() for process in started] == ["ready\n"] * len(each)
    for process in started:
        process.stdin.close()
    for process in started:
        process.wait(timeout=PATIENCE_SECONDS)
        process.stdout.close()
    return [process.returncode for process in started]


def begin(main: Callable[..., None]) -> None:
    """Run ``main`` with the arguments of the process when the test says so, every row in sight."""
    import django

    django.setup()
    from ansm_portal import tenancy

    with tenancy.every_organisation():
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()
        main(*sys.argv[1:])
