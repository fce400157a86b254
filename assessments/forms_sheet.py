"""Input of spreadsheets."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm


class SheetForm(PortalForm):
    """A spreadsheet that comes back."""

    file = forms.FileField(
        label=_("Spreadsheet (.xlsx or .csv)"),
        max_length=255,
        help_text=_("At most 10 MB and 20,000 rows. Nothing is written before you confirm."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,text/csv"}),
    )
