from __future__ import annotations

import datetime as dt
from typing import ClassVar, Final, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from devices.enums import Fact, LifecyclePhase
from devices.lifecycle import phase_by_dates
from devices.models.device import Device

# A platform is a version of another device that is one; what is built on it is none itself.
_NO_PLATFORM: Final = (
    "NEW.platform_id IS NOT NULL AND (NOT EXISTS (SELECT 1 "
    "FROM devices_deviceversion base JOIN devices_device family ON family.id = base.device_id "
    "WHERE base.id = NEW.platform_id AND family.is_platform AND family.id <> NEW.device_id "
    "AND base.platform_id IS NULL) OR EXISTS (SELECT 1 FROM devices_device own "
    "WHERE own.id = NEW.device_id AND own.is_platform))"
)


class DeviceProfile(models.Model):
    """Facts of a version that decide which recommendations apply.

    They are kept per version, not per device: a version may gain a radio link that
    the one before does not have, and what was answered for that one still stands.
    """

    is_connected = models.BooleanField(Fact.CONNECTED.label, default=False)
    is_wireless = models.BooleanField(Fact.WIRELESS.label, default=False)
    has_hosted_data = models.BooleanField(Fact.HOSTED_DATA.label, default=False)
    has_personal_data = models.BooleanField(Fact.PERSONAL_DATA.label, default=False)
    has_hardware = models.BooleanField(Fact.HARDWARE.label, default=False)
    is_embedded = models.BooleanField(Fact.EMBEDDED.label, default=False)
    has_software_platform = models.BooleanField(Fact.SOFTWARE_PLATFORM.label, default=False)
    has_remote_access = models.BooleanField(Fact.REMOTE_ACCESS.label, default=False)
    has_user_interface = models.BooleanField(Fact.USER_INTERFACE.label, default=False)
    is_on_healthcare_site = models.BooleanField(Fact.HEALTHCARE_SITE.label, default=False)

    FACT_FIELDS = {
        Fact.CONNECTED: "is_connected",
        Fact.WIRELESS: "is_wireless",
        Fact.HOSTED_DATA: "has_hosted_data",
        Fact.PERSONAL_DATA: "has_personal_data",
        Fact.HARDWARE: "has_hardware",
        Fact.EMBEDDED: "is_embedded",
        Fact.SOFTWARE_PLATFORM: "has_software_platform",
        Fact.REMOTE_ACCESS: "has_remote_access",
        Fact.USER_INTERFACE: "has_user_interface",
        Fact.HEALTHCARE_SITE: "is_on_healthcare_site",
    }

    class Meta:
        abstract = True

    @property
    def facts(self) -> frozenset[Fact]:
        """The facts that hold."""
        return frozenset(fact for fact, name in self.FACT_FIELDS.items() if getattr(self, name))


class DeviceVersionQuerySet(models.QuerySet["DeviceVersion"]):
    """Chainable filters of versions."""

    def platforms(self, device: Device) -> Self:
        """Versions that a version of ``device`` can be built on; none when it is a platform."""
        if device.is_platform:
            return self.none()
        return self.filter(device__is_platform=True).exclude(device=device)

    def supported(self, on: dt.date) -> Self:
        """Versions whose security support has not ended on the day ``on``."""
        return self.filter(Q(support_ends_on=None) | Q(support_ends_on__gte=on))


DeviceVersionManager = ScopedManager.from_queryset(DeviceVersionQuerySet)


class DeviceVersion(DeviceProfile, OrganisationOwned):
    """A software version of a device, with its dates and its profile."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(
        Device, models.PROTECT, related_name="versions", verbose_name=_("device"), editable=False
    )
    label = models.CharField(
        _("version"), max_length=50, help_text=_("As your users read it, for example 2.1.0.")
    )
    udi_di = models.CharField(_("UDI-DI"), max_length=30, blank=True)
    phase = models.CharField(
        _("phase"),
        max_length=20,
        choices=LifecyclePhase,
        default=LifecyclePhase.DESIGN,
        help_text=_("Where this version is in its life today."),
    )
    platform = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="built_on",
        verbose_name=_("built on"),
        help_text=_("The version of the platform whose answers this one takes over."),
    )
    released_on = models.DateField(_("first placed on the market"), null=True, blank=True)
    sale_ends_on = models.DateField(_("end of sale"), null=True, blank=True)
    support_ends_on = models.DateField(_("end of security support"), null=True, blank=True)
    is_latest = models.BooleanField(_("latest version"), default=True, editable=False)
    created_at = models.DateTimeField(_("registered at"), auto_now_add=True)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = DeviceVersionManager()

    named_with = ("device",)

    refusals: ClassVar[tuple[Refusal, ...]] = tuple(
        Refusal(
            f"version_built_on_a_platform_{operation[:6].lower()}",
            operation,
            "A version is built on a platform of another device.",
            _NO_PLATFORM,
        )
        for operation in ("INSERT", "UPDATE OF platform_id, device_id")
    )

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "device", "label"],
                name="version_label_once_per_device",
                violation_error_message=_("This device has a version of that name already."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "device"],
                condition=Q(is_latest=True),
                name="version_one_latest_per_device",
            ),
            models.CheckConstraint(
                name="version_sale_ends_after_release",
                condition=Q(sale_ends_on=None)
                | Q(released_on=None)
                | Q(sale_ends_on__gte=F("released_on")),
                violation_error_message=_("Sale cannot end before the release."),
            ),
            models.CheckConstraint(
                name="version_support_ends_after_release",
                condition=Q(support_ends_on=None)
                | Q(released_on=None)
                | Q(support_ends_on__gte=F("released_on")),
                violation_error_message=_("Security support cannot end before the release."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "is_latest", "phase"], name="version_latest_by_phase"
            )
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """Return the page of the version; the organisation must be loaded."""
        return reverse("devices:version-detail", args=[self.organisation.slug, self.pk])

    @property
    def full_name(self) -> str:
        return f"{self.device.name} {self.label}"

    def phase_suggested(self, on: dt.date) -> LifecyclePhase:
        """Return the phase that the dates suggest on the day ``on``."""
        return phase_by_dates(
            on,
            confirmed=LifecyclePhase(self.phase),
            released_on=self.released_on,
            support_ends_on=self.support_ends_on,
        )
