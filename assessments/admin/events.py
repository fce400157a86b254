"""Who changed what in the catalogue: the list of all events, and the history of one row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ansm_portal.admin import ReadOnlyAdmin
from ansm_portal.audit.catalogue_events import CATALOGUE_EVENTS
from assessments.differences import marked
from assessments.models import Catalogue, CatalogueEvent, Recommendation, Section, Source

PER_PAGE = 50
AROUND = 40  # words beside a difference that are shown


@admin.register(CatalogueEvent)
class CatalogueEventAdmin(ReadOnlyAdmin[CatalogueEvent]):
    list_display = ("sequence", "happened_at", "actor", "what", "edition", "code")
    list_display_links = ("sequence", "what")
    list_filter = ("verb", "edition")
    list_select_related = ("actor",)
    search_fields = ("code", "edition")
    ordering = ("-sequence",)

    @admin.display(description=CatalogueEvent._meta.get_field("verb").verbose_name)
    def what(self, event: CatalogueEvent) -> str:
        return verb(event)


def verb(event: CatalogueEvent) -> str:
    """Say in words what happened."""
    return str(CATALOGUE_EVENTS.get(event.verb, event.verb))


def history_of(
    page: Any, request: HttpRequest, catalogue: Catalogue, *, code: str = ""
) -> HttpResponse:
    """Return the page of the events of an edition, or of its entry ``code``, newest first."""
    events = CatalogueEvent.objects.select_related("actor").filter(edition=str(catalogue))
    if code:
        events = events.filter(code=code)
    shown = Paginator(events.order_by("-sequence"), PER_PAGE).get_page(request.GET.get("p"))
    title = _("Changes of %(row)s") % {"row": f"{catalogue} {code}".rstrip()}
    lines = [(event, verb(event), list(details(event))) for event in shown]
    context = {"original": catalogue, "code": code, "lines": lines, "shown": shown}
    return page.page(request, "history", title, **context)  # type: ignore[no-any-return]


def details(event: CatalogueEvent) -> Iterator[tuple[str, SafeString]]:
    """Say what an event changed: names in words, texts word by word."""
    changes = event.data.get("changes", {})
    for name, (before, after) in changes.items():
        yield label(name), marked(_text(before), _text(after), around=AROUND)
    for name, value in event.data.items():
        if name != "changes" and value not in (None, "", [], {}):
            yield label(name), format_html("{}", _text(value))


def label(name: str) -> str:
    """Return the name of a field in words, as the forms say it."""
    if name in (said := _names()):
        return said[name]
    for model in (Recommendation, Section, Source, Catalogue):
        for field in model._meta.concrete_fields:
            if field.name == name:
                return str(field.verbose_name)
    return name


def _names() -> dict[str, str]:
    return {
        "after": _("after"),
        "based_on": _("follows the edition"),
        "entries": _("entries"),
        "fields": _("says"),
        "followed": _("took the place of"),
        "follows": _("takes the place of"),
        "found": _("found in the official text"),
        "into": _("into"),
        "merged": _("merged from"),
        "number": _("official number"),
        "on": _("on"),
        "order": _("order"),
        "page": _("official page"),
        "reason_en": _("reason (English)"),
        "reason_fr": _("reason (French)"),
        "succeeded_by": _("succeeded by"),
    }


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{label(name)}: {_text(each)}" for name, each in value.items())
    if isinstance(value, list) and any(isinstance(each, list) for each in value):
        return " → ".join(_text(each) for each in value)
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return "" if value is None else str(value)
