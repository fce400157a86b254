"""Forms of the catalogue's drafts: lists as people write them, not as JSON."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from assessments.applicability import ALWAYS
from assessments.enums import CatalogueState, Criterion, Stakeholder
from assessments.models import Recommendation, Section
from devices.enums import Fact


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, label: Any, *, rows: int = 3, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "cols": 40})
        super().__init__(
            widget=widget, label=capfirst(label), help_text=_("One a line."), **options
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = unicodedata.normalize("NFC", super().to_python(value) or "")
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class KeysField(forms.MultipleChoiceField):
    """Some keys of a closed list."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label=capfirst(label), **options)


class SectionChoice(forms.ModelChoiceField[Section]):
    """A section, with the edition it belongs to."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.catalogue} · {obj}"


class SectionForm(forms.ModelForm[Section]):
    source_keys = LinesField(_("sources"), rows=2, required=False)

    class Meta:
        model = Section
        fields = ("key", "phase", "position", "title_fr", "title_en", "title_status", "source_keys")


class RecommendationForm(forms.ModelForm[Recommendation]):
    section = SectionChoice(
        Section.objects.filter(catalogue__state=CatalogueState.DRAFT, catalogue__owner=None)
        .select_related("catalogue")
        .order_by("catalogue__key", "catalogue__edition", "position"),
        label=capfirst(_("section")),
    )
    expected_evidence_fr = LinesField(_("expected evidence (French)"))
    expected_evidence_en = LinesField(_("expected evidence (English)"))
    stakeholders = KeysField(_("stakeholders"), choices=Stakeholder.choices)
    criteria = KeysField(_("criteria"), choices=Criterion.choices)
    applies_when = KeysField(
        _("applies when"),
        choices=[(ALWAYS, _("any device integrating software")), *Fact.choices],
        help_text=_("It applies when one of these facts holds."),
    )
    references = LinesField(_("references"), required=False)
    verified_editions = LinesField(_("editions it was verified in"), rows=2, required=False)
    source_keys = LinesField(_("sources"), rows=2, required=False)

    class Meta:
        model = Recommendation
        fields = (
            "catalogue",
            "section",
            "code",
            "phase",
            "position",
            "title_fr",
            "title_en",
            "statement_fr",
            "statement_en",
            "rationale_fr",
            "rationale_en",
            "expected_evidence_fr",
            "expected_evidence_en",
            "stakeholders",
            "criteria",
            "applies_when",
            "references",
            "provenance_status",
            "confidence",
            "provenance_basis",
            "provenance_note_fr",
            "provenance_note_en",
            "verified_editions",
            "source_keys",
            "official_number",
            "official_page",
        )
