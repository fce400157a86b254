"""Who changed what in the catalogue: a chain of its own, or the journal of the owner."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.chain import GENESIS
from ansm_portal.audit.services import JournalReport, record
from assessments.models import Catalogue, CatalogueEvent, CatalogueJournal


def tell(
    verb: str, catalogue: Catalogue, *, actor: User | None, code: str = "", **data: Any
) -> None:
    """Append one event about ``catalogue``, or its entry ``code``, in the caller's transaction.

    The requirements of an organisation are told in its own journal, where no other reads.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event belongs to the transaction of what it tells.")
    if catalogue.owner_id is not None:
        data |= {"edition": str(catalogue), **({"entry": code} if code else {})}
        record(verb, catalogue, actor=actor, organisation_id=catalogue.owner_id, **data)
        return
    CatalogueJournal.objects.get_or_create(pk=1)
    head = CatalogueJournal.objects.select_for_update().get(pk=1)
    event = CatalogueEvent(
        sequence=head.sequence + 1,
        happened_at=timezone.now(),
        actor=actor,
        verb=verb,
        edition=str(catalogue),
        code=code,
        # As the database will give it back: what is hashed is what is stored.
        data=json.loads(json.dumps(data, cls=DjangoJSONEncoder)),
        previous_hash=head.hash,
    )
    event.hash = event.computed_hash()
    event.save(force_insert=True)
    CatalogueJournal.objects.filter(pk=1).update(sequence=event.sequence, hash=event.hash)


def verify() -> JournalReport:
    """Recompute the chain of the catalogue from its first event to its head."""
    previous, number = GENESIS, 0
    for event in CatalogueEvent.objects.order_by("sequence").iterator(chunk_size=2000):
        number += 1
        if event.sequence != number:
            return JournalReport(number - 1, previous, number, _("missing"))
        if event.previous_hash != previous:
            return JournalReport(number - 1, previous, number, _("not linked to the one before"))
        if event.computed_hash() != event.hash:
            return JournalReport(number - 1, previous, number, _("altered"))
        previous = event.hash
    head = CatalogueJournal.objects.filter(pk=1).first()
    if head is not None and (head.sequence, head.hash) != (number, previous):
        return JournalReport(number, previous, number + 1, _("missing at the end"))
    return JournalReport(number, previous)
