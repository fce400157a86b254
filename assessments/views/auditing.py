"""What an issued dossier offers to whoever audits it with an account, and what they raise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, granted, requires
from assessments.dossier.reading import Record
from assessments.forms_auditing import AuditorRemarkForm
from assessments.models import Dossier, Remark
from assessments.services.auditing import raise_on_dossier
from assessments.services.dossier_evidence import issued_file
from assessments.views.dossier import visible
from assessments.views.evidence import attachment
from assessments.views.own_threads import Refused, message_form, own_threads, take
from assessments.views.threads import threads_in


def issued(request: PortalRequest, pk: UUID) -> Dossier:
    """Return an issued dossier with its record."""
    found: Dossier = get_object_or_404(
        visible(request).defer(None).defer("superseded_by__snapshot").exclude(issued_at=None),
        pk=pk,
    )
    return found


def record_of(dossier: Dossier) -> Record:
    """Return the record of a dossier, in the language of the page."""
    return Record(dossier.snapshot, language="en" if get_language() == "en" else "fr")


@requires(Permission.DOSSIER_VIEW)
@require_GET
def evidence(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show the register of evidence as it was issued."""
    dossier = issued(request, pk)
    record = record_of(dossier)
    context = {"dossier": dossier, "pieces": record.register, "kinds": record}
    return render(request, "assessments/dossier_evidence.html", context)


@requires(Permission.DOSSIER_VIEW)
@require_GET
def evidence_file(request: PortalRequest, pk: UUID, number: str) -> HttpResponseBase:
    """Send a piece of evidence as the dossier cites it."""
    found = issued_file(issued(request, pk), number)
    if found is None:
        raise Http404
    return attachment(found.file, name=found.file_name, media_type=found.media_type)


@requires(Permission.DOSSIER_VIEW)
@require_GET
def remarks(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show what auditors raised on a dossier: to the team all of it, to an auditor the own."""
    return remarks_page(request, pk)


def remarks_page(
    request: PortalRequest, pk: UUID | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Show what was raised on a dossier; ``said`` or ``refused`` is a form that was not taken."""
    assert pk is not None  # noqa: S101 -- a remark that is about no answer is about a dossier
    dossier = issued(request, pk)
    raised = Remark.objects.filter(dossier=dossier)
    context: dict[str, Any] = {"dossier": dossier}
    if granted(Permission.ASSESSMENT_VIEW, request.roles):
        context["threads"] = threads_in(raised, request, said=more.pop("said", None))
    if granted(Permission.DOSSIER_REMARK, request.roles):
        slug = request.organisation.slug
        context["own"] = own_threads(
            raised.filter(raised_by=request.user),
            url=lambda remark, step: reverse(
                "assessments:dossier-say", args=[slug, pk, remark, step]
            ),
            refused=more.pop("refused", None),
        )
        context["form"] = AuditorRemarkForm(entries=list(record_of(dossier).entries))
    return render(request, "assessments/dossier_remarks.html", context | more, status=status)


@requires(Permission.DOSSIER_REMARK)
@require_POST
def raise_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Raise a remark on a dossier."""
    dossier = issued(request, pk)
    form = AuditorRemarkForm(request.POST, entries=list(record_of(dossier).entries))
    if not form.is_valid():
        return remarks_page(request, pk, status=422, form=form)
    try:
        remark = raise_on_dossier(dossier, actor=request.user, **form.cleaned_data)
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return remarks_page(request, pk, status=409, form=form)
    messages.success(request, _("The remark was raised: the manufacturer is told of it."))
    return redirect(remark)


@requires(Permission.DOSSIER_REMARK)
@require_POST
def say(request: PortalRequest, pk: UUID, remark: UUID, step: str) -> HttpResponse:
    """Answer in the thread of an own remark, close it, or open it again."""
    issued(request, pk)
    own = get_object_or_404(Remark, pk=remark, dossier=pk, raised_by=request.user)
    form = message_form(own.pk, step, request.POST)
    if not form.is_valid() and step != "close":
        return remarks_page(request, pk, status=422, refused=Refused(own.pk, step, form))
    try:
        take(step, own, actor=request.user, text=form.cleaned_data.get("text", ""))
    except PortalError as refusal:
        again = Refused(own.pk, step, form)
        return remarks_page(request, pk, status=409, refused=again, refusal=str(refusal))
    return redirect("assessments:dossier-remarks", request.organisation.slug, pk)
