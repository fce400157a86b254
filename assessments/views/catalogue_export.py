"""An edition of the catalogue as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, requires
from assessments.catalogue.formats.registry import MEDIA, Format
from assessments.enums import CatalogueState
from assessments.models import Catalogue
from assessments.services.edition_export import export, file_name

DRAFTS = "assessments.view_catalogue"


@requires(Access.SIGNED_IN)
@require_safe
def export_edition(request: PortalRequest, pk: UUID, format: str) -> HttpResponse:  # noqa: A002 -- the address says so
    """Send an edition; a draft to those who may edit it."""
    if format not in Format.values:
        raise Http404
    catalogue = get_object_or_404(Catalogue, pk=pk)
    if catalogue.state == CatalogueState.DRAFT and not request.user.has_perm(DRAFTS):
        raise Http404
    try:
        content = export(catalogue, format)
    except PortalError as refusal:
        return HttpResponse(str(refusal), status=409, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type=MEDIA[format])
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{file_name(catalogue, format)}"'
    )
    return response
