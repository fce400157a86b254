"""What the database keeps that Django's constraints cannot say, on SQLite and PostgreSQL.

Three rules, derived from the models after each ``migrate`` (and taken away before it, on SQLite,
where a table that changes is made anew and triggers of others would miss it meanwhile):

* a reference from one organisation-owned row to another stays inside the organisation
  (composite foreign key on PostgreSQL, triggers on SQLite);
* a row stays with its organisation;
* a model's ``refusals``: changes the database answers with an error, whoever asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import AppConfig, apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ansm_portal.tenancy import OrganisationOwned

MADE_BY_MIGRATIONS: Final = "assessments_search_"  # triggers that are theirs to change


@dataclass(frozen=True, slots=True)
class Refusal:
    """``operation`` on a row is refused when ``condition`` (SQL over NEW and OLD) holds."""

    name: str
    operation: str  # INSERT, UPDATE, UPDATE OF <column> or DELETE
    message: str
    condition: str = "1 = 1"


def differs(column: str) -> str:
    """Return the condition that a column that may be empty changes, for both databases."""
    return " <> ".join(f"COALESCE(CAST({row}.{column} AS TEXT), '')" for row in ("OLD", "NEW"))


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key from one organisation-owned table to another."""

    table: str
    column: str
    parent: str

    @property
    def name(self) -> str:
        """A name for the constraint, at most 63 characters, stable."""
        digest = hashlib.sha256(f"{self.table}.{self.column}".encode()).hexdigest()[:8]
        return f"{self.table}_{self.column}"[:40] + f"_same_org_{digest}"


def owned_models() -> Iterator[type[OrganisationOwned]]:
    """Yield every concrete model with an ``organisation`` key."""
    for model in apps.get_models():
        if issubclass(model, OrganisationOwned) and model._meta.managed:
            yield model


def references() -> Iterator[Reference]:
    """Yield every reference that must stay inside one organisation."""
    for model in owned_models():
        for field in model._meta.concrete_fields:
            parent, column = field.related_model, field.column
            if column and isinstance(parent, type) and issubclass(parent, OrganisationOwned):
                yield Reference(model._meta.db_table, column, parent._meta.db_table)


def refusals() -> Iterator[tuple[str, Refusal]]:
    """Yield table and refusal: one of every owned model, and those that models declare."""
    for owned in owned_models():
        table = owned._meta.db_table
        yield (
            table,
            Refusal(
                f"{table}_organisation_not_changed",
                "UPDATE OF organisation_id",
                "A row stays with its organisation.",
                "OLD.organisation_id <> NEW.organisation_id",
            ),
        )
    for model in apps.get_models():
        for refusal in getattr(model, "refusals", ()):
            yield model._meta.db_table, refusal


def _sqlite(tables: set[str]) -> Iterator[str]:
    for ref in references():
        if not {ref.table, ref.parent} <= tables:
            continue
        for operation in ("INSERT", f"UPDATE OF organisation_id, {ref.column}"):
            name = f"{ref.name}_{operation[:6].lower()}"
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            yield (  # names come from the models, nothing from a person
                f'CREATE TRIGGER "{name}" BEFORE {operation} ON "{ref.table}" '  # noqa: S608 -- as said
                f'WHEN NEW."{ref.column}" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM '
                f'"{ref.parent}" p WHERE p.id = NEW."{ref.column}" '
                "AND p.organisation_id = NEW.organisation_id) "
                f"BEGIN SELECT RAISE(ABORT, '{ref.name}'); END"
            )
    for table, refusal in refusals():
        if table in tables:
            yield f'DROP TRIGGER IF EXISTS "{refusal.name}"'
            yield (
                f'CREATE TRIGGER "{refusal.name}" BEFORE {refusal.operation} ON "{table}" '
                f"WHEN {refusal.condition} BEGIN SELECT RAISE(ABORT, '{refusal.message}'); END"
            )


def _postgresql(tables: set[str]) -> Iterator[str]:
    for ref in references():
        if not {ref.table, ref.parent} <= tables:
            continue
        yield (
            f'CREATE UNIQUE INDEX IF NOT EXISTS "{ref.parent}_organisation_id_id" '
            f'ON "{ref.parent}" (organisation_id, id)'
        )
        yield f'ALTER TABLE "{ref.table}" DROP CONSTRAINT IF EXISTS "{ref.name}"'
        yield (
            f'ALTER TABLE "{ref.table}" ADD CONSTRAINT "{ref.name}" '
            f'FOREIGN KEY (organisation_id, "{ref.column}") '
            f'REFERENCES "{ref.parent}" (organisation_id, id) DEFERRABLE INITIALLY IMMEDIATE'
        )
    for table, refusal in refusals():
        if table in tables:
            yield (
                f'CREATE OR REPLACE FUNCTION "{refusal.name}"() RETURNS trigger AS $$ BEGIN '
                f"IF {refusal.condition} THEN RAISE EXCEPTION '{refusal.message}' "
                "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                "RETURN COALESCE(NEW, OLD); END $$ LANGUAGE plpgsql"
            )
            yield f'DROP TRIGGER IF EXISTS "{refusal.name}" ON "{table}"'
            yield (
                f'CREATE TRIGGER "{refusal.name}" BEFORE {refusal.operation} ON "{table}" '
                f'FOR EACH ROW EXECUTE FUNCTION "{refusal.name}"()'
            )


def statements(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the SQL that makes the rules true, for the tables that exist."""
    tables = set(connection.introspection.table_names())
    return list({"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor](tables))


def install(using: str = "default") -> None:
    """Make the rules true in the database; safe to run again."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in statements(connection):
            cursor.execute(statement)


def after_migrate(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Install the rules once all tables are there (``post_migrate`` is sent for each app)."""
    if app_config.label == "assessments":
        install(using)


def before_migrate(app_config: AppConfig, using: str, plan: Any, **kwargs: Any) -> None:
    """Take the triggers of SQLite away while tables change; ``after_migrate`` brings them back."""
    connection = connections[using]
    if app_config.label != "assessments" or not plan or connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            if not name.startswith(MADE_BY_MIGRATIONS):
                cursor.execute(f'DROP TRIGGER "{name}"')
