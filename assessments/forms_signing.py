"""Input of personal signatures: who is to sign a dossier, and signing it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ansm_portal.accounts.models import User
from ansm_portal.forms import PortalForm
from ansm_portal.permissions import Role
from assessments.services.team import standing

KEY_MAX_BYTES: Final = 256 * 1024  # a key with a dozen certificates takes 20 KB

MEANINGS: Final = (
    ("approve", gettext_lazy("I approve this dossier on behalf of the manufacturer.")),
    (
        "responsible",
        gettext_lazy(
            "As the person responsible for regulatory compliance, I confirm that this dossier was "
            "reviewed."
        ),
    ),
)


class SignatoriesForm(PortalForm):
    """For each approver: whether they sign with a certificate of their own, and what it means."""

    def __init__(self, *args: Any, organisation_id: UUID, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, prefix="signatory", **kwargs)
        approvers = standing(organisation_id, on=on).filter(role=Role.APPROVER)
        self.approvers = {
            str(person.pk): person
            for person in User.objects.filter(
                is_active=True, pk__in=approvers.values("user")
            ).order_by("last_name", "first_name", "email")
        }
        for key, person in self.approvers.items():
            self.fields[key] = forms.ChoiceField(
                label=str(person),
                required=False,
                choices=[("", gettext_lazy("does not sign")), *MEANINGS],
            )

    @property
    def signatories(self) -> list[tuple[User, str]]:
        """Who signs, with the sentence that says what that means."""
        sentences = dict(MEANINGS)
        return [
            (person, str(sentences[chosen]))
            for key, person in self.approvers.items()
            if (chosen := self.cleaned_data[key])
        ]


class SignDossierForm(PortalForm):
    """A key with its certificate, the passphrase of the file, and the password again."""

    key = forms.FileField(
        label=gettext_lazy("Your key with its certificate (PKCS#12)"),
        help_text=gettext_lazy(
            "A file .p12 or .pfx. It is used for this signature and forgotten: it is not kept."
        ),
        validators=[FileExtensionValidator(["p12", "pfx"])],
        widget=forms.ClearableFileInput(attrs={"accept": ".p12,.pfx"}),
    )
    # Its name begins like that of every secret: it is never shown again.
    password_of_key = forms.CharField(
        label=gettext_lazy("Passphrase of the file"),
        strip=False,
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    is_other_name = forms.BooleanField(
        label=gettext_lazy("The certificate is mine, although it writes my name otherwise."),
        required=False,
    )
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    password = forms.CharField(
        label=gettext_lazy("Your password in the portal"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_key(self) -> Any:
        """Refuse what is far too large for a key."""
        file = self.cleaned_data["key"]
        if (file.size or 0) > KEY_MAX_BYTES:
            raise forms.ValidationError(_("This file is too large to be a key."))
        return file


class DeclineForm(PortalForm):
    """Why somebody does not sign."""

    reason = forms.CharField(
        label=gettext_lazy("Why you do not sign"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Who asked for the dossier reads it; it is not in the dossier."),
    )
