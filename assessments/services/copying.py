"""Copying an answer from elsewhere in the organisation, with its evidence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import Verdict
from assessments.models import Answer, EvidenceLink
from assessments.services.answer import AnswerMoved
from assessments.services.changes import (
    differing,
    lock_all,
    refuse_unless_open_to_change,
    refuse_unless_own,
    reopen,
    rewrite,
    store,
)
from assessments.services.repeating import take_along


@transaction.atomic
def copy_answer(
    pk: UUID, *, source_id: UUID, revision: int, actor: User, reason: str = ""
) -> Answer:
    """Let the answer ``pk``, read at ``revision``, say what the answer ``source_id`` says.

    It cites what that one cites too, besides what it cites already. Who wrote the source is an
    author of the copy, and so is who copies. Copying what is there already changes nothing.

    Raises:
        AnswerMoved: it has a later revision.
        ReasonNeeded: it was accepted, and ``reason`` is empty.
        PortalError: it is under review or does not apply, or the source says nothing.
    """
    locked = {each.pk: each for each in lock_all(Answer.objects.filter(pk__in={pk, source_id}))}
    answer, source = locked[pk], locked[source_id]
    refuse_unless_open_to_change(answer)
    refuse_unless_own(answer)
    if answer == source or source.verdict == Verdict.NOT_ASSESSED:
        raise PortalError(_("Choose another answer, one that has a verdict."))
    changes = differing(
        answer,
        {"verdict": source.verdict, "justification": source.justification, "to_confirm": False},
    )
    cited = EvidenceLink.objects.filter(answer=answer).values("evidence")
    new = EvidenceLink.objects.filter(answer=source).exclude(evidence__in=cited)
    pieces = dict(new.order_by("evidence__number").values_list("evidence__number", "evidence_id"))
    numbers = list(pieces)
    if not changes and not numbers:
        return answer
    if answer.revision != revision:
        raise AnswerMoved(answer)
    reopen(answer, actor=actor, reason=reason)
    details: dict[str, Any] = rewrite(answer, changes, actor=actor)
    take_along([(source, answer)])
    answer.evidence_count += len(numbers)
    details |= store(answer, author=actor)
    record(
        "answer.copy",
        answer,
        actor=actor,
        organisation_id=answer.organisation_id,
        copied_from=source.full_name,
        source=str(source.pk),
        numbers=numbers,
        **({"evidence": [None, list(map(str, pieces.values()))]} if pieces else {}),
        reason=reason,
        **details,
    )
    return answer
