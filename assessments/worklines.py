"""The list and the outline of the workspace as markup: a line for each of its answers.

Built as strings, as the matrix is. Each part is escaped where it enters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.badges import evidence_badge, verdict_badge
from assessments.enums import AnswerState
from assessments.outline import PhaseLine, SectionCount

AT_ONCE: Final = ' hx-swap-oob="true"'  # sent along with the pane, into its place on the page


class Line(NamedTuple):
    """What the list says of one answer."""

    pk: UUID
    position: int
    code: str
    verdict: str
    state: str
    to_confirm: bool
    evidence_count: int
    due_on: dt.date | None
    first_name: str | None
    last_name: str | None
    email: str | None
    title: str
    section: str
    section_title: str

    @property
    def owner(self) -> str:
        """The name of the owner; nothing when nobody owns it."""
        return name_of(self.first_name, self.last_name, self.email)


def name_of(first_name: str | None, last_name: str | None, email: str | None) -> str:
    """Return the name of a person as it is everywhere; nothing for nobody."""
    return f"{first_name or ''} {last_name or ''}".strip() or email or ""


def said(line: Line, *, swap: bool = False) -> SafeString:
    """Return what the list says of an answer besides its title."""
    return SafeString("".join(_said(line, swap=swap)))


def _said(line: Line, *, swap: bool = False) -> Iterable[str]:
    yield f'<span class="work-said" id="said-{line.pk}"{AT_ONCE if swap else ""}>'
    yield verdict_badge(line.verdict)
    if line.state != AnswerState.OPEN:
        label = escape(str(AnswerState(line.state).label))
        yield f' <span class="badge-state tone-{escape(line.state)}">{label}</span>'
    if line.to_confirm:
        label = escape(_("to be confirmed"))
        yield f' <span class="badge-state tone-to_confirm">↷ {label}</span>'
    if line.evidence_count:
        yield f' <span class="text-muted">{evidence_badge(line.evidence_count)}</span>'
    if owner := line.owner:
        yield f' <bdi class="text-muted">{escape(owner)}</bdi>'
    if line.due_on:
        day = escape(date_format(line.due_on, "SHORT_DATE_FORMAT"))
        yield f' <span class="text-muted text-nowrap">{day}</span>'
    yield "</span>"


def rows(lines: Iterable[Line], *, query: str, opened: UUID | None) -> SafeString:
    """Return the list, section by section; ``query`` is the filter, kept in each address."""
    return SafeString("".join(_rows(lines, query=query, opened=opened)))


def _rows(lines: Iterable[Line], *, query: str, opened: UUID | None) -> Iterable[str]:
    before = f"?{escape(query)}&amp;open=" if query else "?open="
    for section, inside in groupby(lines, key=lambda line: (line.section, line.section_title)):
        key, title = map(escape, section)
        yield f'<h3 class="work-section" id="in-{key}">{title}</h3>'
        yield f'<ol aria-labelledby="in-{key}">'
        for line in inside:
            marked = ' aria-current="true"' if line.pk == opened else ""
            yield (
                f'<li><a class="work-row" data-answer="{line.pk}" href="{before}{line.pk}"{marked}>'
                f'<span class="work-code">{escape(line.code)}</span> '
                f'<span class="work-title">{escape(line.title)}</span> '
            )
            yield from _said(line)
            yield "</a></li>"
        yield "</ol>"


def count(key: str, line: PhaseLine | SectionCount, *, swap: bool = False) -> SafeString:
    """Return how many answers of a phase or section are assessed, of how many."""
    done, total = line.assessed, line.applicable
    text = _(
        '%(done)s<span class="visually-hidden"> assessed of </span>'
        '<span aria-hidden="true">/</span>%(total)s'
    ) % {"done": done, "total": total}
    return format_html(
        '<span class="work-count{}" id="count-{}"{}>{}</span>',
        " is-all" if done == total else "",
        key,
        SafeString(AT_ONCE if swap else ""),
        SafeString(text),  # two numbers
    )


def places(outline: Iterable[PhaseLine], *, phase: str, section: str) -> SafeString:
    """Return the outline as items of a list; ``phase`` and ``section`` are what is shown of it."""
    return SafeString("".join(_places(outline, phase=phase, section=section)))


def _places(outline: Iterable[PhaseLine], *, phase: str, section: str) -> Iterable[str]:
    for line in outline:
        key, is_shown = line.phase.value, line.phase.value == phase
        link = _place(f"?phase={key}", str(line.phase.label), key, line, is_marked=is_shown)
        yield f"<li>{link}"
        if line.sections:
            summary = ngettext(
                '<span class="visually-hidden">%(phase)s:</span> %(total)s section',
                '<span class="visually-hidden">%(phase)s:</span> %(total)s sections',
                len(line.sections),
            ) % {"phase": escape(str(line.phase.label)), "total": len(line.sections)}
            yield f"<details{' open' if is_shown else ''}><summary>{summary}</summary><ol>"
            for one in line.sections:
                address = f"?phase={key}&section={one.key}"
                link = _place(address, one.title, one.key, one, is_marked=one.key == section)
                yield f"<li>{link}</li>"
            yield "</ol></details>"
        yield "</li>"


def _place(
    address: str, name: str, key: str, line: PhaseLine | SectionCount, *, is_marked: bool
) -> SafeString:
    return format_html(
        '<a class="work-line" href="{}"{}><span>{}</span> {}</a>',
        address,
        SafeString(' aria-current="true"' if is_marked else ""),
        name,
        count(key, line),
    )


def counts(outline: Iterable[PhaseLine]) -> SafeString:
    """Return every count of the outline, to be put into the places they have on the page."""
    drawn = []
    for phase in outline:
        drawn.append(count(phase.phase.value, phase, swap=True))
        drawn += [count(section.key, section, swap=True) for section in phase.sections]
    return SafeString("".join(drawn))
