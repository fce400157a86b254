"""Fixtures of all tests."""

from __future__ import annotations

import gc
import sys
import threading

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.utils import translation

from ansm_portal import integrity, tenancy

# Looking for garbage among the objects of Django, again and again, takes a tenth of the time.
gc.set_threshold(100_000, 50, 50)

# How fast a machine draws examples is no property of the code.
hypothesis.settings.register_profile(
    "portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")

OF_DATABASE = frozenset({"db", "transactional_db"})


def pytest_collection_modifyitems(config, items):
    """Run what asks no database once, on SQLite: on PostgreSQL it would be the same test."""
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        return
    asks = [
        item.get_closest_marker("django_db") is not None
        or not OF_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))
        for item in items
    ]
    config.hook.pytest_deselected(
        items=[i for i, does in zip(items, asks, strict=True) if not does]
    )
    items[:] = [item for item, does in zip(items, asks, strict=True) if does]


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """Do not count what a sweep passes through as tested; it takes half the time then.

    ``no_cover`` of pytest-cov would say the same, but has no effect in the workers of xdist.
    """
    if item.get_closest_marker("sweep") is None:
        yield
        return
    traced, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        sys.settrace(traced)
        threading.settrace(in_threads)  # type: ignore[arg-type]


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef, request):
    with tenancy.every_organisation():
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """Run test bodies with all rows visible, in English.

    Each request of the client starts empty again, in the language of its person.
    """
    with tenancy.every_organisation(), translation.override("en"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _emptying_the_database_is_not_refused(django_db_setup):
    """A test with real transactions empties SQLite by DELETE, which our triggers refuse."""
    if connections["default"].vendor != "sqlite":
        return
    operations = type(connections["default"].ops)  # the class: a browser has its own context
    flush = operations.execute_sql_flush

    def without_refusals(self, statements):
        with self.connection.cursor() as cursor:
            for _, refusal in integrity.refusals():
                cursor.execute(f'DROP TRIGGER IF EXISTS "{refusal.name}"')
        flush(self, statements)
        integrity.install(self.connection.alias)

    operations.execute_sql_flush = without_refusals
