"""The catalogue for its administrators; rows that are evidence, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from ansm_portal.admin import ReadOnlyAdmin
from assessments.enums import CatalogueState
from assessments.models import (
    Approval,
    Assessment,
    Catalogue,
    Dossier,
    Evidence,
    Recommendation,
    Section,
    Source,
)


class DraftOnly(admin.ModelAdmin[Any]):
    """Rows of an edition: changed while it is a draft, only looked at afterwards."""

    def _is_draft(self, obj: Any) -> bool:
        edition = obj if isinstance(obj, Catalogue) else obj.catalogue
        return bool(edition.state == CatalogueState.DRAFT)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or self._is_draft(obj))

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        # None stands for the action on several rows, which would not look at each.
        return (
            obj is not None and self._is_draft(obj) and super().has_delete_permission(request, obj)
        )

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "catalogue":
            kwargs["queryset"] = Catalogue.objects.filter(state=CatalogueState.DRAFT)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Catalogue)
class CatalogueAdmin(DraftOnly):
    list_display = ("key", "edition", "state", "source_published_on", "published_at")
    list_filter = ("state",)
    readonly_fields = ("state", "published_at", "content_sha256")


@admin.register(Section)
class SectionAdmin(DraftOnly):
    list_display = ("key", "catalogue", "phase", "title_fr", "title_en", "title_status")
    list_filter = ("catalogue", "phase", "title_status")
    list_select_related = ("catalogue",)
    search_fields = ("key", "title_fr", "title_en")


@admin.register(Recommendation)
class RecommendationAdmin(DraftOnly):
    list_display = (
        "code",
        "catalogue",
        "phase",
        "title_fr",
        "provenance_status",
        "confidence",
        "official_number",
    )
    list_filter = ("catalogue", "phase", "provenance_status", "confidence")
    list_select_related = ("catalogue",)
    search_fields = ("code", "title_fr", "title_en", "statement_fr", "statement_en")
    ordering = ("catalogue", "position")
    fieldsets = (
        (None, {"fields": ("catalogue", "section", "code", "phase", "position")}),
        (
            None,
            {
                "fields": (
                    ("title_fr", "title_en"),
                    ("statement_fr", "statement_en"),
                    ("rationale_fr", "rationale_en"),
                    ("expected_evidence_fr", "expected_evidence_en"),
                )
            },
        ),
        (None, {"fields": ("stakeholders", "criteria", "applies_when", "references")}),
        (
            None,
            {
                "fields": (
                    ("provenance_status", "confidence", "provenance_basis"),
                    ("provenance_note_fr", "provenance_note_en"),
                    ("verified_editions", "source_keys"),
                    ("official_number", "official_page"),
                )
            },
        ),
    )


@admin.register(Source)
class SourceAdmin(DraftOnly):
    list_display = ("key", "catalogue", "title", "url")
    list_filter = ("catalogue",)
    search_fields = ("key", "title")


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin[Evidence]):
    list_display = ("organisation", "number", "kind", "title", "sha256", "added_at")
    list_filter = ("organisation", "kind")
    list_select_related = ("organisation",)
    search_fields = ("title", "sha256", "reference")


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin[Assessment]):
    list_display = ("organisation", "device", "version", "catalogue", "started_at")
    list_filter = ("organisation",)
    list_select_related = ("organisation", "device", "version", "catalogue")


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin[Approval]):
    list_display = ("organisation", "signer_name", "signer_role", "signed_at", "voided_at")
    list_filter = ("organisation",)
    list_select_related = ("organisation",)


@admin.register(Dossier)
class DossierAdmin(ReadOnlyAdmin[Dossier]):
    list_display = ("organisation", "number", "language", "state", "requested_at", "issued_at")
    list_filter = ("organisation", "state")
    list_select_related = ("organisation",)
    exclude = ("snapshot",)
