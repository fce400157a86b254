"""Appending to the journal and checking it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.chain import GENESIS
from ansm_portal.audit.models import AuditEvent, JournalHead

# Sent inside the transaction of what happened: ``event``, and ``target``, the row it is about.
recorded = Signal()


def record(
    verb: str, target: models.Model, *, actor: User | None, organisation_id: UUID, **data: Any
) -> AuditEvent:
    """Append one event to the organisation's chain, inside the caller's transaction.

    The head is locked until the caller commits: events of one organisation are in one
    order, and a transaction that fails leaves no gap.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event belongs to the transaction of what it tells.")
    head = _locked_head(organisation_id)
    event = AuditEvent(
        organisation_id=organisation_id,
        sequence=head.sequence + 1,
        happened_at=timezone.now(),
        actor=actor,
        verb=verb,
        target=f"{target._meta.label_lower}:{target.pk}",
        # As the database will give it back: what is hashed is what is stored.
        data=json.loads(json.dumps(data, cls=DjangoJSONEncoder)),
        previous_hash=head.hash,
    )
    event.hash = event.computed_hash()
    event.save(force_insert=True)
    JournalHead.objects.filter(pk=head.pk).update(sequence=event.sequence, hash=event.hash)
    recorded.send(sender=AuditEvent, event=event, target=target)
    return event


def _locked_head(organisation_id: UUID) -> JournalHead:
    heads = JournalHead.objects.select_for_update(of=("self",)).filter(
        organisation_id=organisation_id
    )
    head = heads.first()
    if head is None:
        JournalHead.objects.get_or_create(organisation_id=organisation_id)
        head = heads.get()
    return head


@dataclass(frozen=True, slots=True)
class JournalReport:
    """What a check of one chain found; ``broken_at`` is the number of the first bad event."""

    events: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def is_intact(self) -> bool:
        """Tell whether every link holds."""
        return self.broken_at is None


def verify(organisation_id: UUID) -> JournalReport:
    """Recompute an organisation's chain from its first event to its head."""
    previous, number = GENESIS, 0
    events = AuditEvent.objects.filter(organisation_id=organisation_id).order_by("sequence")
    for event in events.iterator(chunk_size=2000):
        number += 1
        fault = _fault(event, number=number, previous=previous)
        if fault:
            return JournalReport(number - 1, previous, number, fault)
        previous = event.hash
    head = JournalHead.objects.filter(organisation_id=organisation_id).first()
    expected = (head.sequence, head.hash) if head else (0, GENESIS)
    if expected[0] > number:
        return JournalReport(number, previous, number + 1, _("missing at the end"))
    if expected != (number, previous):
        return JournalReport(number, previous, number, _("not what the end of the chain says"))
    return JournalReport(number, previous)


def _fault(event: AuditEvent, *, number: int, previous: str) -> str:
    if event.sequence != number:
        return _("missing")
    if event.previous_hash != previous:
        return _("not linked to the one before")
    if event.computed_hash() != event.hash:
        return _("altered")
    return ""
