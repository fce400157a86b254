"""The forms of django-allauth in our words (``ACCOUNT_FORMS``)."""

from __future__ import annotations

from typing import Any, Final

from allauth.account import forms as allauth
from django.utils.translation import gettext_lazy as _

LABELS: Final = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}


class InOurWords:
    """Say in a label what a placeholder said: it stays visible while somebody types."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, field in self.fields.items():
            field.label = LABELS[name]
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)


class SignInForm(InOurWords, allauth.LoginForm):  # type: ignore[misc]
    """E-mail address and password, named as password managers expect them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autofocus": True}


class PasswordChangeForm(InOurWords, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The current password, and a new one twice."""


class PasswordResetForm(InOurWords, allauth.ResetPasswordForm):  # type: ignore[misc]
    """The address of an account."""


class PasswordResetKeyForm(InOurWords, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, twice."""


class ReauthenticateForm(InOurWords, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password again."""
