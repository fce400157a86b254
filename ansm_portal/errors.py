"""Refusals: what the portal says when it will not do something, and the pages that say it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class PortalError(Exception):
    """Something a person asked for is refused; the message is a sentence for them."""


# Never shown again on a page, whatever form they came from.
SECRET_FIELDS = frozenset({"csrfmiddlewaretoken", "password", "oldpassword", "password1"})


def _resume(request: HttpRequest, *, status: int, signed_out: bool) -> HttpResponse:
    """Show what was sent, so that it can be sent again: nothing typed is lost."""
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in SECRET_FIELDS and not name.startswith("password")
        for value in values
    ]
    context = {
        "kept": kept,
        "files": [file.name for __, files in request.FILES.lists() for file in files],
        "signed_out": signed_out,
        "action": request.get_full_path(),
    }
    return render(request, "resume.html", context, status=status)


def session_ended(request: HttpRequest) -> HttpResponse:
    """Answer a form that was sent after the session ended."""
    return _resume(request, status=401, signed_out=True)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is not that of the session (``CSRF_FAILURE_VIEW``)."""
    return _resume(request, status=403, signed_out=not request.user.is_authenticated)
