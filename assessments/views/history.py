"""The history of an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.reading import EVENTS, Detail, details_of
from ansm_portal.errors import PortalError
from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.differences import marked
from assessments.enums import AnswerState, Verdict
from assessments.forms import REASON_MAX_LENGTH
from assessments.history import FIELDS, changes_in, keys_in
from assessments.models import Answer, Evidence
from assessments.services.changes import ReasonNeeded
from assessments.services.history import concerns, events_of, restore

EVENTS_OF_A_PAGE: Final = 30
# Shown as changes, or about other answers than the one of the page.
ELSEWHERE: Final = frozenset(
    {
        *(*FIELDS, "heirs", "changes", "number", "phase", "answer", "answers", "carried"),
        *("reopened", "mentions", "inherited", "differing"),
    }
)


class RestoreForm(PortalForm):
    """Which text, read at which revision, and why an accepted answer changes."""

    event = forms.UUIDField()
    revision = forms.IntegerField(min_value=1)
    reason = forms.CharField(required=False, max_length=REASON_MAX_LENGTH)


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what it was, what it became; of texts, the difference."""

    label: str
    before: str
    after: str
    difference: SafeString | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the history in words; ``earlier`` is the text that it can give back."""

    event: AuditEvent
    what: str
    changes: tuple[Change, ...]
    details: tuple[Detail, ...]
    earlier: str | None = None


class AnswerHistory(PortalView, DetailView[Answer]):
    """Who changed what of an answer, when; newest first."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/answer_history.html"
    context_object_name = "answer"
    queryset = Answer.with_former.select_related(
        "recommendation", "assessment__version", "assessment__device", "device", "organisation"
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        events = events_of(self.object).select_related("actor")
        page = Paginator(events, EVENTS_OF_A_PAGE).get_page(self.request.GET.get("page"))
        shown = [event for event in page.object_list if concerns(event, self.object)]
        return super().get_context_data(
            page_obj=page,
            entries=entries(shown, self.object),
            may_restore=self.object.is_applicable
            and self.object.state != AnswerState.READY
            and self.object.left_by_id is None,
            **kwargs,
        )


def entries(events: Sequence[AuditEvent], answer: Answer) -> list[Entry]:
    """Return ``events`` in words: two queries, for the names of people and of evidence."""
    key = str(answer.pk)
    changes = {event.pk: changes_in(event, key) for event in events}
    pairs = [
        key
        for each in changes.values()
        for side in each.get("evidence", ())
        for key in keys_in(side)
    ]
    evidence = {str(one.pk): one.full_name for one in Evidence.objects.filter(pk__in=pairs)}
    members = User.objects.filter(memberships__organisation=answer.organisation_id).distinct()
    names = evidence | {str(person.pk): str(person) for person in members}
    found = []
    for event in events:
        said = changes[event.pk]
        earlier = said["justification"][0] if "justification" in said else None
        found.append(
            Entry(
                event=event,
                what=str(EVENTS.get(event.verb, event.verb)),
                changes=tuple(
                    _change(name, before, after, names) for name, (before, after) in said.items()
                ),
                details=details_of(event, names, without=ELSEWHERE),
                earlier=earlier if earlier != answer.justification else None,
            )
        )
    return found


def _change(name: str, before: Any, after: Any, names: Mapping[str, str]) -> Change:
    if name == "evidence":
        was, became = (
            ", ".join(names.get(key, "–") for key in keys_in(side)) or "–"
            for side in (before, after)
        )
        return Change(_("evidence"), was, became)
    label = str(Answer._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    if name == "justification":
        return Change(label, before, after, marked(before, after))
    was, became = (_word(name, value, names) for value in (before, after))
    return Change(label, was, became)


def _word(name: str, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not value:
        return "–"
    if name == "verdict":
        return str(Verdict(value).label)
    if name == "override_reason":
        return str(value)
    if name == "due_on":
        return formats.date_format(dt.date.fromisoformat(value), "SHORT_DATE_FORMAT")
    return names.get(value, _("somebody who left"))


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def restore_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Let the answer say again what it said before an event."""
    answer = get_object_or_404(AnswerHistory.queryset, pk=pk)
    form = RestoreForm(request.POST)
    if not form.is_valid():
        refusal = _("This text cannot be restored from here. Load the page again.")
        return _again(request, answer, refusal, status=422)
    try:
        restore(pk, actor=request.user, **form.cleaned_data)
    except ReasonNeeded as refused:
        return _again(request, answer, str(refused), status=422)
    except PortalError as refused:
        return _again(request, answer, str(refused), status=409)
    messages.success(request, _("The earlier text is back, as a new change."))
    return redirect("assessments:answer-history", request.organisation.slug, pk)


def _again(request: PortalRequest, answer: Answer, refusal: str, *, status: int) -> HttpResponse:
    view = AnswerHistory()
    view.setup(request, pk=answer.pk)
    view.object = answer
    response = view.render_to_response(view.get_context_data(refusal=refusal))
    response.status_code = status
    return response
