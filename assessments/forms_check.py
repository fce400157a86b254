"""Input of the page that turns checks on and off."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm


class SilenceForm(PortalForm):
    """Why a check is turned off."""

    reason = forms.CharField(
        label=_("Why it is turned off"),
        max_length=500,
        help_text=_("Kept in the journal; everybody in the team reads it here."),
    )
