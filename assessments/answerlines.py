"""The list of answers of an organisation as markup: a row of a table for each.

Built as strings, as the matrix is. Each part is escaped where it enters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple
from uuid import UUID

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from assessments.badges import evidence_badge, state_badge, verdict_badge
from assessments.enums import AnswerState
from assessments.search import Asked, where
from assessments.worklines import name_of


class Line(NamedTuple):
    """What the list says of one answer; ``text`` is its justification, where words are sought."""

    pk: UUID
    assessment: UUID
    code: str
    title: str
    is_applicable: bool
    device: str
    version: str
    verdict: str
    evidence_count: int
    first_name: str | None
    last_name: str | None
    email: str | None
    due_on: dt.date | None
    is_gap: bool
    state: str
    to_confirm: bool
    text: str = ""


def rows(
    lines: Iterable[Line],
    *,
    address: str,
    query: str,
    today: dt.date,
    can_tick: bool,
    asked: Iterable[Asked] = (),
) -> SafeString:
    """Return the rows of the table.

    ``address`` is that of the answer whose key is all zeros, to be filled in; ``query`` is the
    filter, kept in each address; ``asked`` are the words that are sought.
    """
    before, after = address.split(str(UUID(int=0)))
    after = escape(f"{after}?{query}")
    labels = [
        escape(text)
        for text in (
            *(_("Device"), _("Verdict"), pgettext("list", "Evidence"), _("Owner"), _("State")),
        )
    ]
    words = list(asked)
    return SafeString(
        "".join(
            _row(
                line,
                labels,
                link=f"{before}{line.pk}{after}",
                place=where(line.text, words) if words else None,
                today=today,
                can_tick=can_tick,
            )
            for line in lines
        )
    )


def _row(
    line: Line,
    labels: Sequence[str],
    *,
    link: str,
    place: SafeString | None,
    today: dt.date,
    can_tick: bool,
) -> str:
    code, device, version = escape(line.code), escape(line.device), escape(line.version)
    tick = excluded = found = ""
    if can_tick:
        tick = (
            '<label class="tick"><input class="form-check-input m-0" type="checkbox" '
            f'form="ticked" name="answer" value="{line.pk}" '
            f'aria-label="{code}, {device} {version}"></label>'
        )
    if not line.is_applicable:
        excluded = f' <span class="chip">{escape(_("does not apply"))}</span>'
    if place:
        found = f'<br><span class="text-muted">{place}</span>'
    state = state_badge(line.state, str(AnswerState(line.state).label), to_confirm=line.to_confirm)
    of_device, of_verdict, of_evidence, of_owner, of_state = labels
    return (
        f'<tr><td class="lead-cell">{tick}<a class="row-link" href="{link}">'
        f'<span class="text-muted fw-normal">{code}</span> {escape(line.title)}</a>'
        f"{excluded}{found}</td>"
        f'<td data-label="{of_device}"><span><bdi>{device}</bdi> '
        f'<bdi class="text-muted text-nowrap">{version}</bdi></span></td>'
        f'<td data-label="{of_verdict}">{verdict_badge(line.verdict)}</td>'
        f'<td data-label="{of_evidence}" class="text-nowrap">'
        f"{evidence_badge(line.evidence_count)}</td>"
        f'<td data-label="{of_owner}"><span><bdi>'
        f"{escape(name_of(line.first_name, line.last_name, line.email) or '–')}</bdi>"
        f"{_due(line, today)}</span></td>"
        f'<td data-label="{of_state}"><span>{state}</span></td></tr>'
    )


def _due(line: Line, today: dt.date) -> str:
    if line.due_on is None:
        return ""
    day = date_format(line.due_on, "SHORT_DATE_FORMAT")
    if line.is_gap and line.due_on < today:
        text = escape(_("overdue since %(day)s") % {"day": day})
        return (
            ' <span class="badge-state tone-overdue">'
            f'<span aria-hidden="true">!</span> {text}</span>'
        )
    return f' <span class="text-nowrap text-muted">{escape(day)}</span>'
