"""Several processes append to one chain, on the database the tests run on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from tests.factories import OrganisationFactory

PROCESSES, EVENTS_EACH = 4, 15
PATIENCE_SECONDS = 120


@pytest.fixture
def environment(transactional_db, tmp_path):
    """Give the variables with which a process uses the database of this test.

    SQLite's lies in memory, where no other process looks: it is copied to a file by
    the returned function, once the rows are there.
    """
    named = connection.settings_dict

    def for_processes():
        if connection.vendor == "postgresql":
            url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**named)
        else:
            path = tmp_path / "portal.sqlite3"
            copy = sqlite3.connect(path)
            connection.connection.backup(copy)
            copy.close()
            url = f"sqlite:///{path}"
        return os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}

    return for_processes


def test_processes_that_append_together_leave_one_intact_chain(environment):
    organisation = OrganisationFactory(slug="maker")
    other = OrganisationFactory(slug="other")
    variables = environment()
    started = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.ansm_portal.audit.appender"),
                *(slug, str(number), str(EVENTS_EACH)),
            ],
            cwd=settings.BASE_DIR,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
        for slug in [other.slug if number == 0 else organisation.slug]
    ]
    assert [process.stdout.readline() for process in started] == ["ready\n"] * PROCESSES
    for process in started:
        process.stdin.close()
    for process in started:
        process.wait(timeout=PATIENCE_SECONDS)
        process.stdout.close()

    assert [process.returncode for process in started] == [0] * PROCESSES
    check = subprocess.run(
        [sys.executable, "manage.py", "verify_journal"],
        cwd=settings.BASE_DIR,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert (check.returncode, check.stderr) == (0, "")
    assert [line.partition(", head")[0] for line in check.stdout.splitlines()] == [
        f"maker: intact, {(PROCESSES - 1) * EVENTS_EACH} events",
        f"other: intact, {EVENTS_EACH} events",
    ]
