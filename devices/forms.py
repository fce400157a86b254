"""Input of devices and versions."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from ansm_portal.forms import DayInput, PortalForm, PortalModelForm
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceProfile, DeviceVersion

FACT_FIELDS = tuple(DeviceProfile.FACT_FIELDS.values())


class DeviceForm(PortalModelForm):
    """What identifies a device. ``revision`` is what was read."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    class Meta:
        model = Device
        fields = [
            "name",
            "reference",
            "basic_udi_di",
            "regulation",
            "device_class",
            "safety_class",
            "is_implantable",
            "is_platform",
            "intended_purpose",
        ]
        widgets = {"intended_purpose": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["revision"] = self.instance.revision

    @property
    def service_fields(self) -> dict[str, Any]:
        """What the service stores."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class VersionForm(PortalModelForm):
    """Label and dates of a version. ``revision`` is what was read."""

    given = ("organisation", "device")
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    class Meta:
        model = DeviceVersion
        fields = ["label", "udi_di", "released_on", "sale_ends_on", "support_ends_on"]
        widgets = {
            "released_on": DayInput,
            "sale_ends_on": DayInput,
            "support_ends_on": DayInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["revision"] = self.instance.revision

    @property
    def service_fields(self) -> dict[str, Any]:
        """What the service stores."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class PlatformField(forms.ModelChoiceField[DeviceVersion]):
    """A version of a platform, named with its device."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Built on"),
            queryset=DeviceVersion.objects.none(),
            required=False,
            empty_label=_("no platform"),
            help_text=_("The version of the platform whose answers this one takes over."),
            **kwargs,
        )

    def offer(self, device: Device) -> None:
        """Offer what a version of ``device`` can be built on, newest version first."""
        self.queryset = (
            DeviceVersion.objects.platforms(device)
            .select_related("device")
            .order_by("device__name", "-pk")
        )

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_name)


class NewVersionForm(VersionForm):
    """A version with its phase and its profile, which starts as that of the one before."""

    platform = PlatformField()

    class Meta(VersionForm.Meta):
        fields = [*VersionForm.Meta.fields, "phase", "platform", *FACT_FIELDS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(PlatformField, self.fields["platform"]).offer(self.instance.device)

    @property
    def profile_fields(self) -> list[forms.BoundField]:
        """The ten facts, for a group of their own."""
        return [self[name] for name in FACT_FIELDS]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The others that are shown."""
        return [field for field in self.visible_fields() if field.name not in FACT_FIELDS]


class PhaseForm(PortalForm):
    """Where a version is in its life."""

    phase = forms.ChoiceField(label=_("Phase"), choices=LifecyclePhase)
