from __future__ import annotations

import re
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from devices.enums import DeviceClass, Regulation, SafetyClass

MDR_CLASSES = ("I", "IIa", "IIb", "III")
IVDR_CLASSES = ("A", "B", "C", "D")


class DeviceQuerySet(models.QuerySet["Device"]):
    """Chainable filters of devices."""

    def matching(self, words: str) -> Self:
        """Devices whose name, reference or Basic UDI-DI contains each of ``words``."""
        found = self
        # LIKE of SQLite knows the case of ASCII letters only; its regular expressions are Python's.
        for word in map(re.escape, words.split()):
            found = found.filter(
                Q(name__iregex=word) | Q(reference__iregex=word) | Q(basic_udi_di__iregex=word)
            )
        return found


DeviceManager = ScopedManager.from_queryset(DeviceQuerySet)


class Device(OrganisationOwned):
    """A medical device integrating software, whatever its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=200)
    reference = models.CharField(
        _("reference"), max_length=60, help_text=_("Yours, as on the label or in the catalogue.")
    )
    basic_udi_di = models.CharField(
        _("Basic UDI-DI"),
        max_length=25,
        blank=True,
        help_text=_("At most 25 characters, as registered in EUDAMED."),
    )
    regulation = models.CharField(_("regulation"), max_length=10, choices=Regulation)
    device_class = models.CharField(_("class"), max_length=5, choices=DeviceClass)
    safety_class = models.CharField(
        _("software safety class (IEC 62304)"), max_length=1, choices=SafetyClass
    )
    is_implantable = models.BooleanField(
        _("implantable"), default=False, help_text=_("Dossiers are kept 15 years instead of 10.")
    )
    is_platform = models.BooleanField(
        _("platform"),
        default=False,
        help_text=_("Other devices are built on it and take its answers over."),
    )
    intended_purpose = models.TextField(_("intended purpose"), max_length=4000, blank=True)
    created_at = models.DateTimeField(_("registered at"), auto_now_add=True)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = DeviceManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "device_platform_in_use",
            "UPDATE OF is_platform",
            "Other versions are built on this platform.",
            "OLD.is_platform AND NOT NEW.is_platform AND EXISTS (SELECT 1 "
            "FROM devices_deviceversion own JOIN devices_deviceversion built "
            "ON built.platform_id = own.id WHERE own.device_id = NEW.id)",
        ),
        Refusal(
            "device_platform_on_a_platform",
            "UPDATE OF is_platform",
            "What is built on a platform is none.",
            "NEW.is_platform AND NOT OLD.is_platform AND EXISTS (SELECT 1 "
            "FROM devices_deviceversion own "
            "WHERE own.device_id = NEW.id AND own.platform_id IS NOT NULL)",
        ),
    )

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("reference"),
                name="device_reference_once",
                violation_error_message=_("Another device has this reference already."),
            ),
            models.CheckConstraint(
                name="device_class_of_regulation",
                condition=(
                    Q(regulation__in=["mdr", "mdd", "aimdd"], device_class__in=MDR_CLASSES)
                    | Q(regulation__in=["ivdr", "ivdd"], device_class__in=IVDR_CLASSES)
                ),
                violation_error_message=_(
                    "Classes I to III belong to medical devices, A to D to in vitro diagnostics."
                ),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "name"], name="device_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page of the device; the organisation must be loaded."""
        return reverse("devices:device-detail", args=[self.organisation.slug, self.pk])
