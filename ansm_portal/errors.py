"""Refusals: what the portal says when it will not do something, and the pages that say it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class PortalError(Exception):
    """Something a person asked for is refused; the message is a sentence for them."""


# Never shown again on a page, whatever form they came from.
SECRET_FIELDS = frozenset({"csrfmiddlewaretoken", "oldpassword"})


def _resume(request: HttpRequest, *, status: int, signed_out: bool) -> HttpResponse:
    """Show what was sent, so that it can be sent again: nothing typed is lost.

    Texts are shown to be read; single words, numbers and keys travel below them.
    """
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in SECRET_FIELDS and not name.startswith("password")
        for value in values
    ]
    context = {
        "texts": [(name, value) for name, value in kept if len(value.split(maxsplit=1)) > 1],
        "others": [(name, value) for name, value in kept if len(value.split(maxsplit=1)) <= 1],
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


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what cannot be read as a request (``handler400``)."""
    return render(request, "400.html", status=400)


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer a visit to an address that only takes forms, or a form to one that takes none."""
    response = render(request, "405.html", status=405)
    response.headers["Allow"] = allowed
    return response
