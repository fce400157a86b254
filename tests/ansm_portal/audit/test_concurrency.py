"""Several processes append to one chain, on the database the tests run on."""

from __future__ import annotations

import pytest

from tests.factories import OrganisationFactory
from tests.processes import run, run_together

PROCESSES, EVENTS_EACH = 4, 15

pytestmark = pytest.mark.django_db(transaction=True)


def test_processes_that_append_together_leave_one_intact_chain():
    organisation = OrganisationFactory(slug="maker")
    other = OrganisationFactory(slug="other")

    ended = run_together(
        "tests.ansm_portal.audit.appender",
        [
            [other.slug if number == 0 else organisation.slug, str(number), str(EVENTS_EACH)]
            for number in range(PROCESSES)
        ],
    )

    assert ended == [0] * PROCESSES
    check = run("manage.py", "verify_journal")
    assert (check.returncode, check.stderr) == (0, "")
    assert [line.partition(", head")[0] for line in check.stdout.splitlines()] == [
        f"maker: intact, {(PROCESSES - 1) * EVENTS_EACH} events",
        f"other: intact, {EVENTS_EACH} events",
    ]
