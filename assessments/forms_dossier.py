"""Input of dossiers: one, and many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from ansm_portal.templatetags.portal import size
from assessments.services.batching import Candidate, Enclosable


class DossierForm(PortalForm):
    """What a dossier is to be: its language, and whether the evidence files go with it."""

    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    with_evidence = forms.BooleanField(label=_("Attach the evidence files"), required=False)

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


class BatchForm(DossierForm):
    """Which assessments, and what their dossiers are to be."""

    field_order = ("assessments", "language", "with_evidence")
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
