"""The rows of a change of many answers, in words: before → after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assessments.badges import verdict_badge
from assessments.bulk import CONTENT
from assessments.enums import AnswerState
from assessments.models import Answer, Evidence
from assessments.services.bulk import Planned, Reference

LONGEST_SHOWN: Final = 600


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of one answer: its name, and what becomes of it."""

    label: str
    change: SafeString


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One answer with what changes in it, or the sentence why it stays."""

    answer: Answer
    changes: list[Shown]
    refused: str = ""
    reopens: bool = False
    has_moved: bool = False


def planned_rows(
    planned: Iterable[Planned],
    *,
    people: Mapping[str, str],
    evidence: Evidence | Reference | None,
) -> list[ShownRow]:
    """Return what a preview found, in words."""
    rows = []
    for each in planned:
        fields = {
            name: [getattr(each.answer, name, None), value] for name, value in each.changes.items()
        }
        owner = {str(each.answer.owner_id): str(each.answer.owner)}  # perhaps no member any longer
        rows.append(
            ShownRow(
                each.answer,
                list(_shown(fields, people={**people, **owner}, evidence=_name(evidence))),
                refused=str(each.refused.label) if each.refused else "",
                reopens=each.answer.state == AnswerState.ACCEPTED
                and not CONTENT.isdisjoint(fields),
            )
        )
    return rows


def changed_rows(
    changes: Iterable[Mapping[str, Any]],
    answers: Mapping[str, Answer],
    *,
    people: Mapping[str, str],
    evidence: str,
) -> list[ShownRow]:
    """Return what a bulk change did, in words, with what changed since."""
    return [
        ShownRow(
            answers[one["answer"]],
            list(_shown(one["fields"], people=people, evidence=evidence)),
            reopens=one.get("reopened", False),
            has_moved=answers[one["answer"]].revision != one["revision"],
        )
        for one in changes
        if one["answer"] in answers
    ]


def _name(evidence: Evidence | Reference | None) -> str:
    if isinstance(evidence, Reference):
        return f"{evidence.reference} {evidence.document.title}"
    return evidence.full_name if evidence else ""


def _shown(
    fields: Mapping[str, Any], *, people: Mapping[str, str], evidence: str
) -> Iterable[Shown]:
    for name, (before, after) in fields.items():
        if name == "verdict":
            change = format_html("{} → {}", verdict_badge(before), verdict_badge(after))
            yield Shown(_("Verdict"), change)
        elif name == "justification":
            yield Shown(_("Justification"), _text(before, after))
        elif name == "owner_id":
            nobody = _("nobody")
            names = [people.get(str(key), str(key)) if key else nobody for key in (before, after)]
            yield Shown(_("Owner"), format_html("<bdi>{}</bdi> → <bdi>{}</bdi>", *names))
        elif name == "due_on":
            yield Shown(_("Due day"), format_html("{} → {}", _day(before), _day(after)))
        elif name == "to_confirm":
            yield Shown(_("To be confirmed"), format_html("{} → {}", *map(_yes, (before, after))))
        elif name == "evidence":
            yield Shown(_("Evidence"), format_html("<ins>{}</ins>", evidence))


def _yes(value: bool) -> str:  # noqa: FBT001 -- what a field says
    return _("yes") if value else _("no")


def _day(value: dt.date | str | None) -> str:
    day = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return date_format(day, "SHORT_DATE_FORMAT") if day else "–"


def _text(before: str, after: str) -> SafeString:
    """Show a text that was put below another, or in its place."""
    if not before:
        return format_html("<ins>{}</ins>", _cut(after))
    if after.startswith(before.rstrip()):
        added = after.removeprefix(before.rstrip()).strip()
        return format_html("{} <ins>{}</ins>", _cut(before), _cut(added))
    return format_html("<del>{}</del> <ins>{}</ins>", _cut(before), _cut(after))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
