"""Entries of an edition: edited, moved, split, merged, retired, read beside the official text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import admin, messages
from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.admin import entry_steps as steps
from assessments.admin.base import DraftOnly, actor_of, as_lines
from assessments.admin.events import history_of
from assessments.admin.forms import RecommendationForm
from assessments.models import Recommendation, Section
from assessments.services import entries, regrouping

TEXTS: Final = ("title", "statement", "rationale")
LISTS: Final = {
    field.name: as_lines(field.name)
    for field in Recommendation._meta.concrete_fields
    if isinstance(field, models.JSONField)
}


class TranslationFilter(admin.SimpleListFilter):
    """Entries by whether a text is missing in one language."""

    title = gettext_lazy("translation")
    parameter_name = "translation"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("fr", _("French missing")),
            ("en", _("English missing")),
            ("complete", _("complete")),
        ]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value in ("fr", "en"):
            return queryset.filter(lacking(value))
        if value == "complete":
            return queryset.exclude(lacking("fr") | lacking("en"))
        return queryset


def lacking(language: str) -> Q:
    """Return the condition that a text of the entry is missing in ``language``."""
    condition = Q(**{f"expected_evidence_{language}": []})
    for name in TEXTS:
        condition |= Q(**{f"{name}_{language}": ""})
    return condition


@admin.register(Recommendation)
class RecommendationAdmin(DraftOnly):
    form = RecommendationForm
    change_form_template = "admin/assessments/recommendation/change_form.html"
    list_display = (
        "code",
        "catalogue",
        "phase",
        "title_fr",
        "title_en",
        "missing",
        "provenance_status",
        "confidence",
        "official_number",
        "confirmed_on",
    )
    list_filter = (
        "catalogue",
        "phase",
        "provenance_status",
        "confidence",
        "confirmed_as",
        TranslationFilter,
    )
    list_select_related = ("catalogue",)
    search_fields = ("code", "title_fr", "title_en", "statement_fr", "statement_en")
    ordering = ("catalogue", "position")
    actions = ("merge",)

    @admin.display(description=gettext_lazy("missing"))
    def missing(self, row: Recommendation) -> str:
        names = [*TEXTS, "expected_evidence"]
        languages = (("fr", _("French")), ("en", _("English")))
        lack = [
            word
            for code, word in languages
            if not all(getattr(row, f"{name}_{code}") for name in names)
        ]
        return ", ".join(lack) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recommendation]:
        rows: QuerySet[Recommendation] = super().get_queryset(request)
        return rows.select_related("catalogue__based_on", "section__catalogue")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show lists as lines where nothing can be changed."""
        may_change = obj is None or self.has_change_permission(request, obj)
        follows = obj is not None and obj.catalogue.based_on_id is not None
        place = (
            [("section", "place")]
            if may_change
            else [("catalogue", "section"), ("phase", "position")]
        )
        groups: list[tuple[Any, list[Any]]] = [
            (None, [("code", "read_as") if may_change and obj else ("code",), *place]),
            (
                _("Texts"),
                [
                    ("title_fr", "title_en"),
                    ("statement_fr", "statement_en"),
                    ("rationale_fr", "rationale_en"),
                    ("expected_evidence_fr", "expected_evidence_en"),
                ],
            ),
            (_("Scope"), [("stakeholders", "criteria", "applies_when"), "references"]),
            (
                _("Provenance"),
                [
                    ("provenance_status", "confidence", "provenance_basis"),
                    ("provenance_note_fr", "provenance_note_en"),
                    ("verified_editions", "source_keys"),
                    ("official_number", "official_page"),
                    *([] if may_change else [("confirmed_as", "confirmed_on", "confirmed_by")]),
                ],
            ),
            *([(_("The edition before"), ["follows"])] if may_change and follows else []),
        ]
        return [
            (
                title,
                {
                    "classes": ("portal-pairs",) if title else (),
                    "fields": lines if may_change else [_shown(line) for line in lines],
                },
            )
            for title, lines in groups
        ]

    def get_form(self, request: Any, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Ask for every field of the form: some of them are no columns."""
        if obj is None or self.has_change_permission(request, obj):
            kwargs["fields"] = RecommendationForm.Meta.fields
        return super().get_form(request, obj, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        def of(page: str, view: Any) -> URLPattern:
            return path(
                f"<uuid:pk>/{page}/",
                self.admin_site.admin_view(lambda request, pk: view(self, request, pk)),
                name=f"assessments_recommendation_{page}",
            )

        return [
            of("confirm", steps.confirm_view),
            of("split", steps.split_view),
            of("retire", steps.retire_view),
            of("preview", steps.preview_view),
            path(
                "merge/",
                self.admin_site.admin_view(lambda request: steps.merge_view(self, request)),
                name="assessments_recommendation_merge",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the steps that can be taken, and the entries before and after."""
        entry = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if entry is not None:
            beside = Recommendation.objects.filter(catalogue=entry.catalogue_id).only("code")
            context["may_change"] = self.has_change_permission(request, entry)
            context["before"] = (
                beside.filter(position__lt=entry.position).order_by("-position").first()
            )
            context["after"] = (
                beside.filter(position__gt=entry.position).order_by("position").first()
            )
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Recommendation, form: Any, change: Any) -> None:
        """Add, edit, move the entry, each with its event."""
        actor, data = actor_of(request), form.cleaned_data
        section = data["section"]
        if not change:
            after = _before(section, data["place"]) if data["place"] else None
            made = entries.add(section, fields=form.said(), after=after, actor=actor)
            if data["place"] == 1:
                made = entries.move(made, section=section, after=None, actor=actor)
            obj.pk, obj._state.adding = made.pk, False
            return
        entry = Recommendation.objects.select_related("section").get(pk=obj.pk)
        entry = entries.edit(entry, fields=form.said(), actor=actor)
        if {"section", "place"} & set(form.changed_data):
            place = data["place"] or None
            after = _before(section, place, but=entry) if place else _last(section, but=entry)
            entries.move(entry, section=section, after=after, actor=actor)
        if "follows" in form.changed_data:
            regrouping.follow(entry, predecessors=list(data["follows"]), actor=actor)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell that no entry is deleted: it is retired, with its reasons, on a page of its own.

        With its whole draft it may go.
        """
        match = request.resolver_match
        whole = match is not None and match.url_name == "assessments_catalogue_delete"
        return whole and super().has_delete_permission(request, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Show who changed what in the entry."""
        entry = self.get_object(request, object_id)
        if entry is None:
            raise Http404
        return history_of(self, request, entry.catalogue, code=entry.code)

    @admin.action(description=gettext_lazy("Merge the chosen entries"), permissions=["change"])
    def merge(self, request: HttpRequest, chosen: QuerySet[Recommendation]) -> Any:
        """Lead to the page that merges entries."""
        return steps.lead_to_merge(self, request, chosen)

    def say(self, request: HttpRequest, text: str, values: Mapping[str, Any]) -> None:
        """Tell on the next page what was done."""
        messages.success(request, text % values)


def _before(section: Section, place: int, *, but: Recommendation | None = None) -> Any:
    """Return the entry that comes before ``place`` in ``section``, or None for the first place."""
    rows = section.recommendations.order_by("position")
    rows = rows.exclude(pk=but.pk) if but else rows
    return list(rows[: max(place - 1, 0)])[-1] if place > 1 and rows else None


def _last(section: Section, *, but: Recommendation) -> Any:
    return section.recommendations.exclude(pk=but.pk).order_by("-position").first()


def _shown(line: Any) -> Any:
    if isinstance(line, str):
        return LISTS.get(line, line)
    return tuple(LISTS.get(name, name) for name in line)
