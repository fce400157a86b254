"""The journal of an organisation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView


class JournalFilter(PortalForm):
    """Which events: of a person, or with a word in their name or target."""

    q = forms.CharField(label=gettext_lazy("Event"), max_length=100, required=False)
    person = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("Everybody"),
    )


class Journal(PortalView, ListView[AuditEvent]):
    """Events, newest first."""

    access = Permission.JOURNAL_VIEW
    fragment = "events"
    template_name = "audit/journal.html"
    context_object_name = "events"
    paginate_by = 50

    def get_queryset(self) -> Any:
        events = AuditEvent.objects.select_related("actor").order_by("-sequence")
        self.filter = JournalFilter(self.request.GET)
        people = User.objects.filter(memberships__organisation=self.request.organisation)
        self.filter.fields["person"].queryset = people.distinct().order_by(  # type: ignore[attr-defined]
            "last_name", "first_name", "email"
        )
        if self.filter.is_valid():
            if self.filter.cleaned_data["q"]:
                events = events.filter(verb__icontains=self.filter.cleaned_data["q"])
            if self.filter.cleaned_data["person"]:
                events = events.filter(actor=self.filter.cleaned_data["person"])
        return events

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(filter=self.filter, **kwargs)


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
