"""Input of links for auditors, of what they raise, and of what a dossier is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ansm_portal.forms import DayInput, PortalForm
from assessments.enums import RemarkKind
from assessments.forms import TEXT_MAX_LENGTH
from assessments.models import Dossier
from assessments.services.dossier_link import Terms

NAME_MAX_LENGTH: Final = 140  # with the organisation it must fit where a remark keeps it
NO_CHANGES: Final = "none"


class LinkForm(PortalForm):
    """For whom a link is, what for, until when, and what it opens."""

    name = forms.CharField(label=_("Name"), max_length=NAME_MAX_LENGTH)
    body = forms.CharField(
        label=_("Organisation"),
        max_length=NAME_MAX_LENGTH,
        help_text=_("For example a notified body, a hospital, the ANSM."),
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    purpose = forms.CharField(
        label=_("Purpose"), max_length=300, help_text=_("For example: surveillance audit 2026.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    ends_on = forms.DateField(label=_("Last day"), widget=DayInput)
    with_evidence = forms.BooleanField(label=_("With the evidence it cites"), required=False)
    with_remarks = forms.BooleanField(label=_("May raise remarks"), required=False)
    with_comparison = forms.BooleanField(
        label=_("With the changes since the dossier before"), required=False
    )
    by_mail = forms.BooleanField(
        label=_("Send it by mail now"),
        required=False,
        help_text=_("Otherwise you send it yourself: it is shown once."),
    )

    @classmethod
    def offered(cls, *, language: str, today: dt.date) -> LinkForm:
        """Return the form with what is usual."""
        return cls(
            initial={
                "language": language,
                "ends_on": today + dt.timedelta(days=settings.AUDITOR_LINK_DAYS),
                "with_evidence": True,
                "with_remarks": True,
            }
        )

    def terms(self) -> Terms:
        """Return what was entered."""
        return Terms(**{k: v for k, v in self.cleaned_data.items() if k != "by_mail"})


class LastDayForm(PortalForm):
    """Until when a link opens."""

    ends_on = forms.DateField(label=_("Last day"), widget=DayInput)


class AuditorRemarkForm(PortalForm):
    """What an auditor raises; through a link under a name."""

    code = forms.ChoiceField(label=_("About"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=RemarkKind)
    text = forms.CharField(
        label=_("Remark"),
        max_length=TEXT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What is missing, and where you looked."),
    )
    name = forms.CharField(label=_("Your name"), max_length=NAME_MAX_LENGTH)

    def __init__(
        self,
        *args: Any,
        entries: Sequence[tuple[str, str]] = (),
        named: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [  # type: ignore[attr-defined]
            ("", _("the dossier as a whole")),
            *((code, f"{code} {title}") for code, title in entries),
        ]
        if not named:
            del self.fields["name"]


class AuditorMessageForm(PortalForm):
    """What an auditor adds to the thread of an own remark; through a link under a name."""

    text = forms.CharField(
        label=_("Message"), max_length=TEXT_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )
    name = forms.CharField(label=_("Your name"), max_length=NAME_MAX_LENGTH)

    def __init__(self, *args: Any, named: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not named:
            del self.fields["name"]


class ChangesForm(PortalForm):
    """Since which dossier a chapter of the next one tells what changed."""

    changes_since = forms.ChoiceField(
        label=_("A chapter on what changed since"),
        required=False,
        help_text=_("It compares the records of the two dossiers, text by text."),
    )

    def __init__(self, *args: Any, earlier: Sequence[Dossier] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earlier = {str(dossier.pk): dossier for dossier in earlier}
        self.fields["changes_since"].choices = [  # type: ignore[attr-defined]
            ("", _("the last one in the same language")),
            (NO_CHANGES, pgettext_lazy("chapter", "none")),
            *((key, described(dossier)) for key, dossier in self.earlier.items()),
        ]

    def chosen(self, last: Dossier | None) -> Dossier | None:
        """Return what was chosen; ``last`` is the one that nobody need name."""
        key = self.cleaned_data["changes_since"]
        return self.earlier.get(key) if key else last


def described(dossier: Dossier) -> str:
    """Return what tells an issued dossier among those of its device; its version is loaded."""
    issued_at = dossier.issued_at or dossier.requested_at
    day = date_format(timezone.localtime(issued_at), "SHORT_DATE_FORMAT")
    version, language = dossier.assessment.version.label, dossier.get_language_display()
    return f"{dossier.number} · {version} · {language} · {day}"
