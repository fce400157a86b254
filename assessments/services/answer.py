"""What people answer."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import Verdict
from assessments.models import Answer
from assessments.services.changes import (
    OverrideNeeded,
    differing,
    is_rewritten,
    lock,
    lock_with_sources,
    reopen,
    rewrite,
    store,
)
from assessments.services.draft import discard_draft
from assessments.services.inheriting import begin


class AnswerMoved(PortalError):
    """Somebody saved the answer in between; ``theirs`` is what it says now."""

    def __init__(self, theirs: Answer) -> None:
        super().__init__(
            _("%(name)s saved this answer while you were writing. Compare both, then save again.")
            % {"name": theirs.answered_by or _("Somebody")}
        )
        self.theirs = theirs


@transaction.atomic
def save_answer(
    pk: UUID,
    *,
    revision: int,
    verdict: Verdict | str,
    justification: str,
    owner_id: UUID | None,
    due_on: dt.date | None,
    actor: User,
    reason: str = "",
    override_reason: str = "",
    typed: bool = False,
) -> Answer:
    """Write an answer that was read at ``revision``.

    Saving what is there already changes nothing: a double click is one event. Saving what was
    carried over from an earlier version confirms it; what repeats the answer of a platform is
    written with an ``override_reason``, and does not follow it any more. What ``actor`` ``typed``
    in its form is no draft any more.

    Raises:
        AnswerMoved: it has a later revision that says something else.
        ReasonNeeded: it was accepted, and ``reason`` is empty; or it is inherited, and
            ``override_reason`` is.
        PortalError: it is under review, or does not apply.
    """
    answer = lock(pk)
    if typed:
        discard_draft(pk, author=actor)
    wanted = {
        "verdict": str(verdict),
        "justification": justification,
        "owner_id": owner_id,
        "due_on": due_on,
        "to_confirm": False,
    }
    changes = differing(answer, wanted)
    if not changes:
        return answer
    if answer.revision != revision:
        raise AnswerMoved(answer)
    rewritten = is_rewritten(changes)
    if rewritten:
        if answer.is_inherited:
            if not override_reason.strip():
                raise OverrideNeeded
            changes["override_reason"] = override_reason
        reopen(answer, actor=actor, reason=reason)
    details: dict[str, Any] = rewrite(answer, changes, actor=actor)
    details |= store(answer, author=actor if rewritten else None)
    if reason:
        details["reason"] = reason
    record("answer.save", answer, actor=actor, organisation_id=answer.organisation_id, **details)
    return answer


@transaction.atomic
def include(pk: UUID, *, reason: str, actor: User) -> Answer:
    """Answer a recommendation although the profile excludes it."""
    [answer] = lock_with_sources(Answer.objects.filter(pk=pk))
    if answer.is_applicable:
        raise PortalError(_("%(code)s applies already.") % {"code": answer.code})
    if not reason.strip():
        raise PortalError(_("Say why this recommendation is included."))
    answer.is_applicable = True
    answer.inclusion_reason, answer.included_by = reason, actor
    store(answer, author=None)
    heirs = begin([answer], actor=actor)
    record(
        "answer.include",
        answer,
        actor=actor,
        organisation_id=answer.organisation_id,
        reason=reason,
        missing_facts=answer.missing_facts,
        is_applicable=[False, True],
        **({"heirs": heirs} if heirs else {}),
    )
    return answer


@transaction.atomic
def exclude_again(pk: UUID, *, actor: User) -> Answer:
    """Take back the inclusion of a recommendation that the profile excludes.

    What was answered stays in the row, and comes back with the next inclusion.
    """
    answer = lock(pk)
    if not answer.inclusion_reason:
        raise PortalError(_("%(code)s applies by the profile.") % {"code": answer.code})
    reopen(answer, actor=actor, reason=_("It is no longer included."))
    reason, answer.inclusion_reason = answer.inclusion_reason, ""
    answer.included_by = None
    answer.is_applicable = False
    heirs = store(answer, author=None)
    record(
        "answer.exclude",
        answer,
        actor=actor,
        organisation_id=answer.organisation_id,
        reason=reason,
        is_applicable=[True, False],
        **heirs,
    )
    return answer
