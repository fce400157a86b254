"""What changed between two versions, or between two days of an assessment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import DetailView

from ansm_portal.accounts.models import User
from ansm_portal.forms import DayInput, PortalForm
from ansm_portal.permissions import Permission
from ansm_portal.views import PortalView
from assessments.comparing import (
    Difference,
    Earlier,
    Kind,
    Said,
    Tally,
    compare,
    moves,
    tallies,
)
from assessments.differences import marked
from assessments.models import Assessment, Evidence, Recommendation
from assessments.services.comparing import said_on, said_today
from devices.enums import LifecyclePhase

OF_A_PAGE: Final = 100
MOST_OTHERS: Final = 200  # assessments to choose from


class CompareForm(PortalForm):
    """Another assessment, or one or two days."""

    other = forms.ChoiceField(label=gettext_lazy("Compare with"), required=False)
    since = forms.DateField(label=gettext_lazy("From the end of"), required=False, widget=DayInput)
    until = forms.DateField(
        label=gettext_lazy("to the end of"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Left empty: now."),
    )
    verdicts = forms.BooleanField(
        label=gettext_lazy("Only where the verdict changed"), required=False
    )

    def __init__(self, data: Mapping[str, Any], *, assessment: Assessment) -> None:
        super().__init__(data)
        self.assessment = assessment
        self.fields["other"].choices = self._choices  # type: ignore[attr-defined]

    @cached_property
    def others(self) -> list[Assessment]:
        """The assessments to choose from: those of the device, then the current of others."""
        found = Assessment.objects.exclude(pk=self.assessment.pk).select_related(
            "device", "version__device", "catalogue", "organisation"
        )
        own = Q(device=self.assessment.device_id)
        rows = found.filter(own | Q(is_current=True)).order_by("device__name", "-version_id")
        return sorted(
            rows[:MOST_OTHERS], key=lambda row: row.device_id != self.assessment.device_id
        )

    def _choices(self) -> list[tuple[Any, Any]]:
        def named(*, own: bool) -> list[tuple[str, str]]:
            return [
                (str(row.pk), row.full_name)
                for row in self.others
                if (row.device_id == self.assessment.device_id) == own
            ]

        groups = [
            (_("Versions of this device"), named(own=True)),
            (_("Other devices"), named(own=False)),
        ]
        return [("", "–"), *((name, rows) for name, rows in groups if rows)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        since, until, today = data.get("since"), data.get("until"), timezone.localdate()
        begun = timezone.localdate(self.assessment.started_at)
        if data.get("other") and (since or until):
            self.add_error("other", _("Choose a version or days, not both."))
        if until and not since and "since" not in self.errors:
            self.add_error("since", _("Give the first day, too."))
        if since and since < begun:
            self.add_error(
                "since",
                _("The assessment was started on %(day)s. Choose that day or a later one.")
                % {"day": date_format(begun, "SHORT_DATE_FORMAT")},
            )
        for name, day in (("since", since), ("until", until)):
            if day and day > today:
                self.add_error(name, _("This day has not come yet."))
        if since and until and since >= until:
            self.add_error("until", _("Choose a day after the first one."))
        return data

    def chosen(self) -> Assessment | None:
        """Return the other assessment, if one was chosen."""
        key = self.cleaned_data.get("other")
        return next((row for row in self.others if str(row.pk) == key), None) if key else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference in words."""

    difference: Difference
    title: str
    text: SafeString | None
    fields: tuple[tuple[str, str, str], ...]
    came: tuple[tuple[str, str], ...]
    went: tuple[tuple[str, str], ...]


class CompareAssessments(PortalView, DetailView[Assessment]):
    """Two versions side by side, or one on two days."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/assessment_compare.html"
    context_object_name = "assessment"
    queryset = Assessment.objects.select_related(
        "device", "version__device", "catalogue", "organisation"
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = CompareForm(self.request.GET, assessment=self.object)
        context = super().get_context_data(form=form, **kwargs)
        if form.is_valid() and (form.cleaned_data["other"] or form.cleaned_data["since"]):
            context |= self._compared(form)
        return context

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if context["form"].errors:
            response.status_code = 422
        return response

    def _compared(self, form: CompareForm) -> dict[str, Any]:
        other = form.chosen()
        if other is not None:
            # The older version is where one comes from, whichever page one is on.
            earlier, later = sorted((other, self.object), key=lambda row: row.version_id)
            sides = [Earlier(said) for said in said_today(earlier, later)]
            editions = {earlier.catalogue, later.catalogue}
            names = (earlier.full_name, later.full_name)
        else:
            days = (form.cleaned_data["until"], form.cleaned_data["since"])
            sides = said_on(self.object, days)[::-1]
            editions = {self.object.catalogue}
            names = (_at_the_end_of(days[1]), _at_the_end_of(days[0]))
        differing, alike = compare(sides[0].answers, sides[1].answers)
        shown = differing
        if form.cleaned_data["verdicts"]:
            shown = [one for one in differing if one.verdicts]
        page = Paginator(shown, OF_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            "other": other,
            "before": names[0],
            "after": names[1],
            "editions": sorted(map(str, editions)) if len(editions) > 1 else [],
            "total": len(differing),
            "alike": len(alike),
            "phases": _by_phase(differing, alike),
            "moves": moves(differing),
            "doubtful": sides[0].doubtful,
            "page_obj": page,
            "groups": _grouped(shown_of(list(page.object_list), [row.pk for row in editions])),
        }


def _at_the_end_of(day: dt.date | None) -> str:
    if day is None:
        return _("now")
    return _("end of %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")}


def _by_phase(
    differing: Iterable[Difference], alike: Iterable[Said]
) -> list[tuple[LifecyclePhase, Tally]]:
    found = tallies(differing, alike)
    return [(phase, found[phase]) for phase in LifecyclePhase if phase in found]


def _grouped(shown: Iterable[Shown]) -> list[tuple[LifecyclePhase, list[Shown]]]:
    shown = list(shown)
    groups = [
        (phase, [one for one in shown if one.difference.shown.phase == phase])
        for phase in LifecyclePhase
    ]
    return [(phase, rows) for phase, rows in groups if rows]


def shown_of(differing: Sequence[Difference], editions: Sequence[UUID]) -> list[Shown]:
    """Return differences in words: three queries, for titles, evidence and people."""
    language = "en" if get_language() == "en" else "fr"
    entries = Recommendation.objects.filter(
        catalogue__in=editions, code__in=[one.shown.code for one in differing]
    )
    titles = dict(entries.order_by("catalogue_id").values_list("code", f"title_{language}"))
    pieces = [key for one in differing for key in (*one.came, *one.went)]
    evidence = {
        str(one.pk): (one.get_absolute_url(), one.full_name)
        for one in Evidence.objects.filter(pk__in=pieces).select_related("organisation")
    }
    owners = {
        value
        for one in differing
        for name, *pair in one.changes
        if name == "owner_id"
        for value in pair
        if value
    }
    people = {str(one.pk): str(one) for one in User.objects.filter(pk__in=owners)}
    return [
        Shown(
            difference=one,
            title=titles.get(one.shown.code, ""),
            text=_text(one),
            fields=tuple(_fields(one, people)),
            came=tuple(evidence[key] for key in one.came if key in evidence),
            went=tuple(evidence[key] for key in one.went if key in evidence),
        )
        for one in differing
    ]


def _text(one: Difference) -> SafeString | None:
    if one.kind != Kind.CHANGED or one.before is None or one.after is None:
        return None
    if one.before.justification == one.after.justification:
        return None
    return marked(one.before.justification, one.after.justification)


def _fields(one: Difference, people: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    for name, before, after in one.changes:
        if name == "is_applicable":
            words = {True: _("applies"), False: _("does not apply")}
            yield _("Applicability"), words[before], words[after]
        elif name == "owner_id":
            yield _("Owner"), _owner(before, people), _owner(after, people)
        elif name == "due_on":
            yield _("Due day"), _day(before), _day(after)


def _owner(key: str | None, people: Mapping[str, str]) -> str:
    return people.get(key, _("somebody who left")) if key else "–"


def _day(day: str | None) -> str:
    return date_format(dt.date.fromisoformat(day), "SHORT_DATE_FORMAT") if day else "–"
