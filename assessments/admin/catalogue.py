"""Editions of the catalogue: begun, described, put in order, published, retired."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assessments.admin.base import ADDRESSES, DraftOnly, RowsOfDraft, actor_of, address, told_in
from assessments.admin.events import history_of
from assessments.admin.forms import DraftForm, RetireEditionForm, SectionForm
from assessments.admin.importing import BringsInEditions
from assessments.admin.order import order_view
from assessments.admin.succession import succession_view
from assessments.catalogue.edition import Edition
from assessments.enums import CatalogueState
from assessments.models import Catalogue, Section, Source
from assessments.services import edition_texts, editions, sections
from assessments.services.catalogue import NotComplete, lacking, publish

SHOWN_SENTENCES = 5


class SectionRows(RowsOfDraft[Section]):
    model = Section
    form = SectionForm
    ordering = ("position",)


class SourceRows(RowsOfDraft[Source]):
    model = Source
    ordering = ("key",)


@admin.register(Catalogue)
class CatalogueAdmin(BringsInEditions, DraftOnly):
    owner = "owner"
    list_display = (
        "key",
        "edition",
        "state",
        "recommendation_count",
        "read_count",
        "source_published_on",
        "published_at",
    )
    list_filter = ("state",)
    search_fields = ("key", "edition", "title_fr", "title_en")
    ordering = ("key", "edition")
    readonly_fields = ("state", "follows", "published_at", "content_sha256")
    actions = ("publish",)
    fieldsets = (
        (None, {"fields": (("key", "edition"), ("issuer", "source_published_on"))}),
        (
            gettext_lazy("Texts"),
            {
                "classes": ("portal-pairs",),
                "fields": (
                    ("title_fr", "title_en"),
                    ("legal_value_fr", "legal_value_en"),
                    ("disclaimer_fr", "disclaimer_en"),
                ),
            },
        ),
        (
            gettext_lazy("Publication"),
            {"fields": ("state", "follows", "published_at", "content_sha256")},
        ),
        (gettext_lazy("Vocabulary"), {"fields": ("vocabulary",), "classes": ("collapse",)}),
    )
    formfield_overrides = ADDRESSES
    inlines = (SectionRows, SourceRows)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Catalogue]:
        catalogues: QuerySet[Catalogue] = super().get_queryset(request)
        return catalogues.select_related("based_on").annotate(
            n=Count("recommendations"),
            read=Count("recommendations", filter=~Q(recommendations__confirmed_as="")),
        )

    @admin.display(description=gettext_lazy("recommendations"), ordering="n")
    def recommendation_count(self, row: Any) -> int:
        return int(row.n)

    @admin.display(description=gettext_lazy("read in the official text"), ordering="read")
    def read_count(self, row: Any) -> str:
        return format_html(
            '<meter min="0" max="{}" value="{}" aria-hidden="true"></meter> {}/{}',
            row.n or 1,
            row.read,
            row.read,
            row.n,
        )

    @admin.display(description=gettext_lazy("follows the edition"))
    def follows(self, row: Catalogue) -> str:
        if row.based_on is None:
            return _("none")
        return format_html('<a href="{}">{}</a>', address(row.based_on), row.based_on)

    def get_urls(self) -> list[URLPattern]:
        def of(page: str, view: Any) -> Any:
            return path(
                f"<uuid:pk>/{page}/",
                self.admin_site.admin_view(view),
                name=f"assessments_catalogue_{page}",
            )

        return [
            of("draft", self.draft_view),
            of("publish", self.publish_view),
            of("retire", self.retire_view),
            of("order", lambda request, pk: order_view(self, request, pk)),
            of("succession", lambda request, pk: succession_view(self, request, pk)),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show how far the edition is, and the steps that can be taken."""
        catalogue = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if catalogue is not None:
            context["progress"] = editions.progress(catalogue.recommendations.all())
            context["is_draft"] = catalogue.state == CatalogueState.DRAFT
            context["may_step"] = self.may_step(request)
        return super().change_view(request, object_id, form_url, context)

    def may_step(self, request: HttpRequest) -> bool:
        """Tell whether the person may begin, publish and retire editions."""
        return self.has_add_permission(request) and self.has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: Catalogue, form: Any, change: Any) -> None:
        """Begin or describe a draft, with its event."""
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            edition_texts.describe(
                Catalogue.objects.get(pk=obj.pk), fields=fields, actor=actor_of(request)
            )
        else:
            made = edition_texts.begin(fields=form.cleaned_data, actor=actor_of(request))
            obj.pk, obj._state.adding = made.pk, False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """Change sections and sources, each with its event."""
        formset.save(commit=False)  # what the message of the page is made from
        is_sections = formset.model is Section
        actor, catalogue = actor_of(request), formset.instance
        for row in formset.initial_forms:
            if row in formset.deleted_forms:
                remove = sections.remove if is_sections else edition_texts.remove_source
                remove(row.instance, actor=actor)
            elif row.has_changed():
                edit = sections.edit if is_sections else edition_texts.edit_source
                there = formset.model.objects.get(pk=row.instance.pk)
                edit(there, fields=_changed(row), actor=actor)
        for row in formset.extra_forms:
            if row.has_changed() and row not in formset.deleted_forms:
                add = sections.add if is_sections else edition_texts.add_source
                add(catalogue, fields=_entered(row), actor=actor)

    def delete_model(self, request: HttpRequest, obj: Catalogue) -> None:
        """Delete a draft, with its event."""
        edition_texts.remove_draft(obj, actor=actor_of(request))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Show who changed what in the edition."""
        catalogue = self.get_object(request, object_id)
        if catalogue is None:
            raise Http404
        return history_of(self, request, catalogue)

    def draft_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Start a draft from an edition."""
        catalogue = self._for_step(request, pk)
        form = DraftForm(request.POST or None)
        if form.is_valid():
            with told_in(form):
                draft = editions.start_draft(
                    catalogue, edition=form.cleaned_data["edition"], actor=actor_of(request)
                )
                messages.success(request, _("%(edition)s is a draft now.") % {"edition": draft})
                return HttpResponseRedirect(address(draft))
        return self._step(
            request,
            catalogue,
            form,
            title=_("Start a draft from %(edition)s") % {"edition": catalogue},
            lead=_(
                "The draft begins as a copy; each entry is linked to the one it is from. Change, "
                "split, merge, move and retire entries there: assessments stay with the edition "
                "they were started against until somebody moves them."
            ),
            verb=_("Start the draft"),
        )

    def publish_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Publish one draft, after a page that says what that means and what is missing."""
        catalogue = self._for_step(request, pk)
        if request.method == "POST":
            self._publish(request, catalogue)
            return HttpResponseRedirect(address(catalogue))
        return self._asking(request, [catalogue], sentences=lacking(Edition.of(catalogue)))

    def retire_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Retire a published edition."""
        catalogue = self._for_step(request, pk)
        form = RetireEditionForm(request.POST or None, catalogue=catalogue)
        if form.is_valid():
            with told_in(form):
                editions.retire(
                    catalogue.pk,
                    succeeded_by=form.cleaned_data["succeeded_by"],
                    actor=actor_of(request),
                )
                messages.success(request, _("%(edition)s is retired.") % {"edition": catalogue})
                return HttpResponseRedirect(address(catalogue))
        return self._step(
            request,
            catalogue,
            form,
            title=_("Retire %(edition)s") % {"edition": catalogue},
            lead=_(
                "Nothing new starts from a retired edition. Assessments against it go on, and "
                "their pages name the edition that succeeds it."
            ),
            verb=_("Retire it for good"),
        )

    def _for_step(self, request: HttpRequest, pk: str) -> Catalogue:
        catalogue = self.get_object(request, pk)
        if catalogue is None or not self.may_step(request):
            raise Http404
        return catalogue

    def _step(
        self, request: HttpRequest, catalogue: Catalogue, form: Any, **context: Any
    ) -> HttpResponse:
        title = context.pop("title")
        status = 422 if form.is_bound else 200
        return self.page(
            request, "step", title, status=status, original=catalogue, form=form, **context
        )

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @admin.action(description=gettext_lazy("Publish the chosen drafts"), permissions=["publish"])
    def publish(self, request: HttpRequest, chosen: QuerySet[Catalogue]) -> HttpResponse | None:
        """Publish drafts, after a page that says what that means."""
        if "confirmed" not in request.POST:
            return self._asking(request, list(chosen))
        for catalogue in chosen:
            self._publish(request, catalogue)
        return None

    def _asking(
        self, request: HttpRequest, chosen: list[Catalogue], **context: Any
    ) -> HttpResponse:
        title = _("Publish editions of the catalogue")
        context |= {"chosen": chosen, "checkbox_name": ACTION_CHECKBOX_NAME}
        return self.page(request, "catalogue/publish", title, **context)

    def _publish(self, request: HttpRequest, catalogue: Catalogue) -> None:
        try:
            published = publish(catalogue.pk, actor=actor_of(request))
        except NotComplete as refusal:
            told = refusal.sentences[:SHOWN_SENTENCES]
            if more := len(refusal.sentences) - len(told):
                more_of_these = ngettext(
                    "And %(count)s more of these.", "And %(count)s more of these.", more
                )
                told.append(more_of_these % {"count": more})
            self.message_user(request, f"{catalogue}: {' '.join(told)}", messages.ERROR)
        else:
            self.log_change(request, published, _("Published."))
            self.message_user(
                request, _("%(edition)s is published.") % {"edition": published}, messages.SUCCESS
            )


def _changed(row: Any) -> dict[str, Any]:
    return {name: row.cleaned_data[name] for name in row.changed_data if name != "DELETE"}


def _entered(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.cleaned_data.items() if name in row._meta.fields}
