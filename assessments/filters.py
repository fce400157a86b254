"""Filters of lists, read from the address; what cannot be read is said and left out."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.db.models import (
    Case,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Cast, Lower, NullIf
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm, chip
from assessments.answer_filters import ANY, AnswerFilter
from assessments.enums import EvidenceKind
from assessments.models import Evidence, PhaseReview
from devices.enums import DeviceClass, LifecyclePhase
from devices.models import Device, DeviceVersion

__all__ = ["ANY", "AnswerFilter", "DeviceFilter", "EvidenceFilter", "with_progress"]


def _total(column: str) -> Subquery:
    """Sum a counter over the phases of the current assessment of a device."""
    return Subquery(
        PhaseReview.objects.filter(
            organisation_id=OuterRef("organisation_id"),
            device_id=OuterRef("pk"),
            assessment__is_current=True,
        )
        .order_by()
        .values("device_id")
        .annotate(n=Sum(column))
        .values("n"),
        output_field=IntegerField(),
    )


def with_progress(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Annotate latest version, its phase, and how far its current assessment is."""
    latest = DeviceVersion.objects.filter(device_id=OuterRef("pk"), is_latest=True)
    return devices.annotate(
        latest_label=Subquery(latest.values("label")[:1]),
        latest_phase=Subquery(latest.values("phase")[:1]),
        applicable=_total("applicable"),
        not_assessed=_total("not_assessed"),
    )


class DeviceFilter(PortalForm):
    """Words, class, phase of the latest version, progress; and the order."""

    SORTS: Final[dict[str, Any]] = {
        "name": Lower("name"),
        "reference": Lower("reference"),
        "class": F("device_class"),
        "phase": Case(
            *(When(latest_phase=phase, then=n) for n, phase in enumerate(LifecyclePhase))
        ),
        "progress": Cast(F("applicable") - F("not_assessed"), FloatField())
        / NullIf(F("applicable"), 0),
    }
    PROGRESS: Final = {
        "none": Q(applicable=None),
        "under_way": Q(not_assessed__gt=0),
        "complete": Q(not_assessed=0),
    }

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    device_class = forms.ChoiceField(
        label=_("Class"), choices=[ANY, *DeviceClass.choices], required=False
    )
    phase = forms.ChoiceField(
        label=_("Phase"), choices=[ANY, *LifecyclePhase.choices], required=False
    )
    progress = forms.ChoiceField(
        label=_("Progress"),
        choices=[
            ANY,
            ("none", _("not started")),
            ("under_way", _("under way")),
            ("complete", _("all assessed")),
        ],
        required=False,
    )

    def apply(self, devices: QuerySet[Device], *, sort: str) -> QuerySet[Device]:
        """Return the devices that match what could be read, in the order asked for."""
        self.is_valid()
        chosen: dict[str, Any] = {k: v for k, v in self.cleaned_data.items() if v}
        devices = with_progress(devices)
        if "q" in chosen:
            devices = devices.matching(chosen["q"])  # type: ignore[attr-defined]
        if "device_class" in chosen:
            devices = devices.filter(device_class=chosen["device_class"])
        if "phase" in chosen:
            devices = devices.filter(
                Exists(
                    DeviceVersion.objects.filter(
                        device_id=OuterRef("pk"), is_latest=True, phase=chosen["phase"]
                    )
                )
            )
        if "progress" in chosen:
            devices = devices.filter(self.PROGRESS[chosen["progress"]])
        key = self.SORTS.get(sort.removeprefix("-"), self.SORTS["name"])
        order = key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_first=True)
        return devices.order_by(order, "pk")

    def chips(self) -> list[tuple[str, str]]:
        """List name and text of the filters that are set."""
        shown = []
        for name, value in self.cleaned_data.items():
            if value:
                field = self.fields[name]
                choices = dict(getattr(field, "choices", []))
                shown.append((name, chip(field.label, choices.get(value, value))))
        return shown


class EvidenceFilter(PortalForm):
    """Words and kind."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *EvidenceKind.choices], required=False)

    def apply(self, evidence: QuerySet[Evidence]) -> QuerySet[Evidence]:
        """Return the evidence that matches what could be read, newest first."""
        self.is_valid()
        for word in self.cleaned_data.get("q", "").split():
            pattern = re.escape(word)  # as in DeviceQuerySet.matching
            evidence = evidence.filter(
                Q(title__iregex=pattern)
                | Q(reference__iregex=pattern)
                | Q(file_name__iregex=pattern)
                | Q(sha256__startswith=word.lower())
            )
        if self.cleaned_data.get("kind"):
            evidence = evidence.filter(kind=self.cleaned_data["kind"])
        return evidence.order_by("-number")
