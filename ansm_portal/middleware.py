"""Every request starts with no organisation in scope; the URL adds one."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from ansm_portal import tenancy
from ansm_portal.accounts.models import Membership
from ansm_portal.errors import not_allowed, session_ended
from ansm_portal.permissions import Access, access_of, granted

GetResponse = Callable[[HttpRequest], HttpResponse]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class LanguageMiddleware:
    """French, unless the person chose English: on the account, or by cookie when signed out.

    The browser's preference is not asked: pages a team looks at together read the same.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if request.user.is_authenticated:
            chosen = request.user.language
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response


def _sign_in_first(request: Any) -> HttpResponseBase:
    """Lead to the sign-in page; what was typed stays on the page."""
    if request.method not in SAFE_METHODS:
        return session_ended(request)
    if request.htmx:
        # A part of a page cannot be a sign-in form: the whole page goes there.
        page = request.htmx.current_url_abs_path or request.get_full_path()
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    return redirect_to_login(request.get_full_path())


class OrganisationMiddleware:
    """Sign-in, scope and permission of every view, from what the view declares."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with tenancy.no_organisation():
            response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return not_allowed(request, response.headers["Allow"])
        return response

    def process_view(
        self, request: Any, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match.app_name == "admin":
            if request.user.is_active and request.user.is_staff:
                tenancy.widen()
            return None
        access = access_of(view)
        if access is None:
            raise ImproperlyConfigured(f"{match.view_name} declares no access.")
        if access is Access.PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        day = timezone.localdate()
        request.memberships = list(Membership.objects.of(request.user, on=day))
        if isinstance(access, Access):
            tenancy.narrow(m.organisation_id for m in request.memberships)
            return None
        slug = kwargs.pop("organisation")
        own = [m for m in request.memberships if m.organisation.slug == slug]
        if not own:
            raise Http404
        request.organisation = own[0].organisation
        request.roles = frozenset(m.role for m in own)
        request.unread = own[0].unread_count
        tenancy.narrow([request.organisation.pk])
        if not granted(access, request.roles):
            raise PermissionDenied
        return None
