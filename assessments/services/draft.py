"""Drafts: what a person typed into an answer and has not saved yet.

A draft belongs to that person alone and changes no answer: it is no event of the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from ansm_portal.accounts.models import User
from assessments.models import Answer, AnswerDraft

SAID: Final = ("verdict", "justification", "owner_id", "due_on")
REASONS: Final = ("reason", "override_reason")


def draft_of(answer: Answer, author: User) -> AnswerDraft | None:
    """Return what ``author`` typed into ``answer`` and has not saved, if anything."""
    return AnswerDraft.objects.filter(answer=answer, author=author).first()


@transaction.atomic
def keep_draft(
    pk: UUID, *, revision: int, typed: Mapping[str, Any], author: User
) -> AnswerDraft | None:
    """Keep what ``author`` typed after reading ``revision``, in place of what was kept before.

    ``typed`` has a value for each of :data:`SAID` and of :data:`REASONS`. What the answer says
    already needs no draft: then there is none any more, and None is returned.
    """
    answer = Answer.objects.get(pk=pk)
    is_said = all(getattr(answer, name) == typed[name] for name in SAID)
    if is_said and not any(typed[name] for name in REASONS):
        discard_draft(pk, author=author)
        return None
    draft, _made = AnswerDraft.objects.update_or_create(
        organisation_id=answer.organisation_id,
        answer=answer,
        author=author,
        defaults={**typed, "revision": revision},
    )
    return draft


def discard_draft(pk: UUID, *, author: User) -> None:
    """Forget what ``author`` typed into an answer."""
    AnswerDraft.objects.filter(answer_id=pk, author=author).delete()
