"""A database that is there is brought up to date, with all that it refuses."""

import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

BEFORE_TABLES_WERE_MADE_ANEW = ("assessments", "0007")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite")
def test_a_database_of_an_earlier_edition_is_migrated(tmp_path):
    """SQLite makes a table anew to change it: triggers of other tables name it meanwhile."""
    file = tmp_path / "db.sqlite3"

    def migrate(*arguments):
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0", *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DATABASE_URL": f"sqlite:///{file}",
                "DATA_DIR": str(tmp_path),
                "DJANGO_SETTINGS_MODULE": "tests.settings",
            },
            check=True,
        )
        with sqlite3.connect(file) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            return {name for (name,) in connection.execute(query)}

    before = migrate(*BEFORE_TABLES_WERE_MADE_ANEW)
    after = migrate()
    assert before <= after
    assert "dossier_not_deleted" in before
    assert "assessments_search_update" in after
