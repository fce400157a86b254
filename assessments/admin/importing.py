"""Pages of the admin that bring an edition in from a file: upload, look, confirm."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.admin.base import actor_of
from assessments.admin.forms_import import FileForm, NameForm, form_for
from assessments.catalogue.formats.choices import Choices, Found
from assessments.catalogue.formats.registry import Format, check, read_as
from assessments.catalogue.reading import Problem, Unreadable
from assessments.catalogue.schema import Invalid
from assessments.catalogue.words import label_of
from assessments.differences import marked
from assessments.models import Catalogue, CatalogueUpload
from assessments.services.edition_import import (
    Preview,
    bring_in,
    compared,
    discard,
    kept,
    upload,
)

SHOWN_FAULTS: Final = 200
AROUND: Final = 15  # words beside a difference that are shown
SHORT: Final = 10  # so few differences stand open
CHANGES_OF_A_PAGE: Final = 50


class BringsInEditions(admin.ModelAdmin[Catalogue]):
    """Adds the pages of a file to the admin of editions."""

    change_list_template = "admin/assessments/catalogue/change_list.html"
    change_form_template = "admin/assessments/catalogue/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.upload_file), name="assessments_catalogue_import"),
            path("import/<uuid:pk>/", view(self.look), name="assessments_catalogue_look"),
            path(
                "import/<uuid:pk>/discard/",
                view(self.put_aside),
                name="assessments_catalogue_discard",
            ),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        formats = {"formats": Format.choices} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, formats)

    def _page(
        self, request: HttpRequest, name: str, *, status: int, **context: Any
    ) -> HttpResponse:
        return TemplateResponse(
            request,
            f"admin/assessments/catalogue/{name}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, **context},
            status=status,
        )

    def _refuse_others(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def upload_file(self, request: HttpRequest) -> HttpResponse:
        """Take a file, or say everything that is wrong with it."""
        self._refuse_others(request)
        form = FileForm(request.POST or None, request.FILES or None)
        faults: list[Problem] = []
        if request.method == "POST" and form.is_valid():
            try:
                given = upload(form.cleaned_data["file"], actor=request.user)  # type: ignore[arg-type]
                return redirect("admin:assessments_catalogue_look", pk=given.pk)
            except (PortalError, Unreadable, Invalid) as error:
                faults = faults_of(error)
        return self._page(
            request,
            "upload",
            status=422 if request.method == "POST" else 200,
            title=_("Bring in an edition from a file"),
            form=form,
            waiting=CatalogueUpload.objects.order_by("-uploaded_at"),
            **_shown(faults),
        )

    def look(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show what a file would bring; make it a draft when that is confirmed."""
        self._refuse_others(request)
        given = get_object_or_404(CatalogueUpload, pk=pk)
        is_sent = request.method == "POST"
        faults: list[Problem] = []
        form: NameForm | None = None
        seen: Preview | None = None
        try:
            content = kept(given)
            found = read_as(given.format, content, Choices())
            form = form_for(found, request.POST if is_sent else None)
            if is_sent and form.is_valid():
                found = read_as(given.format, content, form.choices())
                said = form.cleaned_data
                seen = compared(found, check(found), said["base"], follows=said["follows"])
                if "confirmed" in request.POST:
                    return self._confirmed(request, given, seen)
            elif not is_sent:
                seen = self._first_look(found)
        except (PortalError, Unreadable, Invalid) as error:
            faults = faults_of(error)
        return self._page(
            request,
            "look",
            status=422 if is_sent and (faults or not seen) else 200,
            title=_("An edition from a file"),
            given=given,
            format=Format(given.format).label,
            form=form,
            seen=seen,
            **_shown(faults),
            **self._changes(request, seen),
        )

    def _first_look(self, found: Found) -> Preview | None:
        """Compare at once what is whole; of what lacks something the form asks first."""
        try:
            return compared(found, check(found))
        except Invalid:
            if found.is_ours:
                raise
            return None

    def _changes(self, request: HttpRequest, seen: Preview | None) -> dict[str, Any]:
        if seen is None:
            return {}
        page = Paginator(seen.changes, CHANGES_OF_A_PAGE).get_page(request.POST.get("page"))
        rows = [
            (
                change,
                [
                    (label_of(change.part, name), marked(before, after, around=AROUND))
                    for name, before, after in change.fields
                ],
            )
            for change in page
        ]
        return {
            "rows": rows,
            "page_obj": page,
            "gaps": seen.gaps,
            "is_short": len(page) <= SHORT,
        }

    def _confirmed(
        self, request: HttpRequest, given: CatalogueUpload, seen: Preview
    ) -> HttpResponse:
        draft = bring_in(seen.file, actor=actor_of(request))
        words = {"file": given.file_name, "sha256": given.sha256}
        self.log_addition(
            request, draft, _("Brought in from %(file)s (SHA-256 %(sha256)s).") % words
        )
        discard(given)
        self.message_user(
            request, _("%(edition)s is there as a draft.") % {"edition": draft}, messages.SUCCESS
        )
        return redirect(reverse("admin:assessments_catalogue_change", args=[draft.pk]))

    def put_aside(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Forget a file that is not brought in."""
        self._refuse_others(request)
        if request.method == "POST":
            given = get_object_or_404(CatalogueUpload, pk=pk)
            discard(given)
            self.message_user(
                request, _("%(file)s was put aside. Nothing was written.") % {"file": given}
            )
        return redirect("admin:assessments_catalogue_import")


def faults_of(error: Exception) -> list[Problem]:
    """Return every fault that a refusal names."""
    if isinstance(error, Invalid):
        return error.problems
    if isinstance(error, Unreadable):
        return [error.problem]
    return [Problem(0, "", str(error))]


def _shown(faults: list[Problem]) -> dict[str, Any]:
    return {
        "faults": faults[:SHOWN_FAULTS],
        "more_faults": max(0, len(faults) - SHOWN_FAULTS),
        "fault_count": len(faults),
    }
