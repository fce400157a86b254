"""Input of dossiers: in which language, and how much of the assessment."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from assessments.enums import Stakeholder
from assessments.extent import Extent
from devices.enums import LifecyclePhase


class Form(models.TextChoices):
    """How much of the record is printed."""

    FULL = "full", _("the whole dossier, each position with its justification and evidence")
    SUMMARY = "summary", _("a summary of at most four pages, for a manager")


class Part(models.TextChoices):
    """What can be left out."""

    HISTORY = "history", _("the history: earlier versions and the course of the assessment")
    REMARKS = "remarks", _("remarks and actions")


class DossierForm(PortalForm):
    """A dossier that somebody wants; only the language has no default."""

    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    form = forms.ChoiceField(
        label=_("Form"),
        choices=Form,
        widget=forms.RadioSelect,
        initial=Form.FULL,
        required=False,
    )
    phases = forms.MultipleChoiceField(
        label=_("Only these phases"),
        choices=LifecyclePhase,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Tick none for all five."),
    )
    stakeholder = forms.ChoiceField(
        label=_("Only the share of"),
        choices=[("", _("everybody")), *Stakeholder.choices],
        required=False,
        help_text=_("For a hospital: the recommendations in which it has a share."),
    )
    without = forms.MultipleChoiceField(
        label=_("Leave out"), choices=Part, widget=forms.CheckboxSelectMultiple, required=False
    )

    @property
    def extent(self) -> Extent:
        """How much was chosen; for a form that is valid."""
        chosen = self.cleaned_data
        return Extent(
            phases=tuple(chosen["phases"]),
            stakeholder=chosen["stakeholder"],
            is_summary=chosen["form"] == Form.SUMMARY,
            with_history=Part.HISTORY not in chosen["without"],
            with_remarks=Part.REMARKS not in chosen["without"],
        ).in_order(LifecyclePhase.values)

    @property
    def query(self) -> str:
        """What was chosen as the query of an address; for a form that is valid."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return urlencode(chosen, doseq=True)
