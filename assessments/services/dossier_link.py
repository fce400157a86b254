"""Links for auditors: made, sent, used, extended, revoked; each time is an event.

The secret is shown and mailed once. Only its digest is kept; it stands in no event and no log.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from dataclasses import asdict, dataclass
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ansm_portal import tenancy
from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import DossierState
from assessments.models import Dossier, DossierLink
from assessments.services.calendar import digest_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """For whom a link is, what for, until when, and what it opens."""

    name: str
    body: str
    email: str
    purpose: str
    language: str
    ends_on: dt.date
    with_evidence: bool
    with_remarks: bool
    with_comparison: bool


@transaction.atomic
def create_link(dossier: Dossier, *, terms: Terms, actor: User) -> tuple[DossierLink, str]:
    """Make a link to an issued dossier; return it with its secret, which is not kept.

    Raises:
        PortalError: the dossier is not one that counts, or the last day is not allowed.
    """
    if dossier.state not in (DossierState.ISSUED, DossierState.SUPERSEDED):
        raise PortalError(_("Links are made to a dossier that was issued and not withdrawn."))
    _check_day(terms.ends_on)
    token = secrets.token_urlsafe(32)
    link = DossierLink.objects.create(
        organisation_id=dossier.organisation_id,
        dossier=dossier,
        token_sha256=digest_of(token),
        created_by=actor,
        **asdict(terms),
    )
    record("link.create", link, number=dossier.number, **asdict(terms), **_by(link, actor))
    return link, token


def _check_day(ends_on: dt.date) -> None:
    today = timezone.localdate()
    most = settings.AUDITOR_LINK_MAX_DAYS
    if ends_on < today:
        raise PortalError(_("The last day has passed. Choose a later one."))
    if ends_on > today + dt.timedelta(days=most):
        raise PortalError(
            _("A link lasts %(days)d days at most. Choose an earlier day.") % {"days": most}
        )


@transaction.atomic
def extend_link(pk: UUID, *, ends_on: dt.date, actor: User) -> DossierLink:
    """Give a link another last day; one that expired opens again.

    Raises:
        PortalError: it is revoked, or the day is not allowed.
    """
    link = _locked(pk)
    if link.revoked_at is not None:
        raise PortalError(_("A revoked link stays revoked. Make another one."))
    _check_day(ends_on)
    before, link.ends_on = link.ends_on, ends_on
    link.save(update_fields=["ends_on"])
    record("link.extend", link, ends_on=[before, ends_on], **_by(link, actor))
    return link


@transaction.atomic
def revoke_link(pk: UUID, *, actor: User) -> DossierLink:
    """Let a link open nothing from now on; once is enough."""
    link = _locked(pk)
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by = timezone.now(), actor
        link.save(update_fields=["revoked_at", "revoked_by"])
        record("link.revoke", link, **_by(link, actor))
    return link


def _locked(pk: UUID) -> DossierLink:
    return DossierLink.objects.select_for_update(of=("self",)).get(pk=pk)


def send_link(link: DossierLink, *, address: str, actor: User) -> bool:
    """Mail the address of a link to whom it is for, in their language; say whether it left."""
    with translation.override(link.language):
        context = {"link": link, "dossier": link.dossier, "address": address, "actor": actor}
        subject = _("%(maker)s: dossier %(number)s")
        message = EmailMultiAlternatives(
            subject % {"maker": link.organisation.name, "number": link.dossier.number},
            render_to_string("mail/dossier_link.txt", context),
            to=[link.email],
            reply_to=[actor.email],
        )
        message.attach_alternative(render_to_string("mail/dossier_link.html", context), "text/html")
    try:
        message.send()
    except (OSError, SMTPException):
        logger.exception("The mail with link %s could not be sent.", link.pk)
        return False
    with transaction.atomic():
        link.mailed_at = timezone.now()
        link.save(update_fields=["mailed_at"])
        record("link.mail", link, email=link.email, **_by(link, actor))
    return True


def link_at(slug: str, token: str) -> DossierLink | None:
    """Return the link with this secret that opens today, or None, whatever the reason.

    The secret is looked up by its digest: how long that takes says nothing of the secret.
    """
    return _standing(organisation__slug=slug, token_sha256=digest_of(token))


def link_of(pk: UUID) -> DossierLink | None:
    """Return the link that somebody opened before, if it opens still."""
    return _standing(pk=pk)


def _standing(**named: Any) -> DossierLink | None:
    with tenancy.every_organisation():
        return (
            DossierLink.objects.standing(timezone.localdate())
            .select_related(
                "organisation",
                "dossier__superseded_by",
                "dossier__assessment__version__device",
            )
            .defer("dossier__snapshot", "dossier__superseded_by__snapshot")
            .filter(**named)
            .first()
        )


@transaction.atomic
def open_link(link: DossierLink) -> None:
    """Count that a link was opened."""
    DossierLink.objects.filter(pk=link.pk).update(uses=F("uses") + 1, last_used_at=timezone.now())
    record("link.open", link, number=link.dossier.number, **_through(link))


@transaction.atomic
def record_download(link: DossierLink, *, file: str, sha256: str = "") -> None:
    """Tell the journal which file was taken through a link."""
    record("link.download", link, file=file, sha256=sha256, **_through(link))


@transaction.atomic
def record_verification(link: DossierLink) -> None:
    """Tell the journal that the dossier was verified through a link."""
    record("link.verify", link, number=link.dossier.number, **_through(link))


@transaction.atomic
def record_comparison(link: DossierLink, *, earlier: str) -> None:
    """Tell the journal with which dossier that of a link was compared."""
    number = link.dossier.number
    record("link.compare", link, number=number, changes_since=earlier, **_through(link))


def _by(link: DossierLink, actor: User) -> dict[str, Any]:
    return {"actor": actor, "organisation_id": link.organisation_id}


def _through(link: DossierLink) -> dict[str, Any]:
    """Return by whom something is done through a link: nobody with an account."""
    return {"actor": None, "organisation_id": link.organisation_id, "guest": str(link)}
