"""Base of all forms: their layout and how they treat what people type."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext


def _nfc(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))


def chip(label: Any, value: Any) -> str:
    """Return what a filter in force says, in the punctuation of the language."""
    return gettext("%(filter)s: %(value)s") % {"filter": label, "value": value}


class _Portal(forms.BaseForm):
    """The template owns ``<form>``, token and buttons; errors are listed above the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.form_show_errors = True
        if self.is_bound:
            self.data = self._in_one_form(self.data)

    def _in_one_form(self, sent: Any) -> MultiValueDict[str, Any]:
        """Return what was sent with one form of each character (NFC), passwords as typed.

        Lines end in one way, too: browsers send two characters, sheets and files one. Texts
        then count, compare and digest alike, whatever keyboard they came from.
        """
        secret = {
            self.add_prefix(name)
            for name, field in self.fields.items()
            if isinstance(field.widget, forms.PasswordInput)
        }
        if not isinstance(sent, MultiValueDict):
            sent = MultiValueDict(
                {
                    name: value if isinstance(value, list) else [value]
                    for name, value in sent.items()
                }
            )
        return MultiValueDict(
            {
                name: values if name in secret else [_nfc(value) for value in values]
                for name, values in sent.lists()
            }
        )


class PortalForm(_Portal, forms.Form):
    """A form of ours."""


class PortalModelForm(_Portal, forms.ModelForm):  # type: ignore[type-arg]
    """A form of ours for the fields of a model. A service saves it, not the form.

    The view gives an instance that has its organisation and its parent; constraints that
    name them are checked, although nobody edits them.
    """

    given: ClassVar[tuple[str, ...]] = ("organisation",)

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - set(self.given)


class DayInput(forms.DateInput):
    """A day, chosen or typed; browsers want ISO 8601."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")
