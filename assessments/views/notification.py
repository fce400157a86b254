"""What a person is told: the list, opening one, and how they want to hear by mail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from ansm_portal.audit.reading import rows_of
from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, Permission, requires
from ansm_portal.views import PortalView
from assessments.enums import Delivery, NotificationKind
from assessments.models import Notification
from assessments.services.notification import mark_read, prefer, preferences


def _own(request: PortalRequest) -> QuerySet[Notification]:
    return Notification.objects.filter(organisation=request.organisation, recipient=request.user)


class NotificationList(PortalView, ListView[Notification]):
    """What one is told in this organisation: unread first, then newest first."""

    access = Permission.ORGANISATION_VIEW
    template_name = "assessments/notification_list.html"
    context_object_name = "notifications"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[Notification]:
        return (
            _own(self.request)
            .select_related("actor")
            .order_by(F("read_at").desc(nulls_first=True), "-created_at")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page = list(context["page_obj"].object_list)
        rows = rows_of({one.target for one in page}, self.request.organisation)
        context["notifications"] = [
            {"told": one, "about": row.full_name if (row := rows.get(one.target)) else ""}
            for one in page
        ]
        return context


@requires(Permission.ORGANISATION_VIEW)
@require_POST
def open_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Mark a notification as read and go to what it is about."""
    one = get_object_or_404(_own(request), pk=pk)
    mark_read(request.organisation.pk, person=request.user, pk=pk)
    row = rows_of([one.target], request.organisation).get(one.target)
    link = getattr(row, "get_absolute_url", None)
    return redirect(
        link() if link else "assessments:notification-list",
        *([] if link else [request.organisation.slug]),
    )


@requires(Permission.ORGANISATION_VIEW)
@require_POST
def read_all(request: PortalRequest) -> HttpResponse:
    """Mark everything as read."""
    mark_read(request.organisation.pk, person=request.user)
    return redirect("assessments:notification-list", request.organisation.slug)


class PreferencesForm(PortalForm):
    """How to hear of each kind by mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in NotificationKind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Delivery, widget=forms.RadioSelect
            )


@requires(Access.SIGNED_IN)
def edit_preferences(request: HttpRequest) -> HttpResponse:
    """Choose, for each kind of thing, whether and when a mail comes."""
    if request.method != "POST":
        initial = {kind.value: delivery for kind, delivery in preferences(request.user).items()}  # type: ignore[arg-type]
        form = PreferencesForm(initial=initial)
        return render(request, "assessments/notification_preferences.html", {"form": form})
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        context = {"form": form}
        return render(request, "assessments/notification_preferences.html", context, status=422)
    prefer(request.user, form.cleaned_data)  # type: ignore[arg-type]
    messages.success(request, _("Your choice is saved."))
    return redirect("notification-preferences")
