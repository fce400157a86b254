"""Rows that all tests of a module start from: made once, as they were for each test."""

from __future__ import annotations

from contextlib import contextmanager

from django.db import transaction

from ansm_portal import tenancy


@contextmanager
def kept(blocker):
    """Let the rows that are made inside live until the end, around the transaction of each test.

    Objects made with them are copied for a test that changes them.
    """
    with blocker.unblock(), tenancy.every_organisation(), transaction.atomic():
        yield
        transaction.set_rollback(True)
