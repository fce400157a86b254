"""Organisation scoping: rows owned by an organisation are reachable only inside a scope.

The condition is part of every query of an organisation-owned model and is bound
when the SQL is compiled, not when the QuerySet is built. A form field or a view
may therefore hold ``Device.objects.all()`` at import time; running it outside a
scope raises :class:`ScopeMissing`, whatever the method (``exists``, ``update``,
a subquery, ...).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import UUID

from django.core import checks
from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Func
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from ansm_portal.accounts.models import Organisation


class ScopeMissing(RuntimeError):
    """A query of organisation-owned rows ran outside any scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The organisations whose rows are visible; ``None`` means all of them."""

    organisation_ids: frozenset[UUID] | None


_scope: ContextVar[Scope | None] = ContextVar("organisation_scope", default=None)


@contextmanager
def _enter(scope: Scope | None) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def scoped_to(organisation_ids: Iterable[UUID]) -> AbstractContextManager[None]:
    """Make the rows of these organisations visible, and no others."""
    return _enter(Scope(frozenset(organisation_ids)))


def every_organisation() -> AbstractContextManager[None]:
    """Make all rows visible: admin site, management commands, test bodies."""
    return _enter(Scope(None))


def no_organisation() -> AbstractContextManager[None]:
    """Make no row visible and every query of one an error (start of a request)."""
    return _enter(None)


def narrow(organisation_ids: Iterable[UUID]) -> None:
    """Set the scope for the rest of the enclosing block (middleware only)."""
    _scope.set(Scope(frozenset(organisation_ids)))


def widen() -> None:
    """Make all rows visible for the rest of the enclosing block (admin site only)."""
    _scope.set(Scope(None))


class InScope(Func):
    """``<organisation column> IN (<visible organisations>)``, bound at compile time."""

    arity = 1
    output_field = models.BooleanField()

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        scope = _scope.get()
        if scope is None:
            raise ScopeMissing("Run this query inside tenancy.scoped_to(...).")
        if scope.organisation_ids is None:
            return "1 = 1", ()
        if not scope.organisation_ids:
            raise EmptyResultSet
        column, params = compiler.compile(self.source_expressions[0])
        key = models.UUIDField()
        ids = [
            key.get_db_prep_value(pk, connection=connection)
            for pk in sorted(scope.organisation_ids)
        ]
        return f"{column} IN ({', '.join(['%s'] * len(ids))})", (*params, *ids)


M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M]):
    """Default manager of organisation-owned models."""

    def get_queryset(self) -> models.QuerySet[M]:
        column: str = self.model.organisation_column  # type: ignore[attr-defined]
        return super().get_queryset().filter(InScope(column))


class OfNobodyOrInScope(InScope):
    """What belongs to no organisation, and what belongs to one in scope, if there is a scope."""

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.source_expressions[0])
        try:
            own, ids = super().as_sql(compiler, connection, *args, **extra)
        except (ScopeMissing, EmptyResultSet):
            return f"{column} IS NULL", tuple(params)
        return f"({column} IS NULL OR {own})", (*params, *ids)


class SharedOrOwnedManager(models.Manager[M]):
    """Default manager of rows that are shared, unless they have an ``owner``."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(OfNobodyOrInScope("owner_id"))


class Scoped(models.Model):
    """A row that is visible only inside the scope of its organisation."""

    organisation_column: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def check(cls, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = super().check(**kwargs)
        if not isinstance(cls._default_manager, ScopedManager):
            errors.append(
                checks.Error("Default manager is not a ScopedManager.", obj=cls, id="tenancy.E001")
            )
        return errors


class OrganisationOwned(Scoped):
    """A row that belongs to one organisation, by a key of its own.

    A reference to another owned row must stay inside the organisation; the database
    refuses anything else (:mod:`ansm_portal.integrity`).
    """

    organisation_column: ClassVar[str] = "organisation_id"

    organisation: models.ForeignKey[Organisation, Organisation] = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, related_name="+", editable=False
    )

    # The rows whose fields ``full_name`` reads: load them for a list.
    named_with: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        """What the row is called among rows of other kinds."""
        return str(self)


class Shared(models.Model):
    """A row that belongs to no organisation: reference data, or what defines a scope."""

    class Meta:
        abstract = True
