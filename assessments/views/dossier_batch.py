"""Dossiers of many assessments at once: choosing, looking, following, taking them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, Role, requires
from ansm_portal.views import PortalView
from assessments.dossier.second_file import streamed
from assessments.forms_dossier import BatchForm
from assessments.models import DossierBatch
from assessments.services import batching
from assessments.services.attempt import chunks_of
from assessments.services.renewal import newest

WITH_PEOPLE = DossierBatch.objects.select_related("organisation", "requested_by")


@requires(Permission.DOSSIER_ISSUE)
def choose(request: PortalRequest) -> HttpResponse:
    """Choose assessments and look at what would be made; the second time, ask for it."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):  # the form says so
        language = translation.get_language()
    candidates = batching.candidates(request.organisation, language=language)
    initial = {
        "language": language,
        "assessments": [each.assessment.pk for each in candidates if not each.being_made],
    }
    bound = request.POST if request.method == "POST" else None
    form = BatchForm(bound, candidates=candidates, initial=initial)
    context: dict[str, Any] = {"form": form, "candidates": candidates}
    status = 200
    if bound is not None:
        status = 422
        if form.is_valid():
            if "confirm" in bound:
                return _ask(request, form, context)
            context["preview"], status = _preview(request, form), 200
    context["ticked"] = {str(key) for key in form["assessments"].value() or ()}
    return render(request, "assessments/dossier_batch_choose.html", context, status=status)


def _preview(request: PortalRequest, form: BatchForm) -> dict[str, Any]:
    extent = form.extent
    ready = [each.within(extent) for each in form.chosen if not each.being_made]
    return {
        "ready": ready,
        "being_made": [each for each in form.chosen if each.being_made],
        "provisional": [each for each in ready if each.is_provisional],
        "minutes": batching.minutes(request.organisation, len(ready)),
        "processes": batching.processes(),
    }


def _ask(request: PortalRequest, form: BatchForm, context: dict[str, Any]) -> HttpResponse:
    try:
        batch, refused = batching.request_batch(
            [each.assessment for each in form.chosen],
            organisation=request.organisation,
            language=form.cleaned_data["language"],
            extent=form.extent,
            with_evidence=form.cleaned_data["with_evidence"],
            actor=request.user,
        )
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        context["ticked"] = set(form.cleaned_data["assessments"])
        return render(request, "assessments/dossier_batch_choose.html", context, status=409)
    for sentence in refused:
        messages.warning(request, sentence)
    return redirect(batch)


class BatchDetail(PortalView, DetailView[DossierBatch]):
    """A batch: how far it is, each dossier, and all of them in one file at the end."""

    access = Permission.DOSSIER_ISSUE
    fragment = "batch"
    template_name = "assessments/dossier_batch.html"
    context_object_name = "batch"
    queryset = WITH_PEOPLE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        dossiers = list(
            self.object.dossiers.select_related("assessment__device", "assessment__version")
            .defer("snapshot")
            .order_by("year", "serial")
        )
        is_theirs = self.object.requested_by_id == self.request.user.pk
        return super().get_context_data(
            dossiers=dossiers,
            standing=batching.standing(dossiers),
            may_cancel=is_theirs or Role.MANAGER in self.request.roles,
            **kwargs,
        )


@requires(Permission.DOSSIER_ISSUE)
@require_POST
def cancel(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Stop what is not made yet."""
    batch = get_object_or_404(WITH_PEOPLE, pk=pk)
    try:
        cancelled = batching.cancel_batch(
            batch, actor=request.user, manages=Role.MANAGER in request.roles
        )
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext("%(count)d dossier cancelled.", "%(count)d dossiers cancelled.", cancelled)
        messages.success(request, said % {"count": cancelled})
    return redirect(batch)


@requires(Permission.DOSSIER_ISSUE)
@require_GET
def download(request: PortalRequest, pk: UUID) -> HttpResponse | StreamingHttpResponse:
    """Send all that was issued in one archive, made while it is sent."""
    batch = get_object_or_404(WITH_PEOPLE, pk=pk)
    files: list[tuple[str, str]] = []
    for dossier in batch.dossiers.exclude(issued_at=None).defer("snapshot").order_by("serial"):
        files.append((f"{dossier.number}-{dossier.language}.pdf", newest(dossier).name))
        if dossier.archive:
            files.append((f"{dossier.number}-evidence.zip", dossier.archive))
    if not files or not all(default_storage.exists(path) for _name, path in files):
        messages.error(request, _("No dossier of it is issued yet, or a file is missing."))
        return redirect(batch)
    name = f"dossiers-{batch.requested_at:%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        _archive(files, batch),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


def _archive(files: list[tuple[str, str]], batch: DossierBatch) -> Iterator[bytes]:
    contents = ((name, chunks_of(path)) for name, path in files)
    return streamed(contents, instant=batch.requested_at)
