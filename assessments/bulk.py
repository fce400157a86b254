"""What a change of many answers does to each: decided row by row. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.enums import AnswerState, Verdict

CONTENT: Final = frozenset({"verdict", "justification", "to_confirm", "evidence"})


class Refused(models.TextChoices):
    """Why a row stays as it is, as a sentence for the person who asked."""

    EXCLUDED = "excluded", _("It does not apply to this version. Include it first, with a reason.")
    UNDER_REVIEW = "under_review", _("Its phase is under review. Take the submission back first.")
    ACCEPTED = "accepted", _("It was accepted. Say why accepted answers change to include it.")
    ACCEPTED_SINCE = "accepted_since", _("It was accepted since.")
    INHERITED = (
        "inherited",
        _("It repeats the answer of its platform. Open it to say why it differs."),
    )
    ANSWERED = "answered", _("It has a verdict already.")
    TOO_LONG = "too_long", _("With the text added, its justification would be too long.")
    SAME = "same", _("It says so already.")
    MOVED = "moved", _("Somebody changed it meanwhile. Look at it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of an answer when it is decided what becomes of it."""

    is_applicable: bool
    state: str
    verdict: str
    justification: str
    owner_id: UUID | None
    due_on: dt.date | None
    to_confirm: bool = False
    cites: bool = False
    is_inherited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done to each answer.

    ``values`` are set as they are. ``text`` is put in the place of the justification, or
    below it when ``is_appended``. Answers that have a verdict are left alone unless
    ``is_everywhere``. ``reason`` is why accepted answers change.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    is_appended: bool = True
    is_everywhere: bool = False
    cites: bool = False
    reason: str = ""
    text_max_length: int


def joined(before: str, text: str) -> str:
    """Return ``before`` with ``text`` as its last paragraph, once."""
    if before == text or before.endswith(f"\n\n{text}"):
        return before
    return f"{before.rstrip()}\n\n{text}" if before.strip() else text


def outcome(row: Row, wish: Wish) -> dict[str, Any] | Refused:
    """Return what changes in ``row``, or why nothing does.

    ``evidence: True`` stands for one more piece of evidence.
    """
    if not row.is_applicable:
        return Refused.EXCLUDED
    if row.state == AnswerState.READY:
        return Refused.UNDER_REVIEW
    wanted = dict(wish.values)
    if wish.text:
        wanted["justification"] = (
            joined(row.justification, wish.text) if wish.is_appended else wish.text
        )
    if not CONTENT.isdisjoint(wanted):
        wanted["to_confirm"] = False  # who writes it stands behind it
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if wish.cites and not row.cites:
        changes["evidence"] = True
    if not changes:
        return Refused.SAME
    return _obstacle(row, wish, changes) or changes


def _obstacle(row: Row, wish: Wish, changes: Mapping[str, Any]) -> Refused | None:
    if CONTENT.isdisjoint(changes):
        return None
    if row.is_inherited:
        return Refused.INHERITED
    answered = row.verdict != Verdict.NOT_ASSESSED
    if "verdict" in wish.values and answered and not wish.is_everywhere:
        return Refused.ANSWERED
    if len(changes.get("justification", "")) > wish.text_max_length:
        return Refused.TOO_LONG
    if row.state == AnswerState.ACCEPTED and not wish.reason.strip():
        return Refused.ACCEPTED
    return None


def restorable(
    *, revision: int, state: str, given: int, fields: Mapping[str, Any]
) -> Refused | None:
    """Return why an answer cannot be put back to what it was before a bulk change, or None.

    ``given`` is the revision that the change gave it.
    """
    if revision != given:
        return Refused.MOVED
    if state == AnswerState.READY:
        return Refused.UNDER_REVIEW
    if state == AnswerState.ACCEPTED and not CONTENT.isdisjoint(fields):
        return Refused.ACCEPTED_SINCE
    return None
