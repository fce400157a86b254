"""An auditor's own remarks with their threads: signed in, or through a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404, QueryDict

from ansm_portal.accounts.models import User
from assessments.enums import RemarkState
from assessments.forms_auditing import AuditorMessageForm
from assessments.models import Remark, RemarkMessage
from assessments.services import remark as services
from assessments.services.auditing import check_flow
from assessments.services.remark import Guest

STEPS: Final = ("reply", "close", "reopen")


@dataclass(frozen=True, slots=True)
class OwnThread:
    """A remark, what was said about it, and what whoever raised it may do."""

    remark: Remark
    state: RemarkState
    lines: tuple[RemarkMessage, ...]
    urls: Mapping[str, str]
    forms: Mapping[str, AuditorMessageForm]
    opened: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A form of one remark that was not accepted: shown again, with what was typed."""

    remark: UUID
    step: str
    form: AuditorMessageForm


def message_form(
    pk: UUID, step: str, data: QueryDict | None = None, *, name: str = ""
) -> AuditorMessageForm:
    """Return the form of one step; a page shows many. A ``name`` is offered through a link."""
    return AuditorMessageForm(
        data, auto_id=f"{step}-{pk}-%s", named=bool(name), initial={"name": name}
    )


def own_threads(
    rows: QuerySet[Remark],
    *,
    url: Callable[[UUID, str], str],
    name: str = "",
    refused: Refused | None = None,
) -> list[OwnThread]:
    """Return remarks with their threads, in the order in which they were raised."""
    messages = RemarkMessage.objects.select_related("author").order_by("sent_at", "pk")
    remarks = (
        rows.select_related("raised_by", "answer__recommendation")
        .prefetch_related(Prefetch("messages", messages))
        .order_by("raised_at", "pk")
    )
    return [_thread(remark, url=url, name=name, refused=refused) for remark in remarks]


def _thread(
    remark: Remark, *, url: Callable[[UUID, str], str], name: str, refused: Refused | None
) -> OwnThread:
    lines = tuple(remark.messages.all())
    forms = {step: message_form(remark.pk, step, name=name) for step in ("reply", "reopen")}
    is_refused = refused is not None and refused.remark == remark.pk
    if refused is not None and is_refused and refused.step in forms:
        forms[refused.step] = refused.form
    return OwnThread(
        remark=remark,
        state=remark.state_after(lines[-1].author_id if lines else None),
        lines=lines,
        urls={step: url(remark.pk, step) for step in STEPS},
        forms=forms,
        opened=refused.step if refused is not None and is_refused else "",
    )


def take(step: str, remark: Remark, *, actor: User | Guest, text: str = "") -> None:
    """Do one step in the thread of an own remark.

    Raises:
        PortalError: it is refused, with a sentence.
        Http404: there is no such step.
    """
    if step not in STEPS:
        raise Http404
    if isinstance(actor, Guest):
        check_flow(actor.link)
    if step == "close":
        services.close(remark.pk, actor=actor)
        return
    act: Any = {"reply": services.reply, "reopen": services.reopen}[step]
    act(remark.pk, text=text, actor=actor)
