"""Accounts, organisations and memberships, for operators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.accounts.services import remove_membership, save_membership


class UserCreation(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "language")


class UserChange(UserChangeForm[User]):
    class Meta:
        model = User
        fields = "__all__"


class MembershipInline(admin.TabularInline[Membership, User]):
    model = Membership
    extra = 0
    autocomplete_fields = ("organisation",)


def _actor(request: HttpRequest) -> User:
    """Return who is signed in: the administration lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    form = UserChange
    add_form = UserCreation
    inlines = (MembershipInline,)
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "language", "is_active", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name", "language")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """Save the roles of the person, each with its event."""
        for membership in formset.save(commit=False):
            save_membership(membership, actor=_actor(request))
        for membership in formset.deleted_objects:
            remove_membership(membership, actor=_actor(request))

    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "email",
                    "first_name",
                    "last_name",
                    "language",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    list_display = ("name", "slug", "srn")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def has_delete_permission(self, request: object, obj: Organisation | None = None) -> bool:
        """Tell that an organisation stays: dossiers cite it."""
        return False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ("user", "organisation", "role", "ends_on")
    list_filter = ("role", "organisation")
    list_select_related = ("user", "organisation")
    autocomplete_fields = ("user", "organisation")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: Any) -> None:
        """Save a role with its event."""
        save_membership(obj, actor=_actor(request))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Take a role away with its event."""
        remove_membership(obj, actor=_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Take roles away, all or none."""
        with transaction.atomic():
            for membership in queryset:
                remove_membership(membership, actor=_actor(request))
