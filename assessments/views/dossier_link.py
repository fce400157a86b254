"""Links for auditors, as those who make them see them: list, make, extend, revoke."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.forms_auditing import LastDayForm, LinkForm
from assessments.models import Dossier, DossierLink
from assessments.services import dossier_link as services
from assessments.views.calendar import absolute
from assessments.views.dossier import WITH_SUBJECT

WITH_DOSSIER = DossierLink.objects.select_related("organisation", "dossier").defer(
    "dossier__snapshot"
)


@requires(Permission.DOSSIER_SHARE)
def links(request: PortalRequest, pk: UUID) -> HttpResponse:
    """List the links to a dossier; make one, whose address is shown once."""
    dossier = get_object_or_404(WITH_SUBJECT.exclude(issued_at=None), pk=pk)
    if request.method != "POST":
        return _page(request, dossier)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, dossier, status=422, form=form)
    try:
        link, token = services.create_link(dossier, terms=form.terms(), actor=request.user)
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, dossier, status=409, form=form)
    address = address_of(request, token)
    mailed = None
    if form.cleaned_data["by_mail"]:
        link.organisation, link.dossier = request.organisation, dossier
        mailed = services.send_link(link, address=address, actor=request.user)
    response = _page(request, dossier, made=link, address=address, mailed=mailed)
    response.headers["Cache-Control"] = "no-store"
    return response


def address_of(request: PortalRequest, token: str) -> str:
    """Return the address that opens a link, as it works from elsewhere."""
    slug = request.organisation.slug
    return absolute(request, reverse("shared:landing", args=[slug, token]))


def _page(
    request: PortalRequest, dossier: Dossier, *, status: int = 200, **more: Any
) -> HttpResponse:
    today = timezone.localdate()
    rows = dossier.links.select_related("created_by", "revoked_by").order_by("-created_at", "-pk")
    context: dict[str, Any] = {
        "dossier": dossier,
        "form": LinkForm.offered(language=dossier.language, today=today),
        "links": [(link, link.state_on(today)) for link in rows],
        "day_form": LastDayForm(auto_id=False),
        "refused_link": None,
    }
    return render(request, "assessments/dossier_links.html", context | more, status=status)


def _again(request: PortalRequest, link: DossierLink, *, status: int, **more: Any) -> HttpResponse:
    dossier = get_object_or_404(WITH_SUBJECT, pk=link.dossier_id)
    return _page(request, dossier, status=status, **more)


@requires(Permission.DOSSIER_SHARE)
@require_POST
def revoke(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Let a link open nothing from now on."""
    link = get_object_or_404(WITH_DOSSIER, pk=pk)
    services.revoke_link(pk, actor=request.user)
    messages.success(request, _("The link of %(name)s opens nothing any more.") % {"name": link})
    return redirect(link)


@requires(Permission.DOSSIER_SHARE)
@require_POST
def extend(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Give a link another last day."""
    link = get_object_or_404(WITH_DOSSIER, pk=pk)
    form = LastDayForm(request.POST, auto_id=f"day-{pk}-%s")
    if not form.is_valid():
        return _again(request, link, status=422, day_form=form, refused_link=pk)
    try:
        services.extend_link(pk, ends_on=form.cleaned_data["ends_on"], actor=request.user)
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return _again(request, link, status=409, day_form=form, refused_link=pk)
    messages.success(request, _("The link of %(name)s has another last day.") % {"name": link})
    return redirect(link)
