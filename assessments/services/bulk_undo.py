"""Undoing a bulk change, as one step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.bulk import restorable
from assessments.models import Answer, BulkChange, BulkEntry, EvidenceLink
from assessments.services.bulk import Done, Planned, store_and_reopen, told
from assessments.services.changes import lock_all, rewrite


def may_undo(change: BulkChange, *, actor: User, manages: bool) -> bool:
    """Tell whether ``actor`` may undo: whoever made the change, or a manager; once."""
    return change.undone_at is None and (manages or change.made_by_id == actor.pk)


@transaction.atomic
def undo(pk: UUID, *, actor: User, manages: bool = False) -> Done:
    """Put back what the answers of a bulk change said before it, as one step.

    Answers that changed since, are under review or were accepted since are left alone. What
    had been accepted before the bulk change stays open, and void signatures stay void: only a
    reviewer accepts. Whoever undoes writes, and so cannot accept these answers.

    Raises:
        PortalError: it was undone, ``actor`` may not, or no answer can be put back.
    """
    answers = {
        answer.pk: answer
        for answer in lock_all(
            Answer.objects.filter(pk__in=BulkEntry.objects.filter(change_id=pk).values("answer_id"))
        )
    }
    change = BulkChange.objects.select_for_update(of=("self",)).get(pk=pk)
    if change.undone_at is not None:
        raise PortalError(_("This change was undone already."))
    if not may_undo(change, actor=actor, manages=manages):
        raise PortalError(_("Whoever made this change undoes it, or a manager."))
    # What left its assessment by a move to another edition is no longer among them.
    standing = [one for one in change.changes if UUID(one["answer"]) in answers]
    planned = [_to_restore(answers[UUID(one["answer"])], one) for one in standing]
    restoring = [each for each in planned if not each.refused]
    if not restoring:
        raise PortalError(
            _("Nothing was undone: none of these answers is still as this change left it.")
        )
    restored, heirs = _put_back(restoring, change, actor=actor)
    change.undone_by, change.undone_at = actor, timezone.now()
    change.save(update_fields=["undone_by", "undone_at"])
    record(
        "answers.undo",
        change,
        actor=actor,
        organisation_id=change.organisation_id,
        kind=change.kind,
        changes=restored,
        **heirs,
    )
    return Done(change, [each for each in planned if each.refused])


def _to_restore(answer: Answer, one: Mapping[str, Any]) -> Planned:
    refused = restorable(
        revision=answer.revision, state=answer.state, given=one["revision"], fields=one["fields"]
    )
    before = {name: _value(name, pair[0]) for name, pair in one["fields"].items()}
    return Planned(answer, {} if refused else before, refused)


def _put_back(
    restoring: Sequence[Planned], change: BulkChange, *, actor: User
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    cited = {one["answer"]: one["fields"].get("evidence", [None, None]) for one in change.changes}
    restored: list[dict[str, Any]] = []
    touched: set[str] = set()
    now = timezone.now()
    for each in restoring:
        answer, changes = each.answer, dict(each.changes)
        touched.update(changes)
        if "evidence" in changes:
            answer.evidence_count -= 1
            del changes["evidence"]
        fields = rewrite(answer, changes, actor=actor, at=now)
        if "evidence" in each.changes:
            fields["evidence"] = [cited[str(answer.pk)][1], None]
        restored.append(told(answer, fields, revision=answer.revision + 1))
    if "evidence" in touched:
        EvidenceLink.objects.filter(
            evidence_id=next(pair[1] for pair in cited.values() if pair[1]),
            answer__in=[each.answer.pk for each in restoring if "evidence" in each.changes],
        ).delete()
    heirs = store_and_reopen([each.answer for each in restoring], touched, actor=actor)
    return restored, heirs


def _value(name: str, value: Any) -> Any:
    """Return a value of the field ``name`` from what JSON has of it."""
    if value is None:
        return None
    if name == "owner_id":
        return UUID(value)
    return dt.date.fromisoformat(value) if name == "due_on" else value
