"""Deadlines in a person's own calendar: the page of the secret address, and the feed."""

from __future__ import annotations

from http import HTTPStatus
from time import time
from typing import Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ansm_portal import tenancy
from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, Permission, requires
from assessments.models import CalendarFeed
from assessments.services.calendar import as_calendar, create_feed, feed_at, revoke_feed

HOUR_SECONDS: Final = 3600
READINGS_PER_HOUR: Final = 30


class StepForm(PortalForm):
    """What to do with the secret address."""

    step = forms.ChoiceField(choices=[("create", "create"), ("revoke", "revoke")])


def absolute(request: HttpRequest, path: str) -> str:
    """Return an address of the portal as it works from elsewhere."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    return request.build_absolute_uri(path)


@requires(Permission.ASSESSMENT_VIEW)
def own(request: PortalRequest) -> HttpResponse:
    """Say whether there is a secret address; make one, which is shown once, or revoke it."""
    if request.method != "POST":
        return _page(request)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.cleaned_data["step"] == "create":
        token = create_feed(request.organisation, actor=request.user)
        path = reverse("calendar-feed", args=[request.organisation.slug, token])
        response = _page(request, address=absolute(request, path))
        response.headers["Cache-Control"] = "no-store"
        return response
    if revoke_feed(request.organisation, actor=request.user):
        messages.success(request, _("The address is revoked: calendars read it no more."))
    return redirect("assessments:calendar", request.organisation.slug)


def _page(request: PortalRequest, *, address: str = "", status: int = 200) -> HttpResponse:
    feed = CalendarFeed.objects.filter(
        organisation=request.organisation, user=request.user, revoked_at=None
    ).first()
    context = {"feed": feed, "address": address}
    return render(request, "assessments/calendar.html", context, status=status)


def _is_too_often(found: CalendarFeed) -> bool:
    """Count a reading; django-allauth counts no GET. Two at once may count as one: no matter."""
    key = f"calendar-feed:{found.pk}:{int(time()) // HOUR_SECONDS}"
    readings: int = cache.get(key, 0)
    cache.set(key, readings + 1, timeout=HOUR_SECONDS)
    return readings >= READINGS_PER_HOUR


@requires(Access.PUBLIC)
@require_safe
def feed(request: HttpRequest, organisation: str, token: str) -> HttpResponse:
    """Return the deadlines of whoever has this secret address, in their language."""
    found = feed_at(organisation, token)
    if found is None:
        raise Http404
    if _is_too_often(found):
        return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    language = found.user.language
    with tenancy.scoped_to([found.organisation_id]), translation.override(language):
        content = as_calendar(
            found,
            language=language,
            instant=timezone.now(),
            absolute=lambda path: absolute(request, path),
        )
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Cache-Control": "private",
            "Content-Language": language,
            "Content-Disposition": 'inline; filename="deadlines.ics"',
            "X-Robots-Tag": "noindex",
        },
    )
