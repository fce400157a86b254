"""Input of assessments, evidence, reviews and dossiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.forms import DayInput, PortalForm
from assessments.crosswalk.reading import DEFAULT_FRAMEWORKS
from assessments.enums import EvidenceKind, Verdict
from assessments.models import Answer, AnswerDraft, Evidence, Framework
from assessments.models.assessment import JUSTIFICATION_MAX_LENGTH
from assessments.services.evidence import Document
from assessments.services.people import members_of
from devices.models import DeviceProfile, DeviceVersion

TEXT_MAX_LENGTH = 4000
REASON_MAX_LENGTH = 2000
MAX_FILES = 20


def members(organisation: Organisation) -> models.QuerySet[User]:
    """Return the people who may own an answer, by name."""
    return members_of(organisation.pk)


class OwnerField(forms.ModelChoiceField[User]):
    """A member; keeping the one who is set already asks no database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=User.objects.none(), required=False, **kwargs)
        self.current: User | None = None

    def to_python(self, value: Any) -> Any:
        if self.current is not None and value == str(self.current.pk):
            return self.current
        return super().to_python(value)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class AnswerForm(PortalForm):
    """What people answer. ``revision`` is what was read."""

    verdict = forms.ChoiceField(label=_("Verdict"), choices=Verdict, widget=forms.RadioSelect)
    justification = forms.CharField(
        label=_("Justification"),
        required=False,
        max_length=JUSTIFICATION_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "What was decided and why. Markdown: **bold**, *italic*, lists, tables, links."
        ),
    )
    owner = OwnerField(label=_("Owner"), empty_label=_("nobody"))
    due_on = forms.DateField(label=_("Due day"), required=False, widget=DayInput)
    reason = forms.CharField(
        label=_("Why it changes"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        help_text=_("This answer was accepted: a change sends it back to review."),
    )
    override_reason = forms.CharField(
        label=_("Why this version differs from its platform"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        help_text=_("The answer repeats that of the platform: a change makes it differ."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = members(organisation)  # type: ignore[attr-defined]

    def offer(self, people: Iterable[tuple[str, str]]) -> None:
        """Offer these people as owners, key and name, where the page has read them already."""
        owner = self.fields["owner"]
        owner.choices = [("", owner.empty_label), *people]  # type: ignore[attr-defined]

    @classmethod
    def showing(
        cls, answer: Answer, *, organisation: Organisation, draft: AnswerDraft | None = None
    ) -> AnswerForm:
        """Return the form with what ``answer`` says, or with a draft of something else."""
        shown = draft or answer
        initial = {
            "verdict": shown.verdict,
            "justification": shown.justification,
            "owner": shown.owner_id,
            "due_on": shown.due_on,
            "reason": draft.reason if draft else "",
            "override_reason": draft.override_reason if draft else "",
            "revision": shown.revision,
        }
        return cls(initial=initial, organisation=organisation)


class ReasonForm(PortalForm):
    """A reason, and nothing else."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CommentForm(PortalForm):
    """What must be corrected."""

    comment = forms.CharField(
        label=_("What must be corrected"),
        max_length=TEXT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SignForm(PortalForm):
    """A signature: its meaning, the function of who signs, the password again."""

    MEANINGS = [
        (
            "approve",
            _("I approve this phase: the positions taken are those of the manufacturer."),
        ),
        (
            "responsible",
            _(
                "As the person responsible for regulatory compliance, I confirm that this phase"
                " was reviewed."
            ),
        ),
    ]

    meaning = forms.ChoiceField(
        label=_("Meaning of the signature"), choices=MEANINGS, widget=forms.RadioSelect
    )
    role = forms.CharField(
        label=_("Your function"),
        max_length=200,
        help_text=_("As it is to be printed, for example Head of Regulatory Affairs."),
    )
    open_remarks_reason = forms.CharField(
        label=_("Why you sign although non-conformities are open"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is signed with the rest and printed in the dossier."),
    )
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    @property
    def meaning_text(self) -> str:
        """The sentence that was chosen, in the language of the signer."""
        return str(dict(self.MEANINGS)[self.cleaned_data["meaning"]])


class ManyFilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of files, each checked as one file is."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        files: Iterable[Any] = data if isinstance(data, list | tuple) else [data]
        chosen = [file for file in files if file]
        if len(chosen) > MAX_FILES:
            raise forms.ValidationError(
                _("At most %(most)s files at once."), params={"most": MAX_FILES}
            )
        if self.required and not chosen:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return chosen


class EvidenceForm(PortalForm):
    """New evidence: files, a link or a reference."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=EvidenceKind, widget=forms.RadioSelect, initial="file"
    )
    files = ManyFilesField(  # type: ignore[assignment]  # a field
        label=_("Files"),
        required=False,
        help_text=_("Several at once. Each is kept under its own SHA-256."),
    )
    url = forms.URLField(label=_("Address"), required=False, max_length=500, assume_scheme="https")
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=120,
        help_text=_("Of the document in your quality system."),
    )
    title = forms.CharField(
        label=_("Title"),
        required=False,
        max_length=200,
        help_text=_("Files: left empty, the name of the file."),
    )
    document_revision = forms.CharField(
        label=_("Revision of the document"), required=False, max_length=40
    )
    document_on = forms.DateField(label=_("Date of the document"), required=False, widget=DayInput)
    expires_on = forms.DateField(label=_("Valid until"), required=False, widget=DayInput)
    reason = forms.CharField(
        label=_("Why the accepted answer changes"), required=False, max_length=REASON_MAX_LENGTH
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        kind = data.get("kind")
        needed = {"file": "files", "link": "url", "reference": "reference"}.get(str(kind))
        if needed and needed not in self.errors and not data.get(needed):
            self.add_error(needed, _("Give what this kind of evidence needs."))
        if kind in {"link", "reference"} and "title" not in self.errors and not data.get("title"):
            self.add_error("title", _("Give it a title."))
        return data

    def document(self, title: str) -> Document:
        """Return what was said of the document, under ``title``."""
        return Document(
            title=title,
            document_revision=self.cleaned_data["document_revision"],
            document_on=self.cleaned_data["document_on"],
            expires_on=self.cleaned_data["expires_on"],
        )


class CiteForm(PortalForm):
    """Evidence that is in the register already."""

    evidence = forms.ModelChoiceField(
        label=_("Evidence of the register"),
        queryset=Evidence.objects.filter(superseded_by=None).order_by("-number"),
    )
    reason = forms.CharField(required=False, max_length=REASON_MAX_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].label_from_instance = (  # type: ignore[attr-defined]
            lambda evidence: f"{evidence.label} {evidence.title}"
        )


class ProfileForm(PortalForm):
    """The ten facts of a version."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    confirmed = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, version: DeviceVersion, **kwargs: Any) -> None:
        initial = {name: getattr(version, name) for name in DeviceProfile.FACT_FIELDS.values()}
        super().__init__(*args, initial=initial | {"revision": version.revision}, **kwargs)
        for fact, name in DeviceProfile.FACT_FIELDS.items():
            self.fields[name] = forms.BooleanField(label=fact.label, required=False)

    @property
    def facts(self) -> frozenset[Any]:
        """The facts that are ticked."""
        return frozenset(
            fact for fact, name in DeviceProfile.FACT_FIELDS.items() if self.cleaned_data[name]
        )


class DossierForm(PortalForm):
    """The language of a dossier, and the frameworks whose coverage it holds."""

    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    frameworks = forms.MultipleChoiceField(
        label=_("Neighbouring frameworks"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A chapter shows where the answers speak for their requirements."),
    )

    def __init__(self, *args: Any, frameworks: Sequence[Framework], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = "short_en" if get_language() == "en" else "short_fr"
        choices = [(each.key, getattr(each, name)) for each in frameworks]
        self.fields["frameworks"].choices = choices  # type: ignore[attr-defined]
        self.fields["frameworks"].initial = DEFAULT_FRAMEWORKS
        if not choices:
            del self.fields["frameworks"]


class VerifyForm(PortalForm):
    """A PDF to verify."""

    file = forms.FileField(
        label=_("Dossier (PDF)"),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"}),
    )
