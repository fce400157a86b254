"""Input of dossiers: in which language, how much of the assessment; one, and many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from ansm_portal.templatetags.portal import size
from assessments.crosswalk.reading import DEFAULT_FRAMEWORKS
from assessments.enums import Stakeholder
from assessments.extent import Extent
from assessments.models import Framework
from assessments.services.batching import Candidate, Enclosable
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
    frameworks = forms.MultipleChoiceField(
        label=_("Neighbouring frameworks"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "A chapter shows where the answers speak for their requirements; only in a dossier of "
            "all phases and of everybody’s share."
        ),
    )
    with_evidence = forms.BooleanField(label=_("Attach the evidence files"), required=False)

    def __init__(self, *args: Any, frameworks: Sequence[Framework] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = "short_en" if get_language() == "en" else "short_fr"
        field: Any = self.fields["frameworks"]
        field.choices = [(each.key, getattr(each, name)) for each in frameworks]
        field.initial = DEFAULT_FRAMEWORKS
        if not frameworks:
            del self.fields["frameworks"]

    def say(self, files: Enclosable) -> None:
        """Say how many files there are, and how large."""
        field = self.fields["with_evidence"]
        if not files.files:
            field.help_text = _("No file of evidence is cited.")
            return
        field.help_text = _(
            "Files: %(count)d, together %(size)s. Up to %(each)s each and %(total)s together are "
            "attached to the PDF; the rest comes in a second file (ZIP)."
        ) % {
            "count": files.files,
            "size": size(files.size_bytes),
            "each": size(settings.DOSSIER_ATTACHED_FILE_MAX_BYTES),
            "total": size(settings.DOSSIER_ATTACHED_MAX_BYTES),
        }

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


class BatchForm(DossierForm):
    """Which assessments, and what their dossiers are to be."""

    field_order = ("assessments", "language")
    assessments = forms.TypedMultipleChoiceField(
        label=_("Assessments"),
        error_messages={"required": _("Choose at least one assessment.")},
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = {str(each.assessment.pk): each for each in candidates}
        field: Any = self.fields["assessments"]
        field.choices = [(key, each.assessment.pk) for key, each in self.candidates.items()]
        self.fields["with_evidence"].help_text = _(
            "To each dossier its own, within the limits of attachments."
        )

    @property
    def chosen(self) -> list[Candidate]:
        """Return what is chosen, in the order of the list."""
        keys = set(self.cleaned_data["assessments"])
        return [each for key, each in self.candidates.items() if key in keys]
