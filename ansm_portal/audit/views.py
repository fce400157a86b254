"""The journal of an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.reading import EVENTS, read
from ansm_portal.audit.services import verify
from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView


class JournalFilter(PortalForm):
    """Which events: of a kind, of a person, about a row."""

    verb = forms.ChoiceField(
        label=gettext_lazy("Event"),
        choices=[("", gettext_lazy("all")), *EVENTS.items()],
        required=False,
    )
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    about = forms.CharField(label=gettext_lazy("About"), max_length=120, required=False)

    def __init__(self, *args: Any, people: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("everybody")), *people.items()]  # type: ignore[attr-defined]

    def apply(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Return the events that match what could be read."""
        self.is_valid()
        columns = {"verb": "verb", "person": "actor", "about": "target"}
        chosen = {columns[name]: value for name, value in self.cleaned_data.items() if value}
        return events.filter(**chosen)


class Journal(PortalView, ListView[AuditEvent]):
    """Events in words, newest first."""

    access = Permission.JOURNAL_VIEW
    fragment = "events"
    template_name = "audit/journal.html"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[AuditEvent]:
        members = User.objects.filter(memberships__organisation=self.request.organisation)
        members = members.distinct().order_by("last_name", "first_name", "email")
        self.people = {str(person.pk): str(person) for person in members}
        self.filter = JournalFilter(self.request.GET, people=self.people)
        events = AuditEvent.objects.select_related("actor").order_by("-sequence")
        return self.filter.apply(events)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(filter=self.filter, **kwargs)
        context["events"] = read(
            context["page_obj"].object_list,
            organisation=self.request.organisation,
            people=self.people,
        )
        return context


@requires(Permission.JOURNAL_VIEW)
@require_POST
def verify_now(request: PortalRequest) -> HttpResponse:
    """Recompute the chain and say what was found."""
    report = verify(request.organisation.pk)
    if report.is_intact:
        messages.success(
            request,
            _("The journal is intact: %(events)s events, last digest %(head)s…")
            % {"events": report.events, "head": report.head[:12]},
        )
    else:
        messages.error(
            request,
            _("The journal is broken at event %(number)s: %(reason)s.")
            % {"number": report.broken_at, "reason": report.reason},
        )
    return redirect("audit:journal", request.organisation.slug)
