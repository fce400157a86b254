"""Base of the admin pages of rows that are evidence."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db import models

M = TypeVar("M", bound=models.Model)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """Rows to look at: nobody adds, changes or deletes them here."""

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
