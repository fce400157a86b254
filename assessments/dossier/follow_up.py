"""Rows to a snapshot: what was raised on the answers, and what is done about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Prefetch, Q

from ansm_portal.accounts.models import User
from assessments.dossier import snapshot as record
from assessments.models import Action, Assessment, Remark, RemarkMessage


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Remarks by recommendation, numbered for the dossier, and actions by their number."""

    remarks: tuple[record.Remark, ...]
    actions: tuple[record.Action, ...]

    @classmethod
    def of(cls, assessment: Assessment) -> FollowUp:
        """Read what belongs to the answers of ``assessment``."""
        messages = RemarkMessage.objects.select_related("author").order_by("sent_at", "pk")
        remarks = (
            Remark.objects.filter(
                Q(answer__assessment=assessment, answer__left_by=None)
                | Q(answer=None, dossier__assessment=assessment)
            )
            .select_related("answer", "dossier", "raised_by")
            .defer("dossier__snapshot")
            .prefetch_related(Prefetch("messages", messages))
            .order_by(F("answer__position").asc(nulls_last=True), "raised_at", "pk")
        )
        numbers = {remark.pk: f"R-{number}" for number, remark in enumerate(remarks, start=1)}
        actions = (
            Action.objects.filter(answer__assessment=assessment, answer__left_by=None)
            .select_related("answer", "owner", "done_by", "checked_by")
            .order_by("number")
        )
        return cls(
            remarks=tuple(_remark(row, numbers[row.pk]) for row in remarks),
            actions=tuple(_action(row, numbers) for row in actions),
        )


def _remark(row: Remark, number: str) -> record.Remark:
    return record.Remark(
        number=number,
        code=row.code,
        dossier=row.dossier.number if row.dossier else "",
        kind=row.kind,
        text=row.text,
        raised_by=row.raiser,
        raised_at=row.raised_at,
        messages=tuple(
            record.Message(each.writer, each.text, each.sent_at) for each in row.messages.all()
        ),
        closed_at=row.closed_at,
    )


def _action(row: Action, remarks: Mapping[UUID, str]) -> record.Action:
    return record.Action(
        number=row.label,
        code=row.answer.code if row.answer else "",
        remark=remarks[row.remark_id] if row.remark_id else "",
        title=row.title,
        description=row.description,
        owner=str(row.owner),
        due_on=row.due_on,
        state=row.state,
        outcome=row.outcome,
        done_by=_name(row.done_by),
        done_at=row.done_at,
        check_on=row.check_on,
        check_note=row.check_note,
        checked_by=_name(row.checked_by),
        checked_at=row.checked_at,
    )


def _name(user: User | None) -> str:
    return str(user) if user else ""
