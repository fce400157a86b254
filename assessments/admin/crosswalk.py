"""Frameworks, to look at; mappings, changed by services that keep who, when and why."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ansm_portal.accounts.models import User
from ansm_portal.admin import ReadOnlyAdmin
from ansm_portal.errors import PortalError
from assessments.admin.forms_mapping import MappingForm
from assessments.enums import MappingRelation, MappingStatus
from assessments.models import (
    CommonControl,
    Framework,
    Mapping,
    MappingChange,
    Recommendation,
    Requirement,
)
from assessments.services import mapping as services

MOST_AT_ONCE: Final = 100


class RequirementRows(admin.TabularInline[Requirement, Framework]):
    """The places of a framework, on its page."""

    model = Requirement
    extra = 0
    ordering = ("position",)
    fields = ("ref", "parent_ref", "title_fr", "title_en", "confidence", "is_heading")
    readonly_fields = fields
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Framework)
class FrameworkAdmin(ReadOnlyAdmin[Framework]):
    list_display = (
        "key",
        "short_fr",
        "edition_fr",
        "nature",
        "confidence",
        "requirement_count",
        "is_in_force",
    )
    list_filter = ("is_in_force", "nature", "confidence")
    search_fields = ("key", "name_fr", "name_en", "short_fr", "short_en")
    ordering = ("position", "key")
    inlines = (RequirementRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Framework]:
        frameworks: QuerySet[Framework] = super().get_queryset(request)
        return frameworks.annotate(n=Count("requirements"))

    @admin.display(description=gettext_lazy("requirements"), ordering="n")
    def requirement_count(self, row: Any) -> int:
        return int(row.n)


@admin.register(Requirement)
class RequirementAdmin(ReadOnlyAdmin[Requirement]):
    list_display = ("ref", "framework", "title_fr", "title_en", "confidence", "is_heading")
    list_filter = ("framework", "confidence", "is_heading")
    list_select_related = ("framework",)
    search_fields = ("ref", "title_fr", "title_en")
    ordering = ("framework__position", "position")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Requirement]:
        """Load the framework, too: what is suggested while typing names it."""
        requirements: QuerySet[Requirement] = super().get_queryset(request)
        return requirements.select_related("framework")


@admin.register(CommonControl)
class CommonControlAdmin(ReadOnlyAdmin[CommonControl]):
    list_display = ("key", "title_fr", "title_en", "codes")
    search_fields = ("key", "title_fr", "title_en")
    ordering = ("position",)


class ChangeRows(admin.TabularInline[MappingChange, Mapping]):
    """Who said what of a mapping."""

    model = MappingChange
    extra = 0
    ordering = ("-revision",)
    fields = ("changed_at", "changed_by", "reason", "told")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("history")

    @admin.display(description=gettext_lazy("changes"))
    def told(self, row: Any) -> str:
        """Say of each field what it was and what it is."""
        labels = {field.name: field.verbose_name for field in Mapping._meta.concrete_fields}
        return format_html_join(
            "",
            "<div>{}: {} → {}</div>",
            (
                (labels.get(name, name), _shown(name, before), _shown(name, after))
                for name, (before, after) in row.fields.items()
            ),
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("assessments.view_mapping")


def _shown(name: str, value: Any) -> str:
    field: Any = Mapping._meta.get_field(name)
    choices = dict(field.flatchoices)
    return str(choices.get(value, value))


@admin.register(Mapping)
class MappingAdmin(admin.ModelAdmin[Mapping]):
    """Search, filter, read beside both texts, correct, confirm, withdraw."""

    form = MappingForm
    list_display = (
        "code",
        "sign",
        "place",
        "title_fr",
        "title_en",
        "confidence",
        "status",
    )
    list_display_links = ("code", "place")
    list_filter = (
        "status",
        "relation",
        "confidence",
        "requirement__framework",
    )
    list_select_related = ("requirement__framework",)
    search_fields = (
        "code",
        "requirement__ref",
        "requirement__title_fr",
        "requirement__title_en",
        "rationale_fr",
        "rationale_en",
    )
    ordering = ("code", "requirement__framework__position", "requirement__position")
    autocomplete_fields = ("requirement",)
    inlines = (ChangeRows,)
    actions = ("confirm",)
    fieldsets = (
        (None, {"fields": (("catalogue_key", "code"), "requirement", "beside")}),
        (
            gettext_lazy("Mapping"),
            {
                "classes": ("portal-pairs",),
                "fields": (
                    ("relation", "status", "confidence"),
                    ("rationale_fr", "rationale_en"),
                    "source",
                    ("reason", "read_revision"),
                ),
            },
        ),
    )

    class Media:
        css = {"all": ("portal/admin.css",)}

    @admin.display(description=gettext_lazy("relation"))
    def sign(self, row: Any) -> str:
        return MappingRelation(row.relation).symbol

    @admin.display(description=gettext_lazy("requirement"))
    def place(self, row: Any) -> str:
        return f"{row.requirement.framework.short_fr} {row.requirement.ref}"

    @admin.display(description=gettext_lazy("title (French)"))
    def title_fr(self, row: Any) -> str:
        return str(row.requirement.title_fr)

    @admin.display(description=gettext_lazy("title (English)"))
    def title_en(self, row: Any) -> str:
        return str(row.requirement.title_en)

    @admin.display(description=gettext_lazy("both texts"))
    def beside(self, row: Any) -> str:
        """Show what the recommendation and the requirement say, in both languages."""
        if row is None or row.pk is None or row.requirement_id is None:
            return "–"
        entries = Recommendation.objects.filter(catalogue__key=row.catalogue_key, code=row.code)
        entry = entries.order_by("-catalogue__published_at").first()
        lines = [
            (f"{row.requirement.framework.short_fr} {row.requirement.ref}", ""),
            ("FR", row.requirement.title_fr),
            ("EN", row.requirement.title_en),
        ]
        if entry is not None:
            lines += [(row.code, ""), ("FR", f"{entry.title_fr}. {entry.statement_fr}")]
            lines += [("EN", f"{entry.title_en}. {entry.statement_en}")]
        return format_html_join("", "<div>{} {}</div>", lines)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What a mapping links is said once."""
        return ("beside",) if obj is None else ("beside", "catalogue_key", "code", "requirement")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell that a mapping stays: it is withdrawn, with the reason."""
        return False

    def save_model(self, request: HttpRequest, obj: Mapping, form: Any, change: Any) -> None:
        """Save by the service, so that it is recorded."""
        values = {name: form.cleaned_data[name] for name in services.EDITABLE}
        reason, actor = form.cleaned_data["reason"], _actor(request)
        if not change:
            saved = services.add(
                catalogue_key=obj.catalogue_key,
                code=obj.code,
                requirement=obj.requirement,
                values=values,
                reason=reason,
                actor=actor,
            )
            obj.pk = saved.pk
            return
        services.change(
            obj.pk,
            revision=form.cleaned_data["read_revision"],
            values=values,
            reason=reason,
            actor=actor,
        )

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        """Save nothing else: the history writes itself."""
        for formset in formsets:
            formset.save(commit=False)

    def has_confirm_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @admin.action(
        description=gettext_lazy("Confirm the chosen mappings: read beside both texts"),
        permissions=["confirm"],
    )
    def confirm(self, request: HttpRequest, chosen: QuerySet[Mapping]) -> None:
        """Say of some mappings that a person has read them."""
        rows = list(chosen.filter(status=MappingStatus.PROPOSED)[: MOST_AT_ONCE + 1])
        if len(rows) > MOST_AT_ONCE:
            self.message_user(
                request,
                _("Confirm at most %(most)s at once: each has to be read.")
                % {"most": MOST_AT_ONCE},
                messages.ERROR,
            )
            return
        done = 0
        for row in rows:
            try:
                services.confirm(row, actor=_actor(request))
            except PortalError as refusal:
                self.message_user(request, f"{row}: {refusal}", messages.ERROR)
            else:
                done += 1
        self.message_user(request, _("%(count)s mappings are confirmed.") % {"count": done})


def _actor(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("Only people use the admin.")
    return request.user
