"""Rows of organisations, to look at: they are changed on their pages, which leave events."""

from __future__ import annotations

from django.contrib import admin

from ansm_portal.admin import ReadOnlyAdmin
from assessments.models import (
    Answer,
    Approval,
    Assessment,
    Dossier,
    DossierLink,
    DossierRevision,
    DossierSignatory,
    Evidence,
    PhaseReview,
    Remark,
)


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin[Assessment]):
    list_display = ("organisation", "device", "version", "catalogue", "is_current", "started_at")
    list_display_links = ("device",)
    list_filter = ("organisation", "is_current")
    list_select_related = ("organisation", "device", "version", "catalogue")
    search_fields = ("device__name", "device__reference", "version__label")
    ordering = ("-started_at",)


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin[Answer]):
    list_display = ("organisation", "device", "code", "verdict", "state", "owner", "due_on")
    list_display_links = ("code",)
    list_filter = ("organisation", "phase", "verdict", "state")
    list_select_related = ("organisation", "device", "owner")
    search_fields = ("code", "device__name", "device__reference")
    ordering = ("-assessment", "position")


@admin.register(PhaseReview)
class PhaseReviewAdmin(ReadOnlyAdmin[PhaseReview]):
    list_display = ("organisation", "device", "phase", "state", "submitted_by", "accepted_by")
    list_display_links = ("phase",)
    list_filter = ("organisation", "phase", "state")
    list_select_related = ("organisation", "device", "submitted_by", "accepted_by")
    ordering = ("-assessment", "position")


@admin.register(Remark)
class RemarkAdmin(ReadOnlyAdmin[Remark]):
    list_display = ("organisation", "answer", "kind", "raised_by", "raised_at", "closed_at")
    list_display_links = ("answer",)
    list_filter = ("organisation", "kind")
    list_select_related = ("organisation", "answer", "raised_by")
    search_fields = ("answer__code", "text")
    ordering = ("-raised_at",)


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin[Evidence]):
    list_display = ("organisation", "label", "kind", "title", "sha256", "added_at")
    list_display_links = ("label",)
    list_filter = ("organisation", "kind")
    list_select_related = ("organisation",)
    search_fields = ("title", "sha256", "reference", "file_name")
    ordering = ("organisation", "-number")


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin[Approval]):
    list_display = ("organisation", "signer_name", "signer_role", "signed_at", "voided_at")
    list_display_links = ("signer_name",)
    list_filter = ("organisation",)
    list_select_related = ("organisation",)
    search_fields = ("signer_name", "content_sha256")
    ordering = ("-signed_at",)


@admin.register(Dossier)
class DossierAdmin(ReadOnlyAdmin[Dossier]):
    list_display = ("organisation", "number", "language", "state", "requested_at", "issued_at")
    list_display_links = ("number",)
    list_filter = ("organisation", "state")
    list_select_related = ("organisation",)
    search_fields = ("file_sha256", "snapshot_sha256")
    ordering = ("-requested_at",)
    exclude = ("snapshot",)


@admin.register(DossierSignatory)
class DossierSignatoryAdmin(ReadOnlyAdmin[DossierSignatory]):
    list_display = ("organisation", "dossier", "name", "signed_at", "certificate_subject")
    list_display_links = ("name",)
    list_filter = ("organisation",)
    list_select_related = ("organisation", "dossier")
    search_fields = ("name", "certificate_sha256", "file_sha256")
    ordering = ("-dossier__requested_at", "position")


@admin.register(DossierRevision)
class DossierRevisionAdmin(ReadOnlyAdmin[DossierRevision]):
    list_display = ("organisation", "dossier", "number", "stamped_at", "authority", "ends_on")
    list_display_links = ("number",)
    list_filter = ("organisation",)
    list_select_related = ("organisation", "dossier")
    search_fields = ("file_sha256",)
    ordering = ("-stamped_at",)


@admin.register(DossierLink)
class DossierLinkAdmin(ReadOnlyAdmin[DossierLink]):
    list_display = ("organisation", "name", "body", "dossier", "ends_on", "uses", "revoked_at")
    list_display_links = ("name",)
    list_filter = ("organisation",)
    list_select_related = ("organisation", "dossier")
    search_fields = ("name", "body", "email")
    ordering = ("-created_at",)
    exclude = ("token_sha256",)
