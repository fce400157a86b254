"""Remarks with their threads, as the person who looks at them may use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, granted
from assessments.enums import RemarkState
from assessments.forms_remark import KindForm, MessageForm
from assessments.mentions import Named, marked
from assessments.models import Answer, Remark, RemarkMessage
from assessments.services.remark import named
from assessments.services.team import standing, team_of

ThreadForm: TypeAlias = MessageForm | KindForm


def form_of(pk: UUID, step: str, data: QueryDict | None = None, **options: Any) -> ThreadForm:
    """Return the form of one step in the thread of the remark ``pk``; a page shows many."""
    made = KindForm if step == "kind" else MessageForm
    return made(data, auto_id=f"{step}-{pk}-%s", **options)


@dataclass(frozen=True, slots=True)
class Said:
    """A form of one remark that was not accepted: shown again, with what was typed."""

    remark: UUID
    step: str
    form: ThreadForm


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is read."""

    author: str
    sent_at: dt.datetime
    text: SafeString


@dataclass(frozen=True, slots=True)
class Thread:
    """A remark, what was said about it, and what the reader may do with it."""

    remark: Remark
    state: RemarkState
    text: SafeString
    lines: tuple[Line, ...]
    is_own: bool
    raiser_left: bool
    forms: Mapping[str, ThreadForm]
    opened: str

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing more is said until it is opened again."""
        return self.state == RemarkState.CLOSED


def threads_of(answer: Answer, request: PortalRequest, *, said: Said | None = None) -> list[Thread]:
    """Return the remarks on ``answer`` in the order in which they were raised."""
    return threads_in(answer.remarks.all(), request, said=said)


def threads_in(
    rows: QuerySet[Remark], request: PortalRequest, *, said: Said | None = None
) -> list[Thread]:
    """Return remarks with their threads, in the order in which they were raised.

    The team is only asked for where a text calls somebody.
    """
    day, organisation_id = timezone.localdate(), request.organisation.pk
    memberships = standing(organisation_id, on=day).filter(user=OuterRef("raised_by"))
    messages = RemarkMessage.objects.select_related("author").order_by("sent_at", "pk")
    remarks = list(
        rows.select_related("raised_by", "raised_through", "answer", "dossier")
        .defer("dossier__snapshot")
        .prefetch_related(Prefetch("messages", messages))
        .annotate(raiser_is_here=Exists(memberships))
        .order_by("raised_at", "pk")
    )
    calls = any("@" in text for remark in remarks for text in _texts(remark))
    people = named(team_of(organisation_id, on=day)) if calls else []
    may_stand_in = granted(Permission.ASSESSMENT_REVIEW, request.roles)
    return [
        _thread(
            remark,
            people,
            reader=request.user.pk,
            left=may_stand_in and _has_left(remark, on=day),
            said=said if said and said.remark == remark.pk else None,
        )
        for remark in remarks
    ]


def _has_left(remark: Any, *, on: dt.date) -> bool:
    if remark.raised_by is None:
        return bool(remark.raised_through.has_ended(on))
    return not (remark.raiser_is_here and remark.raised_by.is_active)


def _texts(remark: Remark) -> Iterator[str]:
    yield remark.text
    for message in remark.messages.all():
        yield message.text


def _thread(
    remark: Remark, people: Sequence[Named[UUID]], *, reader: UUID, left: bool, said: Said | None
) -> Thread:
    messages = list(remark.messages.all())
    lines = (Line(m.writer, m.sent_at, marked(m.text, people)) for m in messages)
    forms = {
        "reply": form_of(remark.pk, "reply"),
        "reopen": form_of(remark.pk, "reopen"),
        "kind": form_of(remark.pk, "kind", initial={"kind": remark.kind}),
    }
    if said:
        forms[said.step] = said.form
    return Thread(
        remark=remark,
        state=remark.state_after(messages[-1].author_id if messages else None),
        text=marked(remark.text, people),
        lines=tuple(lines),
        is_own=remark.raised_by_id == reader,
        raiser_left=left and remark.closed_at is None,
        forms=forms,
        opened=said.step if said else "",
    )
