"""The pages of a link for an auditor: one issued dossier, for somebody without an account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from ansm_portal import tenancy
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Access, requires
from assessments.dossier.canonical import NotCanonical
from assessments.dossier.snapshot import from_json
from assessments.forms_auditing import AuditorRemarkForm
from assessments.models import Dossier, DossierLink, Remark
from assessments.services.auditing import raise_on_dossier
from assessments.services.dossier_changes import before
from assessments.services.dossier_evidence import issued_file
from assessments.services.dossier_link import (
    link_at,
    open_link,
    record_comparison,
    record_download,
    record_verification,
)
from assessments.services.remark import Guest
from assessments.services.renewal import newest
from assessments.services.verification import verify_pdf
from assessments.views.auditing import record_of
from assessments.views.dossier import OFFERED
from assessments.views.dossier_compare import compared
from assessments.views.dossier_data import file_of
from assessments.views.dossier_reading import sheet, too_old
from assessments.views.evidence import attachment
from assessments.views.own_threads import Refused, message_form, own_threads, take
from assessments.views.shared_access import (
    closed,
    in_language,
    other_links,
    quiet,
    remember,
    through_a_link,
    too_often,
    tries_too_often,
)
from assessments.views.verification import tone_of


@requires(Access.PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def landing(request: HttpRequest, organisation: str, token: str) -> HttpResponseBase:
    """Say what a link is for, and open it with one click: programs that look at mails do not."""
    if tries_too_often(request):
        return too_often(request)
    link = link_at(organisation, token)
    if link is None:
        return closed(request)
    language = in_language(request, link)
    with tenancy.scoped_to([link.organisation_id]), translation.override(language):
        if request.method != "POST":
            response = render(request, "shared/landing.html", {"link": link})
        else:
            open_link(link)
            response = redirect("shared:dossier", link.pk)
            remember(response, link)
    response.headers.setdefault("Content-Language", language)
    return quiet(response, has_secret=True)


@through_a_link
@require_safe
def dossier(request: HttpRequest, link: DossierLink) -> HttpResponse:
    """Show the dossier: what it is, whether it still counts, and what there is to take."""
    return _home(request, link)


def _home(
    request: HttpRequest, link: DossierLink, *, status: int = 200, **more: Any
) -> HttpResponse:
    can_compare = link.with_comparison or bool(other_links(request, link))
    context = _page(link, offered=OFFERED, can_compare=can_compare, **more)
    return render(request, "shared/dossier.html", context, status=status)


def _page(link: DossierLink, **more: Any) -> dict[str, Any]:
    return {"link": link, "dossier": link.dossier, **more}


def _with_record(link: DossierLink) -> Dossier:
    """Return the dossier of a link with its record, which most pages do without."""
    rows = Dossier.objects.select_related("assessment", "compared_with")
    return rows.defer("compared_with__snapshot").get(pk=link.dossier_id)


@through_a_link
@require_GET
def download(request: HttpRequest, link: DossierLink) -> HttpResponseBase:
    """Send the sealed PDF."""
    name = f"{link.dossier.number}-{link.dossier.language}.pdf"
    response = attachment(newest(link.dossier).name, name=name, media_type="application/pdf")
    record_download(link, file=name)
    return response


@through_a_link
@require_safe
def read(request: HttpRequest, link: DossierLink, chapter: str) -> HttpResponse:
    """Show a chapter from the record that the PDF was made from."""
    try:
        snapshot = from_json(_with_record(link).snapshot.encode())
    except NotCanonical:
        return _home(request, link, status=409, refusal=too_old())

    def address(name: str) -> str:
        return reverse("shared:read", args=[link.pk, name])

    return render(request, "shared/read.html", _page(link, **sheet(snapshot, chapter, address)))


@through_a_link
@require_GET
def data(request: HttpRequest, link: DossierLink, name: str) -> HttpResponse:
    """Send the record of the dossier in one of its formats."""
    try:
        response = file_of(_with_record(link), name)
    except NotCanonical:
        refusal = _(
            "This dossier was issued by an earlier edition of the portal, whose record has "
            "another form. Its PDF and its record can be downloaded as they are."
        )
        return _home(request, link, status=409, refusal=refusal)
    record_download(link, file=name)
    return response


@through_a_link
@require_safe
def evidence(request: HttpRequest, link: DossierLink) -> HttpResponse:
    """Show the register of evidence as it was issued."""
    record = record_of(_with_record(link))
    context = _page(link, pieces=record.register, kinds=record)
    return render(request, "shared/evidence.html", context)


@through_a_link
@require_GET
def evidence_file(request: HttpRequest, link: DossierLink, number: str) -> HttpResponseBase:
    """Send a piece of evidence as the dossier cites it."""
    found = issued_file(_with_record(link), number) if link.with_evidence else None
    if found is None:
        raise Http404
    response = attachment(found.file, name=found.file_name, media_type=found.media_type)
    record_download(link, file=f"{number} {found.file_name}", sha256=found.sha256)
    return response


@through_a_link
@require_POST
def verify(request: HttpRequest, link: DossierLink) -> HttpResponseBase:
    """Verify the file that is kept here."""
    if not consume(request, action="verify_dossier"):
        return too_often(request)
    name = newest(link.dossier).name
    if not default_storage.exists(name):
        raise Http404
    with default_storage.open(name) as file:
        report = verify_pdf(file.read())
    record_verification(link)
    context = _page(link, report=report, tone=tone_of(report))
    return render(request, "shared/verified.html", context)


@through_a_link
@require_safe
def compare(request: HttpRequest, link: DossierLink) -> HttpResponse:
    """Show what changed since the dossier before, or another one that was opened."""
    later = _with_record(link)
    choices = {one.dossier_id: one.dossier for one in other_links(request, link)}
    last = before(later) if link.with_comparison else None
    if last is not None:
        choices.setdefault(last.pk, last)
    chosen = request.GET.get("other") or (str(last.pk) if last else "")
    other = next((pk for pk in choices if str(pk) == chosen), None)
    context = _page(link, choices=list(choices.values()), chosen=other)
    if other is not None:
        context |= compared(request, later, Dossier.objects.get(pk=other))
        record_comparison(link, earlier=choices[other].number)
    status = 409 if context.get("refusal") else 200
    return render(request, "shared/compare.html", context, status=status)


@through_a_link
@require_http_methods(["GET", "HEAD", "POST"])
def remarks(request: HttpRequest, link: DossierLink) -> HttpResponseBase:
    """Show what was raised through the link, and the answers; raise a remark."""
    if request.method != "POST":
        return _remarks(request, link)
    if not consume(request, action="use_link"):
        return too_often(request)
    found = _with_record(link)
    entries = list(record_of(found).entries)
    form = AuditorRemarkForm(request.POST, entries=entries, named=True)
    if not form.is_valid():
        return _remarks(request, link, status=422, form=form)
    sent = dict(form.cleaned_data)
    guest = Guest(link, sent.pop("name"))
    try:
        raise_on_dossier(found, actor=guest, **sent)
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return _remarks(request, link, status=409, form=form)
    messages.success(request, _("The remark was raised: the manufacturer is told of it."))
    return redirect("shared:remarks", link.pk)


def _remarks(
    request: HttpRequest, link: DossierLink, *, status: int = 200, **more: Any
) -> HttpResponse:
    own = own_threads(
        link.remarks.all(),
        url=lambda remark, step: reverse("shared:say", args=[link.pk, remark, step]),
        name=link.name,
        refused=more.pop("refused", None),
    )
    context = _page(link, own=own)
    if link.with_remarks and "form" not in more:
        entries = list(record_of(_with_record(link)).entries)
        context["form"] = AuditorRemarkForm(
            entries=entries, named=True, initial={"name": link.name}
        )
    return render(request, "shared/remarks.html", context | more, status=status)


@through_a_link
@require_POST
def say(request: HttpRequest, link: DossierLink, remark: UUID, step: str) -> HttpResponseBase:
    """Answer in the thread of an own remark, close it, or open it again."""
    if not consume(request, action="use_link"):
        return too_often(request)
    own = get_object_or_404(Remark, pk=remark, raised_through=link)
    form = message_form(own.pk, step, request.POST, name=link.name)
    if not form.is_valid() and step != "close":
        return _remarks(request, link, status=422, refused=Refused(own.pk, step, form))
    guest = Guest(link, form.cleaned_data.get("name") or link.name)
    try:
        take(step, own, actor=guest, text=form.cleaned_data.get("text", ""))
    except PortalError as refusal:
        again = Refused(own.pk, step, form)
        return _remarks(request, link, status=409, refused=again, refusal=str(refusal))
    return redirect("shared:remarks", link.pk)
