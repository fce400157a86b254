"""Remarks: raised on an answer, replied to, closed by whoever raised them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import RemarkKind
from assessments.models import Answer, Remark


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
    _record("raise", remark, actor, kind=str(kind), text=text, answer=answer.code)
    return remark


@transaction.atomic
def reply(pk: UUID, *, text: str, actor: User) -> Remark:
    """Answer a remark; a later reply takes the place of an earlier one."""
    remark = _locked_open(pk)
    if not text.strip():
        raise PortalError(_("Write a reply."))
    remark.reply, remark.replied_by, remark.replied_at = text, actor, timezone.now()
    remark.save()
    _record("reply", remark, actor, text=text)
    return remark


@transaction.atomic
def close(pk: UUID, *, actor: User) -> Remark:
    """Close a remark; only whoever raised it does that."""
    remark = _locked_open(pk)
    if remark.raised_by_id != actor.pk:
        raise PortalError(
            _("%(name)s raised this remark and closes it.") % {"name": remark.raised_by}
        )
    remark.closed_at = timezone.now()
    remark.save()
    _record("close", remark, actor)
    return remark


def _locked_open(pk: UUID) -> Remark:
    remark = Remark.objects.select_for_update(of=("self",)).select_related("raised_by").get(pk=pk)
    if remark.closed_at is not None:
        raise PortalError(_("This remark is closed."))
    return remark


def _record(step: str, remark: Remark, actor: User, **details: str) -> None:
    record(
        f"remark.{step}",
        remark,
        actor=actor,
        organisation_id=remark.organisation_id,
        **details,
    )
