"""Input of answers that come from elsewhere: an earlier version, a platform, another device."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import PortalForm
from assessments.enums import CatalogueState
from assessments.forms import REASON_MAX_LENGTH
from assessments.models import Answer, Assessment, Catalogue
from devices.forms import PlatformField
from devices.models import DeviceVersion


class EarlierField(forms.ModelChoiceField[Assessment]):
    """An earlier assessment of the device, by its version and edition."""

    def label_from_instance(self, obj: Assessment) -> str:
        return _now("the answers of version %(version)s (%(catalogue)s)") % {
            "version": obj.version.label,
            "catalogue": obj.catalogue,
        }


class StartForm(PortalForm):
    """The edition to assess against, and the answers to start from."""

    catalogue = forms.ModelChoiceField(
        label=_("Catalogue edition"),
        queryset=Catalogue.objects.filter(state=CatalogueState.PUBLISHED, owner=None).order_by(
            "-published_at"
        ),
        empty_label=None,
    )
    earlier = EarlierField(
        label=_("Start from"),
        queryset=Assessment.objects.none(),
        required=False,
        empty_label=_("nothing"),
        help_text=_("What is carried over waits until somebody confirms it for this version."),
    )

    def __init__(self, *args: Any, version: DeviceVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        catalogue = cast(forms.ModelChoiceField[Catalogue], self.fields["catalogue"])
        earlier = cast(EarlierField, self.fields["earlier"])
        earlier.queryset = (
            Assessment.objects.filter(device_id=version.device_id, beside=None)
            .select_related("version", "catalogue")
            .order_by("-version_id", "-started_at")
        )
        # Read once: the choices, what is chosen, and whether there is an edition at all.
        self.editions = list(catalogue.queryset or ())
        before = list(earlier.queryset)
        catalogue.choices = [(each.pk, str(each)) for each in self.editions]
        earlier.choices = [
            ("", earlier.empty_label),
            *((each.pk, earlier.label_from_instance(each)) for each in before),
        ]
        self.initial.setdefault("earlier", self._newest(before))

    def _newest(self, earlier: list[Assessment]) -> UUID | None:
        """Return the assessment of the newest version, of the edition offered if there is one."""
        offered = [each for each in earlier if each.catalogue in self.editions[:1]]
        return next((each.pk for each in [*offered, *earlier]), None)


class RevisionForm(PortalForm):
    """The revision that was read, and nothing else."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class OverrideForm(RevisionForm):
    """Why a version is answered differently than its platform."""

    reason = forms.CharField(
        label=_("Why this version differs from its platform"),
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class BuiltOnForm(RevisionForm):
    """The platform that a version is built on."""

    platform = PlatformField()

    def __init__(self, *args: Any, version: DeviceVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(platform=version.platform_id, revision=version.revision)
        cast(PlatformField, self.fields["platform"]).offer(version.device)


class CopyForm(RevisionForm):
    """The answer that is copied, and why an accepted one changes."""

    source = forms.ModelChoiceField(
        label=_("Answer"),
        queryset=Answer.objects.answered(),
        error_messages={
            "required": _("Choose an answer."),
            "invalid_choice": _("Choose an answer."),
        },
    )
    reason = forms.CharField(
        label=_("Why the accepted answer changes"), required=False, max_length=REASON_MAX_LENGTH
    )


class SearchForm(PortalForm):
    """Words to look for."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
