"""Pages of the steps that an entry of a draft can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.admin.base import actor_of, address, is_draft, key_in, told_in
from assessments.admin.forms import ConfirmForm, EntryTexts, PartFormSet, RetireEntryForm
from assessments.admin.preview import preview
from assessments.differences import joined
from assessments.models import Recommendation
from assessments.services import entries, regrouping
from assessments.services.editions import progress

JOINED: Final = ("statement_fr", "statement_en", "rationale_fr", "rationale_en")
GATHERED: Final = (
    "expected_evidence_fr",
    "expected_evidence_en",
    "stakeholders",
    "criteria",
    "applies_when",
    "references",
)
COPIED: Final = ("title_fr", "title_en", "statement_fr", "statement_en")
MOST_MERGED: Final = 9


def _entry(page: Any, request: HttpRequest, pk: str) -> Recommendation:
    entry = page.of_draft(request, pk)
    if entry is None:
        raise Http404
    return entry  # type: ignore[no-any-return]


def confirm_view(page: Any, request: HttpRequest, pk: str) -> HttpResponse:
    """Say what was found on reading an entry in the official text; then the next one."""
    entry = _entry(page, request, pk)
    bound = request.POST if request.method == "POST" else None
    # A copy: what the form would change is shown beside what stands there.
    form = ConfirmForm(
        bound,
        instance=Recommendation.objects.select_related("section__catalogue").get(pk=entry.pk),
        initial={
            "number": entry.official_number,
            "page": entry.official_page,
            "on": entry.confirmed_on or timezone.localdate(),
        },
    )
    form.instance.catalogue = entry.catalogue
    if form.is_valid():
        data = form.cleaned_data
        with told_in(form):
            done = entries.confirm(
                entry,
                number=data["number"],
                page=data["page"],
                on=data["on"],
                corrections=form.corrections(),
                actor=actor_of(request),
            )
            messages.success(request, f"{done.code}: {done.get_confirmed_as_display()}.")
            following = _unread_after(entry)
            return HttpResponseRedirect(
                address(following, "confirm") if following else address(entry.catalogue)
            )
    return page.page(  # type: ignore[no-any-return]
        request,
        "recommendation/confirm",
        _("Read %(code)s beside the official text") % {"code": entry.code},
        status=422 if form.is_bound else 200,
        original=entry,
        form=form,
        progress=progress(entry.catalogue.recommendations.all()),
        following=_unread_after(entry),
    )


def _unread_after(entry: Recommendation) -> Recommendation | None:
    """Return the next entry that nobody has read in the official text, from the top at the end."""
    unread = Recommendation.objects.filter(catalogue=entry.catalogue_id, confirmed_as="")
    unread = unread.exclude(pk=entry.pk).order_by("position")
    return unread.filter(position__gt=entry.position).first() or unread.first()


def split_view(page: Any, request: HttpRequest, pk: str) -> HttpResponse:
    """Put several entries in the place of one."""
    entry = _entry(page, request, pk)
    parts = PartFormSet(
        _with_one_more(request.POST) if request.method == "POST" else None,
        initial=[
            {"code": f"{entry.code}{letter}", **{name: getattr(entry, name) for name in COPIED}}
            for letter in "AB"
        ],
    )
    wants_more = "more" in request.POST
    if parts.is_bound and not wants_more and parts.is_valid():
        with told_in(parts.forms[0]):
            into = [form.cleaned_data for form in parts.forms if form.cleaned_data]
            made = regrouping.split(entry, into=into, actor=actor_of(request))
            messages.success(
                request,
                _("%(code)s is split into %(parts)s. Go through each of them.")
                % {"code": entry.code, "parts": ", ".join(part.code for part in made)},
            )
            return HttpResponseRedirect(address(made[0]))
    return page.page(  # type: ignore[no-any-return]
        request,
        "recommendation/split",
        _("Split %(code)s") % {"code": entry.code},
        status=422 if parts.is_bound and not wants_more else 200,
        original=entry,
        parts=parts,
    )


def _with_one_more(data: Any) -> Any:
    """Return what was posted, with one part more where that was asked for."""
    if "more" not in data:
        return data
    data = data.copy()
    total = data.get("form-TOTAL_FORMS", "")
    if total.isdecimal() and int(total) < PartFormSet.max_num:
        data["form-TOTAL_FORMS"] = str(int(total) + 1)
    return data


def retire_view(page: Any, request: HttpRequest, pk: str) -> HttpResponse:
    """Take an entry out of the draft."""
    entry = _entry(page, request, pk)
    followed = list(entry.predecessions.values_list("predecessor__code", flat=True))
    form = RetireEntryForm(request.POST if request.method == "POST" else None)
    if not followed:
        for field in form.fields.values():
            field.required = False
    if form.is_valid():
        with told_in(form):
            entries.retire(entry, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, _("%(code)s is no longer here.") % {"code": entry.code})
            return HttpResponseRedirect(address(entry.catalogue, "succession"))
    lead = (
        _(
            "It takes the place of %(codes)s of the edition before. Assessments that move to the "
            "new edition keep its answer to be read, with the reason that you give."
        )
        % {"codes": ", ".join(followed)}
        if followed
        else _("It follows no entry of an edition before: nothing is left of it.")
    )
    return page.page(  # type: ignore[no-any-return]
        request,
        "step",
        _("Retire %(code)s") % {"code": entry.code},
        status=422 if form.is_bound else 200,
        original=entry,
        form=form,
        lead=lead,
        verb=_("Retire the entry"),
    )


def lead_to_merge(page: Any, request: HttpRequest, chosen: QuerySet[Recommendation]) -> Any:
    """Lead to the page that merges entries, or say why it cannot."""
    rows = list(chosen.order_by("catalogue", "position")[: MOST_MERGED + 1])
    if refusal := _no_merge(rows):
        messages.error(request, refusal)
        return None
    keys = "&".join(f"entry={row.pk}" for row in rows)
    return HttpResponseRedirect(f"{reverse('admin:assessments_recommendation_merge')}?{keys}")


def _no_merge(rows: Sequence[Recommendation]) -> str:
    if len({row.catalogue_id for row in rows}) > 1:
        return _("Only entries of one edition are merged.")
    if len(rows) < 2:  # noqa: PLR2004 -- one alone is no merge
        return _("Choose two or more entries to merge.")
    if len(rows) > MOST_MERGED:
        return _("Merge at most %(count)s entries at once.") % {"count": MOST_MERGED}
    if not is_draft(rows[0]):
        return _("%(edition)s is published and never changes. Start a draft from it.") % {
            "edition": rows[0].catalogue
        }
    return ""


def merge_view(page: Any, request: HttpRequest) -> HttpResponse:
    """Put one entry in the place of several, which are named in the address."""
    named = request.GET.getlist("entry")[: MOST_MERGED + 1]
    keys = [key for key in map(key_in, named) if key]
    rows = list(page.get_queryset(request).filter(pk__in=keys).order_by("position"))
    if not rows or _no_merge(rows):
        raise Http404
    if not page.has_change_permission(request, rows[0]):
        raise PermissionDenied
    bound = request.POST if request.method == "POST" else None
    template = Recommendation.objects.select_related("section__catalogue").get(pk=rows[0].pk)
    form = EntryTexts(bound, instance=template, initial=_together(rows))
    if form.is_valid():
        with told_in(form):
            merged = regrouping.merge(rows, fields=form.said(), actor=actor_of(request))
            messages.success(
                request,
                _("%(codes)s are one entry now.") % {"codes": ", ".join(row.code for row in rows)},
            )
            return HttpResponseRedirect(address(merged))
    return page.page(  # type: ignore[no-any-return]
        request,
        "recommendation/merge",
        _("Merge %(codes)s") % {"codes": ", ".join(row.code for row in rows)},
        status=422 if form.is_bound else 200,
        original=rows[0],
        form=form,
        rows=rows,
    )


def _together(rows: Sequence[Recommendation]) -> dict[str, Any]:
    """Propose what the merged entry says: texts one after the other, lists gathered."""
    said: dict[str, Any] = {}
    for name in JOINED:
        text = ""
        for row in rows:
            value = getattr(row, name)
            text = joined(text, value) if text and value else text or value
        said[name] = text
    for name in GATHERED:
        said[name] = list(dict.fromkeys(item for row in rows for item in getattr(row, name)))
    return said


def preview_view(page: Any, request: HttpRequest, pk: str) -> HttpResponse:
    """Show an entry as it will look in an assessment and in a dossier, in both languages."""
    entry = page.get_object(request, pk)
    if entry is None or not page.has_view_permission(request, entry):
        raise Http404
    return preview(page, request, entry)
