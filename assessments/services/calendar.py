"""Calendar feeds: a secret address per person, of which only the digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.tenancy import OrganisationOwned
from assessments.enums import ActionState
from assessments.models import Action, Answer, CalendarFeed, Evidence
from assessments.models.assessment import NO_DUE_DAY
from assessments.services.team import team_of

PRODUCT: Final = "-//ANSM portal//deadlines//"
READ_AGAIN_AFTER: Final = timedelta(hours=6)


def digest_of(token: str) -> str:
    """Return what is kept of a secret address."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_feed(organisation: Organisation, *, actor: User) -> str:
    """Give ``actor`` a new secret address, in place of an earlier one; return its secret."""
    _revoke(organisation, actor)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        organisation=organisation, user=actor, token_sha256=digest_of(token)
    )
    record("calendar.create", feed, actor=actor, organisation_id=organisation.pk)
    return token


@transaction.atomic
def revoke_feed(organisation: Organisation, *, actor: User) -> bool:
    """Take the secret address of ``actor`` out of use; say whether there was one."""
    feed = _revoke(organisation, actor)
    if feed is not None:
        record("calendar.revoke", feed, actor=actor, organisation_id=organisation.pk)
    return feed is not None


def _revoke(organisation: Organisation, actor: User) -> CalendarFeed | None:
    feed = (
        CalendarFeed.objects.select_for_update(of=("self",))
        .filter(organisation=organisation, user=actor, revoked_at=None)
        .first()
    )
    if feed is not None:
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
    return feed


def feed_at(slug: str, token: str) -> CalendarFeed | None:
    """Return the feed with this secret, or None: unknown, revoked, or its person has left.

    The secret is looked up by its digest: how long that takes says nothing of the secret.
    """
    with tenancy.every_organisation():
        feed = (
            CalendarFeed.objects.select_related("user", "organisation")
            .filter(organisation__slug=slug, token_sha256=digest_of(token), revoked_at=None)
            .first()
        )
    if feed is None:
        return None
    team = team_of(feed.organisation_id, on=timezone.localdate())
    return feed if team.filter(pk=feed.user_id).exists() else None


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that is due on a day."""

    row: OrganisationOwned
    on: date
    summary: str


def deadlines_of(user: User, organisation: Organisation) -> Iterator[Deadline]:
    """Yield what ``user`` has to do in the organisation, in the language of the moment."""
    answers = Answer.objects.filter(
        organisation=organisation,
        owner=user,
        turn__lt=NO_DUE_DAY,
        assessment__is_current=True,
    ).select_related("assessment__version", "device", "organisation")
    for answer in answers.order_by("turn", "pk"):
        words = {"code": answer.code, "version": answer.full_name}
        yield Deadline(answer, answer.due_on, _("Answer %(code)s: %(version)s") % words)  # type: ignore[arg-type]
    actions = Action.objects.open().filter(organisation=organisation, owner=user)
    for action in actions.select_related("organisation").order_by("number"):
        words = {"label": action.label, "title": action.title}
        if action.state == ActionState.OPEN:
            yield Deadline(action, action.due_on, _("%(label)s due: %(title)s") % words)
        elif action.check_on:
            sentence = _("%(label)s, effectiveness check: %(title)s")
            yield Deadline(action, action.check_on, sentence % words)
    evidence = Evidence.objects.filter(
        organisation=organisation, added_by=user, superseded_by=None, expires_on__isnull=False
    ).select_related("organisation")
    for piece in evidence.order_by("number"):
        words = {"label": piece.label, "title": piece.title}
        sentence = _("%(label)s is valid until today: %(title)s")
        yield Deadline(piece, piece.expires_on, sentence % words)  # type: ignore[arg-type]


def as_calendar(
    feed: CalendarFeed, *, language: str, instant: datetime, absolute: Callable[[str], str]
) -> bytes:
    """Return the feed as iCalendar (RFC 5545): one event of a day for each deadline.

    Names of events are stable, so that a calendar moves them instead of adding others.
    ``absolute`` makes an address of the portal one that works from elsewhere.
    """
    calendar = Calendar()
    calendar.add("prodid", f"{PRODUCT}{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", _("%(name)s: deadlines") % {"name": feed.organisation})
    calendar.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    for deadline in deadlines_of(feed.user, feed.organisation):
        row = deadline.row
        link = absolute(row.get_absolute_url())  # type: ignore[attr-defined]
        event = Event()
        event.add("uid", f"{row._meta.model_name}-{row.pk}@ansm-portal")
        event.add("dtstamp", instant)
        event.add("dtstart", deadline.on)
        event.add("duration", timedelta(days=1))
        event.add("summary", deadline.summary)
        event.add("description", link)
        event.add("url", link)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
