"""Which rows, columns and cells a matrix shows, read from the address."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from assessments.enums import Criterion, Verdict
from assessments.matrix import EXCLUDED, EXCLUDED_LABEL
from assessments.models import Answer, Assessment
from devices.enums import DeviceClass, LifecyclePhase

ANY: Final = ("", _("any"))


class MatrixFilter(PortalForm):
    """Phase and criterion choose columns; class and verdict choose rows, the verdict cells too."""

    phase = forms.ChoiceField(
        label=_("Phase"), choices=[ANY, *LifecyclePhase.choices], required=False
    )
    device_class = forms.ChoiceField(
        label=_("Class"), choices=[ANY, *DeviceClass.choices], required=False
    )
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=[ANY, *Verdict.choices, (EXCLUDED, EXCLUDED_LABEL)],
        required=False,
    )
    criterion = forms.ChoiceField(
        label=_("Criterion"), choices=[ANY, *Criterion.choices], required=False
    )

    def __init__(self, *args: Any, of_one_device: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of_one_device:
            del self.fields["device_class"]
        self.is_valid()
        self.chosen = {name: value for name, value in self.cleaned_data.items() if value}

    def assessments(self, assessments: QuerySet[Assessment]) -> QuerySet[Assessment]:
        """Return the assessments that have a cell to show."""
        if "device_class" in self.chosen:
            assessments = assessments.filter(device__device_class=self.chosen["device_class"])
        if "verdict" in self.chosen:
            among = self.answers(
                Answer.objects.filter(
                    organisation_id=OuterRef("organisation_id"), assessment_id=OuterRef("pk")
                )
            )
            assessments = assessments.filter(Exists(among))
        return assessments

    def answers(self, answers: QuerySet[Answer]) -> QuerySet[Answer]:
        """Return the answers to show, as far as columns of theirs say."""
        if "phase" in self.chosen:
            answers = answers.filter(phase=self.chosen["phase"])
        if verdict := self.chosen.get("verdict"):
            excluded = verdict == EXCLUDED
            answers = answers.filter(
                Q(is_applicable=False) if excluded else Q(is_applicable=True, verdict=verdict)
            )
        return answers

    def shows(self, *, phase: str, criteria: list[str]) -> bool:
        """Tell whether there is a column for a recommendation."""
        return self.chosen.get("phase", phase) == phase and (
            "criterion" not in self.chosen or self.chosen["criterion"] in criteria
        )
