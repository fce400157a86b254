"""Sign-in, start pages, members, language."""

from __future__ import annotations

from http import HTTPStatus
from itertools import groupby
from typing import Any

from allauth.account import views as allauth
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import ListView

from ansm_portal.accounts import forms
from ansm_portal.accounts.models import Membership, User
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, Permission, granted, requires
from ansm_portal.views import PortalView


class ShownAgain:
    """Say by the status that a form of django-allauth is shown again with errors."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == HTTPStatus.OK:
            too_many = form.has_error(NON_FIELD_ERRORS, "too_many_login_attempts")
            status = HTTPStatus.TOO_MANY_REQUESTS if too_many else HTTPStatus.UNPROCESSABLE_ENTITY
            response.status_code = status
        return response


class SignIn(ShownAgain, allauth.LoginView):  # type: ignore[misc]
    access = Access.PUBLIC
    form_class = forms.SignInForm


class PasswordChange(ShownAgain, allauth.PasswordChangeView):  # type: ignore[misc]
    access = Access.SIGNED_IN
    form_class = forms.PasswordChangeForm
    success_url = reverse_lazy("home")


class PasswordReset(ShownAgain, allauth.PasswordResetView):  # type: ignore[misc]
    access = Access.PUBLIC
    form_class = forms.PasswordResetForm


class PasswordResetFromKey(ShownAgain, allauth.PasswordResetFromKeyView):  # type: ignore[misc]
    access = Access.PUBLIC
    form_class = forms.PasswordResetKeyForm


class Reauthenticate(ShownAgain, allauth.ReauthenticateView):  # type: ignore[misc]
    access = Access.SIGNED_IN
    form_class = forms.ReauthenticateForm


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
    """Who is here, and in which roles."""

    access = Permission.MEMBER_VIEW
    template_name = "accounts/members.html"

    def get_queryset(self) -> Any:
        return (
            Membership.objects.filter(organisation=self.request.organisation)
            .select_related("user")
            .order_by("user__last_name", "user__first_name", "user__email", "role")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = [
            (user, list(roles)) for user, roles in groupby(self.object_list, lambda m: m.user)
        ]
        return super().get_context_data(people=people, today=timezone.localdate(), **kwargs)


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
