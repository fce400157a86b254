"""The admin: its name, and the base of pages of rows that are evidence."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=models.Model)

admin.site.site_header = admin.site.site_title = _("Administration of the portal")


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """Rows to look at, whole: nobody adds, changes or deletes them here."""

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        hidden = self.exclude or ()
        return [field.name for field in self.opts.concrete_fields if field.name not in hidden]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
