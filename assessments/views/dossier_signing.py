"""Personal signatures on a dossier before its seal: signing, declining, going on, giving up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.enums import DossierState
from assessments.forms_signing import DeclineForm, SignDossierForm
from assessments.models import Dossier, DossierSignatory
from assessments.services import signing as services
from assessments.services import waiting
from assessments.views.dossier import WITH_SUBJECT
from assessments.views.evidence import attachment


def _own(request: PortalRequest, pk: UUID) -> DossierSignatory:
    """Return what the person was asked to sign; nobody signs for another."""
    return get_object_or_404(
        DossierSignatory.objects.of(request.user).select_related(
            "organisation",
            "dossier__organisation",
            "dossier__requested_by",
            "dossier__assessment__device",
            "dossier__assessment__version",
        ),
        dossier=pk,
    )


@requires(Permission.ASSESSMENT_SIGN)
@sensitive_post_parameters()
def sign(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show what is signed, with its digest; sign it with a key that is not kept."""
    signatory = _own(request, pk)
    if request.method != "POST":
        return _page(request, signatory, SignDossierForm(initial=_read(signatory)))
    form = SignDossierForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, signatory, form, status=422)
    # Guessing the password here is limited as it is at the sign-in.
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        form.add_error(None, _("Too many attempts. Wait a minute, then try again."))
        return _page(request, signatory, form, status=429)
    try:
        services.sign_personally(
            signatory,
            actor=request.user,
            password=form.cleaned_data["password"],
            key=form.cleaned_data["key"].read(),
            passphrase=form.cleaned_data["password_of_key"],
            sha256=form.cleaned_data["sha256"],
            is_other_name=form.cleaned_data["is_other_name"],
        )
    except PortalError as refusal:
        field = _FIELDS.get(type(refusal))
        form.add_error(field, str(refusal))
        return _page(request, signatory, form, status=422 if field else 409)
    messages.success(request, _("The dossier bears your signature."))
    return redirect(signatory.dossier)


# What is wrong with something that was typed is said beside it.
_FIELDS: Final[dict[type[PortalError], str]] = {
    services.WrongPassword: "password",
    services.KeyRefused: "key",
}


def _read(signatory: DossierSignatory) -> dict[str, str]:
    return {"sha256": signatory.dossier.snapshot_sha256}


def _page(
    request: PortalRequest,
    signatory: DossierSignatory,
    form: SignDossierForm,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Show the page; what is read now is what is signed next."""
    signatory.refresh_from_db(fields=["signed_at", "declined_at"])
    signatory.dossier.refresh_from_db(fields=["state", "snapshot_sha256"])
    if form.is_bound:
        sent = request.POST.copy()
        sent["sha256"] = signatory.dossier.snapshot_sha256
        form.data = sent
    context = {
        "signatory": signatory,
        "dossier": signatory.dossier,
        "form": form,
        "decline_form": DeclineForm(),
        "is_open": signatory.is_waited_for and signatory.dossier.state == DossierState.SIGNING,
        "others": signatory.dossier.signatories.exclude(pk=signatory.pk).order_by("position"),
    } | context
    return render(request, "assessments/dossier_sign.html", context, status=status)


@requires(Permission.ASSESSMENT_SIGN)
@require_POST
def decline(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Refuse to sign, with a reason."""
    signatory = _own(request, pk)
    form = DeclineForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            services.decline(signatory, reason=form.cleaned_data["reason"], actor=request.user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("You declined; who asked for the dossier is told."))
            return redirect(signatory.dossier)
    sign_form = SignDossierForm(initial=_read(signatory))
    return _page(request, signatory, sign_form, status=status, decline_form=form)


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def draft(request: PortalRequest, pk: UUID) -> HttpResponseBase:
    """Send what is to be signed, to be read first. It bears no seal yet."""
    dossier = get_object_or_404(WITH_SUBJECT.filter(state=DossierState.SIGNING), pk=pk)
    name = f"{dossier.number}-{dossier.language}-{_('not sealed')}.pdf"
    return attachment(dossier.pending_file, name=name, media_type="application/pdf")


@requires(Permission.DOSSIER_ISSUE)
@require_POST
def go_on(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Have it sealed although somebody did not sign."""
    return _step(request, pk, waiting.go_on_without)


@requires(Permission.DOSSIER_ISSUE)
@require_POST
def give_up(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Stop waiting for signatures."""
    return _step(request, pk, waiting.give_up)


def _step(request: PortalRequest, pk: UUID, step: Callable[..., Dossier]) -> HttpResponse:
    dossier = get_object_or_404(WITH_SUBJECT, pk=pk)
    actor: User = request.user
    try:
        step(pk, actor=actor)
    except PortalError as refusal:
        messages.error(request, str(refusal))
    return redirect(dossier)
