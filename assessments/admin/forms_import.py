"""Forms of files of editions: the file, and what a file of others does not say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from assessments.applicability import ALWAYS
from assessments.catalogue.formats.choices import Choices, Found
from assessments.enums import CatalogueState, Confidence, Criterion, ProvenanceStatus, Stakeholder
from assessments.models import Catalogue
from assessments.services.edition_import import followed_by
from devices.enums import Fact, LifecyclePhase

OPEN: Final = ("", _("leave open"))
DEFAULT: Final = ("", _("as chosen above"))
PHASE: Final = "phase-"


class FileForm(forms.Form):
    """A file that holds an edition."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("YAML of the portal, XLSX, OSCAL catalog in JSON, or CISO Assistant library."),
    )


class NameForm(forms.Form):
    """What every edition is called, and what it is compared with."""

    key = forms.CharField(label=_("Catalogue"), max_length=60)
    edition = forms.CharField(
        label=_("Edition"),
        max_length=40,
        help_text=_("Another name than those that are there; a published edition never changes."),
    )
    base = forms.ModelChoiceField(
        Catalogue.objects.order_by("key", "edition"),
        label=_("Compared with"),
        required=False,
        empty_label=_("the edition of this name, or the newest one of this catalogue"),
    )

    follows = forms.ModelChoiceField(
        Catalogue.objects.filter(owner=None)
        .exclude(state=CatalogueState.DRAFT)
        .order_by("key", "-published_at"),
        label=_("Follows the edition"),
        required=False,
        empty_label=_("as the file says, or none"),
        help_text=_(
            "Entries take the place of those of the same code; what became of the others is said "
            "in the draft."
        ),
    )

    def choices(self) -> Choices:
        """Return what was chosen."""
        return Choices(key=self.cleaned_data["key"], edition=self.cleaned_data["edition"])


class ForeignForm(NameForm):
    """What files of others do not say; what is left open, the draft lacks."""

    issuer = forms.CharField(label=_("Issuer of the source"), max_length=100, required=False)
    published = forms.DateField(
        label=_("Source published on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    language = forms.ChoiceField(
        label=_("Language of its texts"),
        choices=[("", _("as the file says")), ("en", _("English")), ("fr", _("French"))],
        required=False,
        help_text=_("The other language is left open, unless the file has it."),
    )
    phase = forms.ChoiceField(
        label=_("Phase of all groups"), choices=[OPEN, *LifecyclePhase.choices], required=False
    )
    stakeholders = forms.MultipleChoiceField(
        label=capfirst(_("stakeholders")),
        choices=Stakeholder.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    criteria = forms.MultipleChoiceField(
        label=capfirst(_("criteria")),
        choices=Criterion.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    applies_when = forms.MultipleChoiceField(
        label=capfirst(_("applies when")),
        choices=[(ALWAYS, _("any device integrating software")), *Fact.choices],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    status = forms.ChoiceField(
        label=capfirst(_("provenance")), choices=[OPEN, *ProvenanceStatus.choices], required=False
    )
    confidence = forms.ChoiceField(
        label=capfirst(_("confidence")), choices=[OPEN, *Confidence.choices], required=False
    )

    def __init__(self, *args: Any, groups: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.groups = groups
        for key, title in groups:
            self.fields[f"{PHASE}{key}"] = forms.ChoiceField(
                label=f"{key} {title}" if title != key else key,
                choices=[DEFAULT, *LifecyclePhase.choices],
                required=False,
            )

    def of_groups(self) -> list[Any]:
        """Return the fields that ask for the phase of one group each."""
        return [self[f"{PHASE}{key}"] for key, _title in self.groups]

    def of_all(self) -> list[Any]:
        """Return the other fields."""
        return [self[name] for name in self.fields if not name.startswith(PHASE)]

    def choices(self) -> Choices:
        """Return what was chosen."""
        said = self.cleaned_data
        return Choices(
            **{name: said[name] for name in ("key", "edition", "issuer", "published")},
            **{name: said[name] for name in ("language", "phase", "status", "confidence")},
            phases={key: said[f"{PHASE}{key}"] for key, _title in self.groups},
            stakeholders=tuple(said["stakeholders"]),
            criteria=tuple(said["criteria"]),
            applies_when=tuple(said["applies_when"]),
        )


def form_for(found: Found, data: Any = None) -> NameForm:
    """Return the form that a file needs, filled with what the file says."""
    meta = found.document["meta"]
    document = meta.get("source_document") or {}
    initial = {
        "key": meta.get("catalogue_id"),
        "edition": meta.get("catalogue_version"),
        "issuer": document.get("issuer"),
        "published": document.get("published"),
        "follows": followed_by(found),
    }
    if found.is_ours:
        return NameForm(data, initial=initial)
    return ForeignForm(data, initial=initial, groups=found.groups)
