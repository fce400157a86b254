"""The request our views receive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from ansm_portal.accounts.models import Membership, Organisation, User


class PortalRequest(HttpRequest):
    """A request after the middleware: whose it is and what it may do."""

    user: User
    htmx: HtmxDetails
    organisation: Organisation
    roles: frozenset[str]
    memberships: list[Membership]
    unread: int
