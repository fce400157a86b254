"""Sections and sources of editions, in lists of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from assessments.admin.base import DraftOnly, actor_of
from assessments.admin.forms import SectionForm
from assessments.models import Section, Source
from assessments.services import edition_texts, sections


class OneByOne(DraftOnly):
    """Rows that are looked for in a list and changed on a page of their own."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep a row in its edition."""
        return ("catalogue",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Add or change the row, with its event."""
        add, edit, _remove = self.services()
        data = form.cleaned_data
        if change:
            fields = {name: data[name] for name in form.changed_data}
            edit(type(obj).objects.get(pk=obj.pk), fields=fields, actor=actor_of(request))
        else:
            fields = {name: value for name, value in data.items() if name != "catalogue"}
            made = add(data["catalogue"], fields=fields, actor=actor_of(request))
            obj.pk, obj._state.adding = made.pk, False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove the row, with its event."""
        self.services()[2](obj, actor=actor_of(request))

    def services(self) -> tuple[Any, Any, Any]:
        """Return what adds, changes and removes a row."""
        raise NotImplementedError


@admin.register(Section)
class SectionAdmin(OneByOne):
    form = SectionForm
    fields = (
        "catalogue",
        ("key", "phase"),
        ("title_fr", "title_en"),
        ("title_status", "source_keys"),
    )
    list_display = ("key", "catalogue", "phase", "title_fr", "title_en", "title_status")
    list_filter = ("catalogue", "phase", "title_status")
    list_select_related = ("catalogue",)
    search_fields = ("key", "title_fr", "title_en")
    ordering = ("catalogue", "position")

    def services(self) -> tuple[Any, Any, Any]:
        return sections.add, sections.edit, sections.remove


@admin.register(Source)
class SourceAdmin(OneByOne):
    fields = ("catalogue", "key", "title", "url")
    list_display = ("key", "catalogue", "title", "url")
    list_filter = ("catalogue",)
    list_select_related = ("catalogue",)
    search_fields = ("key", "title")
    ordering = ("catalogue", "key")

    def services(self) -> tuple[Any, Any, Any]:
        return edition_texts.add_source, edition_texts.edit_source, edition_texts.remove_source
