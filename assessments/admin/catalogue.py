"""Editions of the catalogue: drafts are edited here; what is published is only shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.admin.forms import RecommendationForm, SectionForm
from assessments.admin.importing import BringsInEditions
from assessments.enums import CatalogueState
from assessments.models import Catalogue, Recommendation, Section, Source
from assessments.services.catalogue import NotComplete, publish

SHOWN_SENTENCES: Final = 5
ADDRESSES: Final[dict[Any, dict[str, str]]] = {models.URLField: {"assume_scheme": "https"}}

Row = TypeVar("Row", Section, Recommendation, Source)


def is_draft(row: Any) -> bool:
    """Tell whether a row, or the edition it belongs to, may still change."""
    edition = row if isinstance(row, Catalogue) else row.catalogue
    return bool(edition.state == CatalogueState.DRAFT)


class DraftOnly(admin.ModelAdmin[Any]):
    """Rows of an edition: changed while it is a draft, only looked at afterwards."""

    formfield_overrides = ADDRESSES

    class Media:
        css = {"all": ("portal/admin.css",)}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or is_draft(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # None stands for the action on several rows, which would not look at each.
        return obj is not None and is_draft(obj) and super().has_delete_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "catalogue":
            kwargs["queryset"] = Catalogue.objects.filter(state=CatalogueState.DRAFT)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class RowsOfDraft(admin.TabularInline[Row, Catalogue]):
    """Rows inside the page of their edition."""

    extra = 0
    formfield_overrides = ADDRESSES

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and (obj is None or is_draft(obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or is_draft(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or is_draft(obj))


class SectionRows(RowsOfDraft[Section]):
    model = Section
    form = SectionForm
    ordering = ("position",)


class SourceRows(RowsOfDraft[Source]):
    model = Source
    ordering = ("key",)


@admin.register(Catalogue)
class CatalogueAdmin(BringsInEditions, DraftOnly):
    list_display = (
        "key",
        "edition",
        "state",
        "recommendation_count",
        "source_published_on",
        "published_at",
    )
    list_filter = ("state",)
    search_fields = ("key", "edition", "title_fr", "title_en")
    ordering = ("key", "edition")
    readonly_fields = ("state", "published_at", "content_sha256")
    inlines = (SectionRows, SourceRows)
    actions = ("publish",)
    fieldsets = (
        (None, {"fields": (("key", "edition"), ("issuer", "source_published_on"))}),
        (
            gettext_lazy("Texts"),
            {
                "classes": ("portal-pairs",),
                "fields": (
                    ("title_fr", "title_en"),
                    ("legal_value_fr", "legal_value_en"),
                    ("disclaimer_fr", "disclaimer_en"),
                ),
            },
        ),
        (gettext_lazy("Publication"), {"fields": ("state", "published_at", "content_sha256")}),
        (gettext_lazy("Vocabulary"), {"fields": ("vocabulary",), "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Catalogue]:
        catalogues: QuerySet[Catalogue] = super().get_queryset(request)
        return catalogues.annotate(n=Count("recommendations"))

    @admin.display(description=gettext_lazy("recommendations"), ordering="n")
    def recommendation_count(self, row: Any) -> int:
        return int(row.n)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @admin.action(description=gettext_lazy("Publish the chosen drafts"), permissions=["publish"])
    def publish(self, request: HttpRequest, chosen: QuerySet[Catalogue]) -> HttpResponse | None:
        """Publish drafts, after a page that says what that means."""
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Publish editions of the catalogue"),
                "opts": self.opts,
                "chosen": chosen,
                "checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/assessments/catalogue/publish.html", context)
        for catalogue in chosen:
            self._publish(request, catalogue)
        return None

    def _publish(self, request: HttpRequest, catalogue: Catalogue) -> None:
        try:
            published = publish(catalogue.pk)
        except NotComplete as refusal:
            told = refusal.sentences[:SHOWN_SENTENCES]
            if more := len(refusal.sentences) - len(told):
                told.append(_("And %(count)s more of these.") % {"count": more})
            self.message_user(request, f"{catalogue}: {' '.join(told)}", messages.ERROR)
        else:
            self.log_change(request, published, _("Published."))
            self.message_user(
                request, _("%(edition)s is published.") % {"edition": published}, messages.SUCCESS
            )


@admin.register(Section)
class SectionAdmin(DraftOnly):
    form = SectionForm
    fields = (
        "catalogue",
        ("key", "phase", "position"),
        ("title_fr", "title_en"),
        ("title_status", "source_keys"),
    )
    list_display = ("key", "catalogue", "phase", "title_fr", "title_en", "title_status")
    list_filter = ("catalogue", "phase", "title_status")
    list_select_related = ("catalogue",)
    search_fields = ("key", "title_fr", "title_en")
    ordering = ("catalogue", "position")


@admin.register(Source)
class SourceAdmin(DraftOnly):
    list_display = ("key", "catalogue", "title", "url")
    list_filter = ("catalogue",)
    list_select_related = ("catalogue",)
    search_fields = ("key", "title")
    ordering = ("catalogue", "key")


def as_lines(name: str) -> Callable[[Recommendation], str]:
    """Return a column that shows the list in the field ``name``, one item a line."""

    def lines(row: Recommendation) -> str:
        return format_html_join("", "<div>{}</div>", ((item,) for item in getattr(row, name)))

    field = Recommendation._meta.get_field(name)
    lines.short_description = getattr(field, "verbose_name", name)  # type: ignore[attr-defined]
    return lines


LISTS: Final = {
    field.name: as_lines(field.name)
    for field in Recommendation._meta.concrete_fields
    if isinstance(field, models.JSONField)
}


@admin.register(Recommendation)
class RecommendationAdmin(DraftOnly):
    form = RecommendationForm
    list_display = (
        "code",
        "catalogue",
        "phase",
        "title_fr",
        "title_en",
        "provenance_status",
        "confidence",
        "official_number",
    )
    list_filter = ("catalogue", "phase", "provenance_status", "confidence")
    list_select_related = ("catalogue",)
    search_fields = ("code", "title_fr", "title_en", "statement_fr", "statement_en")
    ordering = ("catalogue", "position")
    fieldsets = (
        (None, {"fields": (("catalogue", "section"), ("code", "phase", "position"))}),
        (
            gettext_lazy("Texts"),
            {
                "classes": ("portal-pairs",),
                "fields": (
                    ("title_fr", "title_en"),
                    ("statement_fr", "statement_en"),
                    ("rationale_fr", "rationale_en"),
                    ("expected_evidence_fr", "expected_evidence_en"),
                ),
            },
        ),
        (
            gettext_lazy("Scope"),
            {
                "classes": ("portal-pairs",),
                "fields": (("stakeholders", "criteria", "applies_when"), "references"),
            },
        ),
        (
            gettext_lazy("Provenance"),
            {
                "classes": ("portal-pairs",),
                "fields": (
                    ("provenance_status", "confidence", "provenance_basis"),
                    ("provenance_note_fr", "provenance_note_en"),
                    ("verified_editions", "source_keys"),
                    ("official_number", "official_page"),
                ),
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show lists as lines where nothing can be changed."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [_shown(line) for line in options["fields"]]})
            for title, options in fieldsets
        ]


def _shown(line: Any) -> Any:
    if isinstance(line, str):
        return LISTS.get(line, line)
    return tuple(LISTS.get(name, name) for name in line)
