"""Remarks: raised, talked over in a thread, closed by whoever raised them.

Events name whom a text calls (``mentions``): who is told of what is read from them. What
auditors raise on a dossier begins in ``auditing``; its thread is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.enums import RemarkKind
from assessments.mentions import Named, find
from assessments.models import Answer, DossierLink, Remark, RemarkMessage
from assessments.services.team import has_role, is_member, team_of


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever came through a link for an auditor, under the name they gave."""

    link: DossierLink
    name: str

    def __str__(self) -> str:
        return f"{self.name}, {self.link.body}"

    @property
    def authorship(self) -> dict[str, Any]:
        """What a message through the link has for an author."""
        return {"author": None, "through": self.link, "author_name": str(self)}


@transaction.atomic
def raise_remark(answer: Answer, *, kind: RemarkKind | str, text: str, actor: User) -> Remark:
    """Say what is missing or unclear in an answer."""
    remark = Remark.objects.create(
        organisation_id=answer.organisation_id,
        answer=answer,
        kind=kind,
        text=text,
        raised_by=actor,
    )
    record_raised(remark, actor, answer=answer.code)
    return remark


def record_raised(remark: Remark, actor: User | Guest, **details: object) -> None:
    """Write the event of a remark that is new."""
    _record("raise", remark, actor, kind=str(remark.kind), text=remark.text, **details)


@transaction.atomic
def reply(pk: UUID, *, text: str, actor: User | Guest) -> Remark:
    """Add a message to the thread of an open remark."""
    remark = _locked(pk, closed=False)
    _say(remark, text, actor)
    _record("reply", remark, actor, text=text)
    return remark


@transaction.atomic
def close(pk: UUID, *, actor: User | Guest) -> Remark:
    """Close a remark: whoever raised it, or a reviewer when that person has left.

    Raises:
        PortalError: it is closed already, or somebody else closes it.
    """
    remark = _locked(pk, closed=False)
    if not _is_raiser(remark, actor) and not _may_stand_in(remark, actor):
        raise PortalError(_("%(name)s raised this remark and closes it.") % {"name": remark.raiser})
    remark.closed_at = timezone.now()
    remark.save(update_fields=["closed_at"])
    _record("close", remark, actor)
    return remark


@transaction.atomic
def reopen(pk: UUID, *, text: str, actor: User | Guest) -> Remark:
    """Open a closed remark again, saying why; only whoever raised it does that."""
    remark = _locked(pk, closed=True)
    if not _is_raiser(remark, actor):
        raise PortalError(
            _("%(name)s raised this remark and opens it again.") % {"name": remark.raiser}
        )
    _say(remark, text, actor)
    remark.closed_at = None
    remark.save(update_fields=["closed_at"])
    _record("reopen", remark, actor, text=text)
    return remark


@transaction.atomic
def change_kind(pk: UUID, *, kind: RemarkKind | str, text: str, actor: User) -> Remark:
    """Call an open remark something else, saying why in the thread.

    Raises:
        PortalError: it is closed, of that kind already, or somebody else raised it.
    """
    remark = _locked(pk, closed=False)
    if remark.raised_by_id != actor.pk:
        raise PortalError(
            _("%(name)s raised this remark and says of which kind it is.") % {"name": remark.raiser}
        )
    if remark.kind == kind:
        raise PortalError(_("It is of this kind already. Choose another one."))
    before, remark.kind = remark.kind, str(kind)
    _say(remark, text, actor)
    remark.save(update_fields=["kind"])
    _record("change_kind", remark, actor, kind=[before, str(kind)], text=text)
    return remark


def named(people: Iterable[User]) -> list[Named[UUID]]:
    """Return ``people`` as a text can call them."""
    return [Named(person.pk, str(person), person.email) for person in people]


def _say(remark: Remark, text: str, actor: User | Guest) -> None:
    if not text.strip():
        raise PortalError(_("Write a message."))
    author = actor.authorship if isinstance(actor, Guest) else {"author": actor}
    RemarkMessage.objects.create(
        organisation_id=remark.organisation_id, remark=remark, text=text, **author
    )


def _is_raiser(remark: Remark, actor: User | Guest) -> bool:
    if isinstance(actor, Guest):
        return remark.raised_through_id == actor.link.pk
    return remark.raised_by_id == actor.pk


def has_left(remark: Remark, *, on: dt.date) -> bool:
    """Tell whether whoever raised it cannot close it any more, on the day ``on``."""
    if remark.raised_by is not None:
        return not is_member(remark.raised_by, organisation_id=remark.organisation_id, on=on)
    return remark.raised_through is not None and remark.raised_through.has_ended(on)


def _may_stand_in(remark: Remark, actor: User | Guest) -> bool:
    """Tell whether ``actor`` may close it because whoever raised it has left."""
    organisation_id, day = remark.organisation_id, timezone.localdate()
    return (
        isinstance(actor, User)
        and has_left(remark, on=day)
        and has_role(actor, Role.REVIEWER, organisation_id=organisation_id, on=day)
    )


def _locked(pk: UUID, *, closed: bool) -> Remark:
    rows = Remark.objects.select_for_update(of=("self",))
    remark = rows.select_related("raised_by", "raised_through").get(pk=pk)
    if closed and remark.closed_at is None:
        raise PortalError(_("This remark is open."))
    if not closed and remark.closed_at is not None:
        raise PortalError(_("This remark is closed. Whoever raised it can open it again."))
    return remark


def _record(
    step: str, remark: Remark, actor: User | Guest, *, text: str = "", **details: object
) -> None:
    """Write the event; what a guest writes calls nobody."""
    if text:
        details["text"] = text
    is_guest = isinstance(actor, Guest)
    if "@" in text and not is_guest:
        team = team_of(remark.organisation_id, on=timezone.localdate())
        called = [key for mention in find(text, named(team)) for key in mention.keys]
        details["mentions"] = list(dict.fromkeys(map(str, called)))
    if is_guest:
        details["guest"] = str(actor)
    record(
        f"remark.{step}",
        remark,
        actor=None if isinstance(actor, Guest) else actor,
        organisation_id=remark.organisation_id,
        **details,
    )
