"""Input of remarks and their threads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from assessments.enums import RemarkKind
from assessments.forms import TEXT_MAX_LENGTH


class CallingField(forms.CharField):
    """A text in which people can be called; a script helps with their names."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "data-portal-mentions": True})
        super().__init__(max_length=TEXT_MAX_LENGTH, widget=widget, **kwargs)


class RemarkForm(PortalForm):
    """What a reviewer raises."""

    kind = forms.ChoiceField(label=_("Kind"), choices=RemarkKind)
    text = CallingField(
        label=_("Remark"),
        rows=3,
        help_text=_("What is missing, and where you looked. @ and a name calls a member."),
    )


class MessageForm(PortalForm):
    """A message in the thread of a remark."""

    text = CallingField(label=_("Message"), rows=2, help_text=_("@ and a name calls a member."))


class KindForm(PortalForm):
    """What a remark is from now on, and why."""

    kind = forms.ChoiceField(label=_("Kind"), choices=RemarkKind)
    text = CallingField(label=_("Why it is of this kind"), rows=2)
