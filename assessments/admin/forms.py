"""Forms of the catalogue's drafts, with lists as people write them, and of mappings."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from assessments.applicability import ALWAYS
from assessments.enums import CatalogueState, Criterion, Stakeholder
from assessments.models import Catalogue, Recommendation, Section
from assessments.services.entries import EDITABLE, as_read, changed_meanwhile
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
        fields = ("key", "phase", "title_fr", "title_en", "title_status", "source_keys")


class EntryTexts(forms.ModelForm[Recommendation]):
    """What an entry says; where it stands is asked for elsewhere."""

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

    class Meta:
        model = Recommendation
        fields = (
            "code",
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
        )

    def said(self) -> dict[str, Any]:
        """Return the fields of the entry as they were entered."""
        return {name: self.cleaned_data[name] for name in EDITABLE if name in self.cleaned_data}


class RecommendationForm(EntryTexts):
    section = SectionChoice(
        Section.objects.filter(catalogue__state=CatalogueState.DRAFT, catalogue__owner=None)
        .select_related("catalogue")
        .order_by("catalogue__key", "catalogue__edition", "position"),
        label=capfirst(_("section")),
    )
    place = forms.IntegerField(
        label=capfirst(_("place in the section")),
        min_value=1,
        required=False,
        help_text=_("1 is the first. Empty: where it is, or the last."),
    )
    follows = forms.ModelMultipleChoiceField(
        Recommendation.objects.none(),
        label=capfirst(_("takes the place of")),
        required=False,
        widget=FilteredSelectMultiple(_("entries of the edition before"), is_stacked=False),
    )
    verified_editions = LinesField(_("editions it was verified in"), rows=2, required=False)
    source_keys = LinesField(_("sources"), rows=2, required=False)
    read_as = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Recommendation
        fields = (
            *EntryTexts.Meta.fields,
            "section",
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entry = self.instance
        if entry._state.adding:
            del self.fields["follows"], self.fields["read_as"]
            return
        self.initial["read_as"] = as_read(entry)
        before = entry.catalogue.based_on_id
        if before is None:
            del self.fields["follows"]
        else:
            older = Recommendation.objects.filter(catalogue=before).order_by("position")
            self.fields["follows"].queryset = older  # type: ignore[attr-defined]
            self.initial["follows"] = list(
                entry.predecessions.values_list("predecessor", flat=True)
            )
        beside = entry.section.recommendations.filter(position__lte=entry.position)
        self.initial["place"] = beside.count()
        self.fields["section"].queryset = entry.catalogue.sections.select_related(  # type: ignore[attr-defined]
            "catalogue"
        ).order_by("position")

    def clean(self) -> dict[str, Any]:
        """Put the entry into the edition and phase of its section; refuse a code twice."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "read_as" in self.fields and data.get("read_as") != self.initial["read_as"]:
            raise ValidationError(changed_meanwhile())
        section = data.get("section")
        if section is None:
            return data
        entry = self.instance
        entry.catalogue, entry.phase = section.catalogue, section.phase
        same = Recommendation.objects.filter(catalogue=section.catalogue, code=data.get("code", ""))
        if same.exclude(pk=entry.pk).exists():
            self.add_error("code", _("This edition has an entry of that code already."))
        return data

    def said(self) -> dict[str, Any]:
        """Return what differs from before, or all of a new entry."""
        fields = super().said()
        if self.instance._state.adding:
            return fields
        return {name: value for name, value in fields.items() if name in self.changed_data}


class DraftForm(forms.Form):
    """The name of a new edition."""

    edition = forms.CharField(
        label=capfirst(_("edition")),
        max_length=40,
        help_text=_("For example the year, or the version of the official text."),
    )


class RetireEditionForm(forms.Form):
    """Which edition takes the place of the one that is retired."""

    succeeded_by = forms.ModelChoiceField(
        Catalogue.objects.none(),
        label=capfirst(_("succeeded by")),
        required=False,
        help_text=_("Assessments against the retired edition will name it."),
    )

    def __init__(self, *args: Any, catalogue: Catalogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Catalogue.objects.filter(
            state=CatalogueState.PUBLISHED, owner=None, key=catalogue.key
        )
        self.fields["succeeded_by"].queryset = (  # type: ignore[attr-defined]
            others.exclude(pk=catalogue.pk).order_by("edition")
        )


class RetireEntryForm(forms.Form):
    """Why an entry has no place in the draft any more."""

    reason_fr = forms.CharField(
        label=capfirst(_("reason (French)")),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    reason_en = forms.CharField(
        label=capfirst(_("reason (English)")),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class ConfirmForm(EntryTexts):
    """What somebody found who read an entry in the official text, with corrections."""

    number = forms.CharField(label=capfirst(_("official number")), max_length=30, required=False)
    page = forms.IntegerField(label=capfirst(_("official page")), min_value=1, required=False)
    on = forms.DateField(
        label=capfirst(_("read on")),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    field_order = ("code", "number", "page", "on", "references")

    def corrections(self) -> dict[str, Any]:
        """Return the fields that were corrected."""
        return {name: value for name, value in self.said().items() if name in self.changed_data}


class PartForm(forms.Form):
    """One of the entries that one is split into."""

    code = forms.CharField(label=capfirst(_("code")), max_length=30)
    title_fr = forms.CharField(label=capfirst(_("title (French)")), max_length=300)
    title_en = forms.CharField(label=capfirst(_("title (English)")), max_length=300)
    statement_fr = forms.CharField(
        label=capfirst(_("statement (French)")), widget=forms.Textarea(attrs={"rows": 4})
    )
    statement_en = forms.CharField(
        label=capfirst(_("statement (English)")), widget=forms.Textarea(attrs={"rows": 4})
    )


PartFormSet = forms.formset_factory(PartForm, extra=0, min_num=2, validate_min=True, max_num=9)
