"""The journal, to look at."""

from __future__ import annotations

from django.contrib import admin

from ansm_portal.admin import ReadOnlyAdmin
from ansm_portal.audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin[AuditEvent]):
    list_display = ("organisation", "sequence", "happened_at", "actor", "verb", "target")
    list_filter = ("organisation", "verb")
    list_select_related = ("organisation", "actor")
    search_fields = ("verb", "target")
