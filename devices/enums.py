"""Closed lists of the device domain."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LifecyclePhase(models.TextChoices):
    """The five phases of the ANSM's recommendations of 23 September 2022."""

    DESIGN = "design", _("Design")
    DEVELOPMENT = "development", _("Development")
    COMMISSIONING = "commissioning", _("Commissioning / first use")
    POST_MARKET = "post_market", _("Post-market surveillance")
    END_OF_LIFE = "end_of_life", _("End of life")


class Regulation(models.TextChoices):
    """The law a device is placed on the market under."""

    MDR = "mdr", _("Regulation (EU) 2017/745 (MDR)")
    IVDR = "ivdr", _("Regulation (EU) 2017/746 (IVDR)")
    MDD = "mdd", _("Directive 93/42/EEC (legacy device)")
    AIMDD = "aimdd", _("Directive 90/385/EEC (legacy device)")
    IVDD = "ivdd", _("Directive 98/79/EC (legacy device)")


class DeviceClass(models.TextChoices):
    """Risk classes: I to III of the MDR and directives, A to D of the IVDR."""

    I = "I", pgettext_lazy("device class", "I")  # noqa: E741 -- the name of the class
    IIA = "IIa", pgettext_lazy("device class", "IIa")
    IIB = "IIb", pgettext_lazy("device class", "IIb")
    III = "III", pgettext_lazy("device class", "III")
    A = "A", pgettext_lazy("device class", "A")
    B = "B", pgettext_lazy("device class", "B")
    C = "C", pgettext_lazy("device class", "C")
    D = "D", pgettext_lazy("device class", "D")


class SafetyClass(models.TextChoices):
    """Software safety classes of IEC 62304."""

    A = "A", pgettext_lazy("software safety class", "A")
    B = "B", pgettext_lazy("software safety class", "B")
    C = "C", pgettext_lazy("software safety class", "C")


class Fact(models.TextChoices):
    """What a profile can say of a version; the keys are those of the catalogue."""

    CONNECTED = "connected", _("connected to a network")
    WIRELESS = "wireless", _("has a wireless link")
    HOSTED_DATA = "hosted_data", _("data or services are hosted remotely")
    PERSONAL_DATA = "personal_data", _("processes personal data")
    HARDWARE = "hardware", _("includes hardware supplied by the manufacturer")
    EMBEDDED = "embedded", _("embedded software or controlled hardware platform")
    SOFTWARE_PLATFORM = "software_platform", _("runs on a third-party operating system")
    REMOTE_ACCESS = "remote_access", _("remote access or remote maintenance")
    USER_INTERFACE = "user_interface", _("users sign in at its interface")
    HEALTHCARE_SITE = "healthcare_site", _("used in a healthcare establishment")
