"""Editions of the catalogue, to read: the list, one edition, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView

from ansm_portal.permissions import Access, Permission
from ansm_portal.views import PortalView
from assessments.catalogue.changes import Change, changes, counted
from assessments.catalogue.words import ASPECTS, Aspect, label_of
from assessments.differences import marked
from assessments.enums import CatalogueState, ProvenanceStatus
from assessments.folding import fold
from assessments.models import Catalogue, Recommendation
from assessments.services.editions import progress
from assessments.services.transitions import compared
from devices.enums import LifecyclePhase

SEARCHED: Final = (
    *("code", "title_fr", "title_en", "statement_fr", "statement_en"),
    *("rationale_fr", "rationale_en", "official_number"),
)


def shared() -> QuerySet[Catalogue]:
    """Return the editions that everybody reads: published once, and of no organisation."""
    return Catalogue.objects.filter(owner=None).exclude(state=CatalogueState.DRAFT)


class EditionList(PortalView, ListView[Catalogue]):
    """The editions, each with how far it is confirmed."""

    access: ClassVar[Permission | Access] = Access.SIGNED_IN
    template_name = "catalogue/edition_list.html"
    context_object_name = "editions"

    def get_queryset(self) -> QuerySet[Catalogue]:
        return with_progress(shared()).order_by("key", "-published_at")


def with_progress(editions: QuerySet[Catalogue]) -> QuerySet[Catalogue]:
    """Annotate how many entries there are, and of each provenance."""
    of = {status.value: _number(Q(provenance_status=status)) for status in ProvenanceStatus}
    return editions.select_related("based_on", "succeeded_by").annotate(
        total=_number(Q()), confirmed=_number(~Q(confirmed_as="")), **of
    )


def _number(which: Q) -> Coalesce:
    """Return how many entries of an edition are so."""
    entries = Recommendation.objects.filter(which, catalogue=OuterRef("pk")).order_by()
    number = entries.values("catalogue").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


class EditionDetail(PortalView, DetailView[Catalogue]):
    """One edition, whole, with search."""

    access: ClassVar[Permission | Access] = Access.SIGNED_IN
    template_name = "catalogue/edition_detail.html"
    context_object_name = "edition"

    def get_queryset(self) -> QuerySet[Catalogue]:
        return shared().select_related("based_on", "succeeded_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entries = list(self.object.recommendations.select_related("section").order_by("position"))
        query = self.request.GET
        wanted = {name: query.get(name, "") for name in ("q", "phase", "provenance")}
        shown = [entry for entry in entries if _is_wanted(entry, wanted)]
        return super().get_context_data(
            sections=list(_by_section(shown)),
            progress=progress(entries),
            shown=len(shown),
            wanted=wanted,
            phases=LifecyclePhase.choices,
            statuses=ProvenanceStatus.choices,
            sources={source.key: source for source in self.object.sources.all()},
            **kwargs,
        )


def _is_wanted(entry: Recommendation, wanted: dict[str, str]) -> bool:
    words = fold(wanted["q"]).split()
    text = fold(" ".join(str(getattr(entry, name)) for name in SEARCHED))
    return (
        all(word in text for word in words)
        and wanted["phase"] in {"", entry.phase}
        and wanted["provenance"] in {"", entry.provenance_status}
    )


def _by_section(entries: Sequence[Recommendation]) -> Iterator[tuple[Any, list[Recommendation]]]:
    section, rows = None, []
    for entry in entries:
        if section is not None and entry.section_id != section.pk:
            yield section, rows
            rows = []
        section = entry.section
        rows.append(entry)
    if section is not None:
        yield section, rows


@dataclass(frozen=True, slots=True)
class Texts:
    """One text of an entry that differs, in one language."""

    label: str
    language: str
    marked: SafeString


@dataclass(frozen=True, slots=True)
class Shown:
    """A change as its page draws it: ``parts`` are entries, and what differs in each."""

    change: Change
    aspects: list[tuple[str, str]]
    parts: list[tuple[Recommendation, list[Texts]]]
    columns: list[tuple[str, str, str]]


class EditionCompare(PortalView, DetailView[Catalogue]):
    """What differs between an edition and an earlier one, in both languages."""

    access: ClassVar[Permission | Access] = Access.SIGNED_IN
    template_name = "catalogue/edition_compare.html"
    context_object_name = "edition"

    def get_queryset(self) -> QuerySet[Catalogue]:
        return shared().select_related("based_on")

    def others(self) -> list[Catalogue]:
        """Return what the edition can be compared with."""
        return list(shared().exclude(pk=self.object.pk).order_by("-published_at"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        others = self.others()
        asked = self.request.GET.get("from", str(self.object.based_on_id))
        older = next((each for each in others if str(each.pk) == asked), None)
        key = str(older.pk) if older else ""
        context = super().get_context_data(others=others, older=older, older_key=key, **kwargs)
        return context | differing(older, self.object, self.request.GET.get("show", ""))


def differing(older: Catalogue | None, newer: Catalogue, show: str) -> dict[str, Any]:
    """Return what the page of a comparison draws; nothing without an older edition."""
    if older is None:
        return {"changes": None}
    transition = compared(older, newer)
    found = changes(transition)
    chosen = [each for each in found if not show or show in each.aspects]
    return {
        "changes": [_shown(each) for each in chosen],
        "total": len(found),
        "alike": len(transition.groups) - len(found),
        "counts": [(aspect.value, ASPECTS[aspect], n) for aspect, n in counted(found).items()],
        "show": show if show in set(Aspect) else "",
        "in_line": bool(transition.newer.successions),
    }


def _shown(change: Change) -> Shown:
    before = change.group.before
    parts = []
    for entry in change.group.after or before:
        against = before[0] if before and not change.group.is_merged else None
        is_new = not before or not change.group.after
        parts.append((entry, [] if is_new else list(_texts(against, entry))))
    return Shown(
        change,
        [(aspect.value, str(ASPECTS[aspect])) for aspect in Aspect if aspect in change.aspects],
        parts,
        [_column(*column) for column in change.columns],
    )


def _texts(old: Recommendation | None, new: Recommendation) -> Iterator[Texts]:
    """Yield the texts of ``new`` that differ from ``old``; all of them, if there is none."""
    labels = {
        "title": _("Title"),
        "statement": _("Statement"),
        "rationale": _("Rationale"),
        "expected_evidence": _("Expected evidence"),
    }
    for name, label in labels.items():
        for language in ("fr", "en"):
            text = _plain(getattr(new, f"{name}_{language}"))
            before = _plain(getattr(old, f"{name}_{language}")) if old else text
            if old is None or before != text:
                yield Texts(str(label), language, marked(before, text))


def _plain(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _column(name: str, before: Any, after: Any) -> tuple[str, str, str]:
    field: Any = Recommendation._meta.get_field(name)
    choices = dict(field.flatchoices)

    def said(value: Any) -> str:
        if value in ("", None, []):
            return "–"
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return str(choices.get(value, value))

    return label_of("recommendations", name), said(before), said(after)
