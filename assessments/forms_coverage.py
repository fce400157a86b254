"""Filters of the coverage of frameworks, read from the address; what cannot be read is left out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from assessments.enums import FrameworkNature, Support


class _Filter(PortalForm):
    q = forms.CharField(label=_("Search"), required=False, max_length=100)

    def asked(self) -> dict[str, Any]:
        """Return what each filter says, empty for what it does not or cannot be read."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class CoverageFilter(_Filter):
    """Words, and what legal weight a framework has."""

    nature = forms.ChoiceField(
        label=_("Legal status"), required=False, choices=[("", _("all")), *FrameworkNature.choices]
    )


class FrameworkFilter(_Filter):
    """Words, and what the answers say for a requirement."""

    support = forms.ChoiceField(
        label=_("Coverage"), required=False, choices=[("", _("all")), *Support.choices]
    )
    bare = forms.BooleanField(label=_("supported without evidence"), required=False)
