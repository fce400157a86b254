"""What the pages of the catalogue have in common: rows of an edition change while it is a draft.

Each change goes through a service, which tells it in the journal of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.enums import CatalogueState
from assessments.models import Catalogue, Recommendation, Section, Source
from assessments.services.entries import NotFit

ADDRESSES: Final[dict[Any, dict[str, str]]] = {models.URLField: {"assume_scheme": "https"}}

Row = TypeVar("Row", Section, Recommendation, Source)


def is_draft(row: Any) -> bool:
    """Tell whether a row, or the edition it belongs to, may still change."""
    edition = row if isinstance(row, Catalogue) else row.catalogue
    return bool(edition.state == CatalogueState.DRAFT)


def actor_of(request: HttpRequest) -> User:
    """Return who is signed in: the administration lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def address(row: models.Model, page: str = "change") -> str:
    """Return the address of a page of ``row`` in the administration."""
    return reverse(f"admin:assessments_{row._meta.model_name}_{page}", args=[row.pk])


def key_in(text: str) -> UUID | None:
    """Return the key of a row that ``text`` names, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


@contextmanager
def told_in(form: BaseForm) -> Iterator[None]:
    """Say in ``form`` why a service refuses, at the field it is about."""
    try:
        yield
    except NotFit as refusal:
        for name, sentences in refusal.fields.items():
            for sentence in sentences:
                form.add_error(name if name in form.fields else None, sentence)
    except PortalError as refusal:
        form.add_error(None, str(refusal))


class DraftOnly(admin.ModelAdmin[Any]):
    """Rows of an edition: changed while it is a draft, only looked at afterwards."""

    formfield_overrides = ADDRESSES
    owner = "catalogue__owner"

    class Media:
        css = {"all": ("portal/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out the requirements of organisations: they are kept and seen there alone."""
        rows = super().get_queryset(request)
        return rows.filter(**{self.owner: None})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or is_draft(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # None stands for the action on several rows, which would not look at each.
        return obj is not None and is_draft(obj) and super().has_delete_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "catalogue":
            kwargs["queryset"] = Catalogue.objects.filter(state=CatalogueState.DRAFT, owner=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Say why a service refuses what the form let pass: the edition was published meanwhile."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except PortalError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def of_draft(self, request: HttpRequest, pk: str) -> Any:
        """Return the row that a step is about, or None when there is none of that key.

        Raises:
            PermissionDenied: the person may not change it, or its edition is published.
        """
        row = self.get_object(request, pk)
        if row is not None and not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def page(
        self, request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """Return a page of the administration."""
        return TemplateResponse(
            request,
            f"admin/assessments/{template}.html",
            {
                **self.admin_site.each_context(request),
                "title": title,
                "opts": self.opts,
                "media": self.media,
                **context,
            },
            status=status,
        )


class RowsOfDraft(admin.TabularInline[Row, Catalogue]):
    """Rows inside the page of their edition."""

    extra = 0
    formfield_overrides = ADDRESSES

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and obj is not None and is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or is_draft(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or is_draft(obj))


def as_lines(name: str) -> Callable[[Recommendation], str]:
    """Return a column that shows the list in the field ``name``, one item a line."""

    def lines(row: Recommendation) -> str:
        return format_html_join("", "<div>{}</div>", ((item,) for item in getattr(row, name)))

    field = Recommendation._meta.get_field(name)
    lines.short_description = getattr(field, "verbose_name", name)  # type: ignore[attr-defined]
    return lines
