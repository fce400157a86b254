"""Forms of requirements of the organisation's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from assessments.applicability import ALWAYS
from assessments.enums import Criterion, Stakeholder
from assessments.models import Catalogue, Recommendation, Section
from assessments.services.entries import as_read
from devices.enums import Fact


class OwnEditionForm(PortalForm):
    """The name of an edition of requirements."""

    key = forms.CharField(
        label=_("Short name"), max_length=60, help_text=_("For example ACME-SEC.")
    )
    edition = forms.CharField(label=_("Edition"), max_length=40)
    title_fr = forms.CharField(label=_("Title (French)"), max_length=300)
    title_en = forms.CharField(label=_("Title (English)"), max_length=300)


class NextEditionForm(PortalForm):
    """The name of the edition that follows."""

    edition = forms.CharField(label=_("Name of the next edition"), max_length=40)


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class SectionChoice(forms.ModelChoiceField[Section]):
    """A section, by its title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.key} · {obj.title_fr} / {obj.title_en}"


class RequirementForm(PortalForm):
    """A requirement in both languages, and what it applies to."""

    section = SectionChoice(Section.objects.none(), label=_("Section"), empty_label=None)
    code = forms.CharField(label=_("Code"), max_length=30)
    title_fr = forms.CharField(label=_("Title (French)"), max_length=300)
    title_en = forms.CharField(label=_("Title (English)"), max_length=300)
    statement_fr = forms.CharField(
        label=_("Statement (French)"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    statement_en = forms.CharField(
        label=_("Statement (English)"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    rationale_fr = forms.CharField(
        label=_("Rationale (French)"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    rationale_en = forms.CharField(
        label=_("Rationale (English)"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    expected_evidence_fr = LinesField(
        label=_("Expected evidence (French)"), help_text=_("One a line.")
    )
    expected_evidence_en = LinesField(
        label=_("Expected evidence (English)"), help_text=_("One a line, as many as in French.")
    )
    stakeholders = forms.MultipleChoiceField(
        label=_("Stakeholders"),
        choices=Stakeholder.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Stakeholder.MANUFACTURER],
    )
    criteria = forms.MultipleChoiceField(
        label=_("Criteria"), choices=Criterion.choices, widget=forms.CheckboxSelectMultiple
    )
    applies_when = forms.MultipleChoiceField(
        label=_("Applies to versions with"),
        choices=[(ALWAYS, _("any version")), *Fact.choices],
        widget=forms.CheckboxSelectMultiple,
        initial=[ALWAYS],
    )
    read_as = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, catalogue: Catalogue, entry: Recommendation | None = None, **kwargs: Any
    ) -> None:
        if entry is not None:
            names = [name for name in self.base_fields if name not in {"section", "read_as"}]
            kwargs["initial"] = {name: getattr(entry, name) for name in names}
            kwargs["initial"] |= {"section": entry.section_id, "read_as": as_read(entry)}
        super().__init__(*args, **kwargs)
        if entry is None:
            del self.fields["read_as"]
        field: Any = self.fields["section"]
        field.queryset = catalogue.sections.order_by("position")


class RetireForm(PortalForm):
    """Why a requirement is retired, in both languages."""

    reason_fr = forms.CharField(
        label=_("Reason (French)"), max_length=2000, required=False, widget=forms.Textarea
    )
    reason_en = forms.CharField(
        label=_("Reason (English)"), max_length=2000, required=False, widget=forms.Textarea
    )
