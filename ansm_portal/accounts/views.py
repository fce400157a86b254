"""Sign-in, start pages, members, language."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import ListView

from ansm_portal.accounts.models import Membership, User
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, Permission, granted, requires
from ansm_portal.views import PortalView


class Invalid422:
    """Answer 422 when a form of django-allauth is shown again with errors."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == 200:  # noqa: PLR2004 -- shown again, not refused otherwise
            response.status_code = 422
        return response


class SignIn(Invalid422, allauth.LoginView):  # type: ignore[misc]
    access = Access.PUBLIC


class PasswordChange(Invalid422, allauth.PasswordChangeView):  # type: ignore[misc]
    access = Access.SIGNED_IN


class PasswordReset(Invalid422, allauth.PasswordResetView):  # type: ignore[misc]
    access = Access.PUBLIC


class PasswordResetFromKey(Invalid422, allauth.PasswordResetFromKeyView):  # type: ignore[misc]
    access = Access.PUBLIC


class Reauthenticate(Invalid422, allauth.ReauthenticateView):  # type: ignore[misc]
    access = Access.SIGNED_IN


@requires(Access.SIGNED_IN)
@require_GET
def home(request: PortalRequest) -> HttpResponse:
    """Lead to the organisation of the person; let them choose when there are several."""
    organisations = {m.organisation.slug: m.organisation for m in request.memberships}
    if len(organisations) == 1:
        return redirect("accounts:organisation", *organisations)
    return render(request, "accounts/home.html", {"organisations": organisations.values()})


@requires(Permission.ORGANISATION_VIEW)
@require_GET
def organisation(request: PortalRequest) -> HttpResponse:
    """Lead a member of the team to the devices, an auditor to the dossiers."""
    team = granted(Permission.DEVICE_VIEW, request.roles)
    page = "assessments:device-list" if team else "assessments:dossier-list"
    return redirect(page, request.organisation.slug)


class MemberList(PortalView, ListView[Membership]):
    """Who has which role."""

    access = Permission.MEMBER_VIEW
    template_name = "accounts/members.html"
    context_object_name = "memberships"

    def get_queryset(self) -> Any:
        return (
            Membership.objects.filter(organisation=self.request.organisation)
            .select_related("user")
            .order_by("user__last_name", "user__first_name", "user__email", "role")
        )


@requires(Access.PUBLIC)
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Set the language of the pages: on the account, and in a cookie for the next sign-in."""
    chosen, target = request.POST.get("language", ""), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("home")
    response = redirect(target)
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated and request.user.language != chosen:
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
