"""The form of a mapping to a requirement of a neighbouring framework."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models import Mapping, Recommendation
from assessments.services import mapping as services


class MappingForm(forms.ModelForm[Mapping]):
    """A mapping, and why it is changed; what it links is said once, when it is made."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        help_text=_("Kept in the history of the mapping."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    read_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Mapping
        fields = (
            "catalogue_key",
            "code",
            "requirement",
            *services.EDITABLE,
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "read_revision" in self.fields:
            self.fields["read_revision"].initial = self.instance.revision

    def clean(self) -> dict[str, Any]:
        """Refuse what the services would: the texts stay in the form."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance._state.adding:
            key, code = data.get("catalogue_key"), data.get("code")
            known = Recommendation.objects.filter(catalogue__key=key, code=code)
            if key and code and not known.exists():
                raise ValidationError(
                    gettext("No edition of %(catalogue)s has a recommendation %(code)s.")
                    % {"catalogue": key, "code": code}
                )
            requirement = data.get("requirement")
            if requirement and not requirement.framework.is_in_force:
                raise ValidationError(
                    gettext(
                        "A newer edition of this framework is here: map to a requirement of that "
                        "one."
                    )
                )
        else:
            now = Mapping.objects.values_list("revision", flat=True).get(pk=self.instance.pk)
            if data.get("read_revision") != now:
                raise ValidationError(
                    gettext(
                        "Somebody changed this mapping meanwhile. Open it again, then change it."
                    )
                )
        return data
