"""Reaching a dossier through a link: who gets in, how often, and what the answer must not leak.

The address in the mail holds the secret. Its page takes one click, and leads on to addresses
without it: a cookie of the browser says which links were opened, each request looks them up anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any, Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation

from ansm_portal import tenancy
from ansm_portal.permissions import Access, requires
from assessments.models import DossierLink
from assessments.services.dossier_link import link_of

HOUR_SECONDS: Final = 3600
TRIES_PER_HOUR: Final = 60  # of one address of the network, at secrets
REQUESTS_PER_HOUR: Final = 600  # through one link
OPEN_FOR_SECONDS: Final = 12 * HOUR_SECONDS  # a working day; then the mail is opened again
PATH: Final = "/shared/"
SALT: Final = "dossier-link"
MOST_OTHERS: Final = 20  # links opened in one browser that are looked up
_COOKIE: Final = re.compile("shared-([0-9a-f]{32})")


def quiet(response: HttpResponseBase, *, has_secret: bool = False) -> HttpResponseBase:
    """Keep a page out of caches, of search engines and of what other sites are told.

    Not ``no-referrer``: with it browsers send ``Origin: null`` with a form, which Django refuses.
    The page whose address ``has_secret`` tells its host alone, even to ourselves, so that the
    secret does not stand in logs of what came from where; the others tell other sites nothing.
    """
    response.headers["Referrer-Policy"] = "strict-origin" if has_secret else "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def closed(request: HttpRequest) -> HttpResponseBase:
    """Say the same of a link that is unknown, expired or revoked: ask who sent it."""
    codes = [code for code, _name in settings.LANGUAGES]
    response = render(request, "shared/closed.html", {"codes": codes}, status=404)
    return quiet(response, has_secret=True)


def too_often(request: HttpRequest) -> HttpResponseBase:
    """Say that it was too often."""
    return quiet(render(request, "shared/too_often.html", status=429))


def is_too_often(what: str, *, most: int) -> bool:
    """Count what is done in an hour; two at once may count as one: no matter."""
    digest = hashlib.sha256(what.encode()).hexdigest()
    key = f"shared:{digest}:{int(time()) // HOUR_SECONDS}"
    done: int = cache.get(key, 0)
    cache.set(key, done + 1, timeout=HOUR_SECONDS)
    return done >= most


def tries_too_often(request: HttpRequest) -> bool:
    """Count a try at a secret from one address; it is kept as a digest, for an hour."""
    address = get_adapter().get_client_ip(request)
    return is_too_often(f"tries {address}", most=TRIES_PER_HOUR)


def in_language(request: HttpRequest, link: DossierLink) -> str:
    """Return the language of the pages: what the visitor chose, else that of the link."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if request.user.is_authenticated:
        chosen = request.user.language
    return chosen if chosen in dict(settings.LANGUAGES) else link.language


def remember(response: HttpResponse, link: DossierLink) -> None:
    """Let the browser come back to a link that was opened, for a working day."""
    response.set_signed_cookie(
        _cookie(link.pk),
        "open",
        salt=f"{SALT}:{link.pk}:{link.token_sha256}",
        max_age=OPEN_FOR_SECONDS,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _cookie(pk: UUID) -> str:
    return f"shared-{pk.hex}"


def opened_link(request: HttpRequest, pk: UUID) -> DossierLink | None:
    """Return a link that this browser opened, if it opens still."""
    if _cookie(pk) not in request.COOKIES:
        return None
    link = link_of(pk)
    if link is None:
        return None
    said = request.get_signed_cookie(
        _cookie(pk),
        default="",
        salt=f"{SALT}:{link.pk}:{link.token_sha256}",
        max_age=OPEN_FOR_SECONDS,
    )
    return link if said == "open" else None


def other_links(request: HttpRequest, link: DossierLink) -> list[DossierLink]:
    """Return the other links this browser opened, to dossiers of the same device."""
    named = [_COOKIE.fullmatch(name) for name in request.COOKIES]
    keys = [UUID(hex=match[1]) for match in named if match]
    found = [opened_link(request, pk) for pk in keys[:MOST_OTHERS] if pk != link.pk]
    return [
        one
        for one in found
        if one is not None
        and one.organisation_id == link.organisation_id
        and one.dossier.assessment.device_id == link.dossier.assessment.device_id
    ]


def through_a_link(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view be reached through an opened link, in the scope of its organisation alone.

    The view is given the link in place of its key.
    """

    @requires(Access.PUBLIC)
    @wraps(view)
    def guarded(request: HttpRequest, pk: UUID, **named: Any) -> HttpResponseBase:
        link = opened_link(request, pk)
        if link is None:
            return closed(request)
        if is_too_often(f"requests {link.pk}", most=REQUESTS_PER_HOUR):
            return too_often(request)
        language = in_language(request, link)
        with tenancy.scoped_to([link.organisation_id]), translation.override(language):
            response = view(request, link, **named)
        response.headers.setdefault("Content-Language", language)
        return quiet(response)

    return guarded
