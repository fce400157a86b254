"""Actions: what will be done about a gap or a remark, by whom, until when, and did it help."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.enums import ActionState
from assessments.models.assessment import Answer
from assessments.models.remark import Remark
from devices.models import Device


class ActionQuerySet(models.QuerySet["Action"]):
    """Chainable filters of actions."""

    def open(self) -> Self:
        """Actions that still have to be done or checked."""
        return self.filter(state__in=[ActionState.OPEN, ActionState.DONE])

    def overdue(self, on: dt.date) -> Self:
        """Actions whose day has passed on the day ``on``."""
        return self.filter(
            Q(state=ActionState.OPEN, due_on__lt=on) | Q(state=ActionState.DONE, check_on__lt=on)
        )


ActionManager = ScopedManager.from_queryset(ActionQuerySet)


class Action(OrganisationOwned):
    """What will be done: open → done → checked (or open again, when it did not help)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(_("number"), editable=False)
    title = models.CharField(_("what will be done"), max_length=200)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    answer = models.ForeignKey(Answer, models.PROTECT, null=True, related_name="actions")
    remark = models.ForeignKey(
        Remark, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    due_on = models.DateField(_("due day"))
    state = models.CharField(
        _("state"), max_length=10, choices=ActionState, default=ActionState.OPEN
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    outcome = models.TextField(_("what was done"), max_length=4000, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    check_on = models.DateField(_("day of the effectiveness check"), null=True, blank=True)
    check_note = models.TextField(_("what the check found"), max_length=4000, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = ActionManager()

    named_with = ("device",)

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="action_number_once"),
            models.CheckConstraint(
                name="action_done_iff_stamped",
                condition=Q(
                    state__in=["done", "checked"], done_by__isnull=False, done_at__isnull=False
                )
                | Q(state__in=["open", "cancelled"], done_by=None, done_at=None),
            ),
            models.CheckConstraint(
                name="action_checked_iff_stamped",
                condition=Q(state="checked", checked_by__isnull=False, checked_at__isnull=False)
                | (~Q(state="checked") & Q(checked_by=None, checked_at=None)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "state", "due_on", "id"], name="action_by_due_day"
            ),
            models.Index(fields=["organisation", "answer"], name="action_by_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the page of the action; the organisation must be loaded."""
        return reverse("assessments:action-detail", args=[self.organisation.slug, self.pk])

    @property
    def label(self) -> str:
        """The number as people cite it, for example A-0012."""
        return f"A-{self.number:04d}"

    @property
    def full_name(self) -> str:
        return f"{self.label} {self.title}"

    def is_overdue(self, on: dt.date) -> bool:
        """Tell whether its day has passed on the day ``on``."""
        if self.state == ActionState.OPEN:
            return self.due_on < on
        return self.state == ActionState.DONE and self.check_on is not None and self.check_on < on


class CalendarFeed(OrganisationOwned):
    """A secret address at which a calendar reads a person's deadlines; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    token_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    named_with = ("user",)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token_sha256"], name="calendar_feed_address_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(revoked_at=None),
                name="calendar_feed_one_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """Return the page of a person's own address; the organisation must be loaded."""
        return reverse("assessments:calendar", args=[self.organisation.slug])

    @property
    def full_name(self) -> str:
        return str(self.user)
