"""Notifications by mail: one message for everything a person has to hear of, never evidence."""

from __future__ import annotations

import datetime as dt
import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.audit.reading import rows_of
from assessments.models import Notification

logger = logging.getLogger(__name__)


def send_due(organisation: Organisation, *, now: dt.datetime) -> tuple[int, int]:
    """Send the mails of an organisation that are due; return how many left and how many failed.

    A mail that cannot be sent stays due.
    """
    due = Notification.objects.filter(organisation=organisation, mail_due_at__lte=now)
    people = due.order_by("recipient_id").values_list("recipient_id", flat=True).distinct()
    sent = failed = 0
    for person in User.objects.filter(pk__in=list(people)).order_by("pk"):
        try:
            sent += _send(organisation, person, now=now)
        except (OSError, SMTPException):
            logger.exception("The mail to %s could not be sent; it stays due.", person.pk)
            failed += 1
    return sent, failed


@transaction.atomic
def _send(organisation: Organisation, person: User, *, now: dt.datetime) -> bool:
    """Send one person everything due. Locked meanwhile: a second process sends nothing twice."""
    due = Notification.objects.filter(
        organisation=organisation, recipient=person, mail_due_at__lte=now
    )
    locked = due.select_for_update(
        of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
    )
    news = list(locked.order_by("created_at", "pk"))
    # What is read already, or was read by somebody who left, is not sent.
    unread = [one for one in news if one.read_at is None]
    Notification.objects.filter(pk__in=[one.pk for one in news]).update(mail_due_at=None)
    current = Membership.objects.of(person, on=now.date()).filter(organisation=organisation)
    if not unread or not person.is_active or not current.exists():
        return False
    with translation.override(person.language):
        _message(organisation, person, unread).send()
    return True


def _message(
    organisation: Organisation, person: User, news: list[Notification]
) -> EmailMultiAlternatives:
    rows = rows_of({one.target for one in news}, organisation)
    items = []
    for one in news:
        row = rows.get(one.target)
        link = getattr(row, "get_absolute_url", None)
        items.append(
            {
                "kind": one.get_kind_display(),
                "about": row.full_name if row else "",
                "url": _absolute(link()) if link else "",
                "day": one.day,
            }
        )
    context = {
        "organisation": organisation,
        "person": person,
        "items": items,
        "preferences_url": _absolute(reverse("notification-preferences")),
    }
    subject = ngettext(
        "%(name)s: %(count)d thing for you", "%(name)s: %(count)d things for you", len(items)
    )
    message = EmailMultiAlternatives(
        subject % {"name": organisation.name, "count": len(items)},
        render_to_string("mail/notifications.txt", context),
        to=[person.email],
    )
    message.attach_alternative(render_to_string("mail/notifications.html", context), "text/html")
    return message


def _absolute(path: str) -> str:
    """Return an address for a mail; empty as long as nobody said where the portal is."""
    return settings.PUBLIC_URL.rstrip("/") + path if settings.PUBLIC_URL else ""
