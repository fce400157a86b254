"""What people are told, in the portal and by mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.tenancy import OrganisationOwned, ScopedManager, Shared
from assessments.enums import Delivery, NotificationKind


class Notification(OrganisationOwned):
    """One thing one person is told. ``target`` names the row, as an event does."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=NotificationKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    target = models.CharField(max_length=120)
    day = models.DateField(
        null=True, blank=True, help_text="The day a reminder is about: each is told once."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mail leaves; empty: it left, or none is wanted."
    )

    objects = ScopedManager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "recipient", "kind", "target", "day"],
                name="notification_of_a_day_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "recipient", "read_at", "created_at"],
                name="notification_newest",
            ),
            models.Index(fields=["organisation", "mail_due_at"], name="notification_mail_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


class NotificationPreference(Shared):
    """How a person wants to hear of one kind of thing by mail; without a row, the usual way."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=NotificationKind)
    delivery = models.CharField(max_length=10, choices=Delivery)

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="preference_once_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.delivery}"
