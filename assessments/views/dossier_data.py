"""The record of a dossier in other formats, by download."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from assessments.dossier.canonical import NotCanonical
from assessments.dossier.formats import schema
from assessments.dossier.formats.files import DERIVED, JSON
from assessments.dossier.formats.workbook import NAME as WORKBOOK
from assessments.dossier.formats.workbook import workbook
from assessments.dossier.snapshot import SNAPSHOT_NAME, Snapshot, from_json
from assessments.models import Dossier
from assessments.sheets.writing import XLSX
from assessments.views.dossier import DossierDetail, visible

_MAKERS: Final[dict[str, tuple[str, Callable[[Snapshot, str], bytes]]]] = {
    **{file.name: (file.media_type, file.content) for file in DERIVED},
    schema.NAME: ("application/schema+json", lambda _snapshot, _sha256: schema.encoded()),
    WORKBOOK: (XLSX, workbook),
}


@requires(Permission.DOSSIER_VIEW)
@require_GET
def data(request: PortalRequest, pk: UUID, name: str) -> HttpResponse:
    """Send the record of an issued dossier in one of the formats."""
    issued = visible(request).defer(None).exclude(issued_at=None)
    dossier: Dossier = get_object_or_404(issued, pk=pk)
    try:
        return file_of(dossier, name)
    except NotCanonical:
        refusal = _(
            "This dossier was issued by an earlier edition of the portal, whose record has "
            "another form. Its PDF and its record can be downloaded as they are."
        )
        return refused(request, dossier, refusal)


def file_of(dossier: Dossier, name: str) -> HttpResponse:
    """Return the record of a dossier in one of the formats.

    Raises:
        NotCanonical: the record has an earlier form, and the format is made from it.
    """
    content = dossier.snapshot.encode()
    if name == SNAPSHOT_NAME:
        return _sent(content, f"{dossier.number}-{name}", JSON)
    if name not in _MAKERS:
        raise Http404
    media_type, make = _MAKERS[name]
    made = make(from_json(content), dossier.snapshot_sha256)
    return _sent(made, f"{dossier.number}-{name}", media_type)


def refused(request: PortalRequest, dossier: Dossier, refusal: str) -> HttpResponse:
    """Show the page of a dossier with why something of it cannot be had."""
    view = DossierDetail()
    view.setup(request, pk=dossier.pk)
    view.object = dossier
    context = view.get_context_data(refusal=refusal)
    return render(request, DossierDetail.template_name, context, status=409)


def _sent(content: bytes, name: str, media_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )
