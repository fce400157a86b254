"""Assessments that move from one edition to the next, and can come back."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.models.assessment import Assessment
from assessments.models.catalogue import Catalogue


class EditionRun(OrganisationOwned):
    """Many assessments moved in one go, each as a step of its own, in the background."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("move of assessments", "waiting")
        RUNNING = "running", pgettext_lazy("move of assessments", "running")
        DONE = "done", pgettext_lazy("move of assessments", "done")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue = models.ForeignKey(Catalogue, models.PROTECT, related_name="+")
    wanted = models.JSONField(default=list, help_text="Keys of the assessments, in their order.")
    refused = models.JSONField(default=list, help_text="Key and reason of what stayed.")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    class Meta:
        verbose_name = _("move of assessments")
        verbose_name_plural = _("moves of assessments")

    def __str__(self) -> str:
        return f"{self.catalogue_id} {self.requested_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """Return the page that says how far it is; the organisation must be loaded."""
        return reverse("assessments:run-detail", args=[self.organisation.slug, self.pk])


class EditionMove(OrganisationOwned):
    """One assessment moved to another edition, with what undoing puts back.

    ``outcome`` says what became of the answers, for people; ``before`` what each row was.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="moves")
    run = models.ForeignKey(EditionRun, models.PROTECT, null=True, blank=True, related_name="moves")
    from_catalogue = models.ForeignKey(Catalogue, models.PROTECT, related_name="+")
    to_catalogue = models.ForeignKey(Catalogue, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    outcome = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    named_with = ("assessment__version__device",)

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "edition_move_not_rewritten",
            "UPDATE",
            "What a move did is never rewritten.",
            "OLD.assessment_id <> NEW.assessment_id OR OLD.made_by_id <> NEW.made_by_id "
            "OR OLD.from_catalogue_id <> NEW.from_catalogue_id "
            "OR OLD.to_catalogue_id <> NEW.to_catalogue_id OR OLD.undone_at IS NOT NULL",
        ),
    )

    class Meta:
        verbose_name = _("move to another edition")
        verbose_name_plural = _("moves to another edition")
        constraints = [
            models.CheckConstraint(
                name="edition_move_goes_elsewhere",
                condition=~Q(from_catalogue=F("to_catalogue")),
            ),
            models.CheckConstraint(
                name="edition_move_undone_iff_stamped",
                condition=Q(undone_by=None, undone_at=None)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.made_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """Return the page of what became of the answers; the organisation must be loaded."""
        return reverse("assessments:move-detail", args=[self.organisation.slug, self.pk])

    @property
    def full_name(self) -> str:
        return self.assessment.full_name
