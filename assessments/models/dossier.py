"""Dossiers: numbered, sealed snapshots of assessments."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.enums import DossierState
from assessments.models.assessment import Assessment

IN_PROGRESS = (DossierState.QUEUED, DossierState.RENDERING, DossierState.SEALING)


class Dossier(OrganisationOwned):
    """A snapshot of an assessment for auditors. Its number is never used again.

    ``snapshot`` is the canonical JSON (RFC 8785) that the PDF is made from and carries;
    live rows may go on changing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="dossiers")
    year = models.PositiveSmallIntegerField(editable=False)
    serial = models.PositiveIntegerField(editable=False)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    state = models.CharField(
        _("state"), max_length=12, choices=DossierState, default=DossierState.QUEUED
    )
    is_provisional = models.BooleanField(
        _("provisional"), default=True, help_text=_("Not every phase in it is signed.")
    )
    progress_percent = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(_("why it failed"), max_length=2000, blank=True)
    snapshot = models.TextField(blank=True, editable=False)
    snapshot_sha256 = models.CharField(_("digest of the data"), max_length=64, blank=True)
    file = models.CharField(max_length=200, blank=True, editable=False)
    file_sha256 = models.CharField(_("digest of the file"), max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size"), null=True, editable=False)
    pages = models.PositiveIntegerField(_("pages"), null=True, editable=False)
    seal_subject = models.CharField(_("sealed by"), max_length=300, blank=True)
    seal_sha256 = models.CharField(_("digest of the certificate"), max_length=64, blank=True)
    seal_level = models.CharField(_("level of the seal"), max_length=12, blank=True)
    is_test_seal = models.BooleanField(default=False)
    journal_sequence = models.PositiveBigIntegerField(null=True, editable=False)
    journal_hash = models.CharField(max_length=64, blank=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    superseded_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    compared_with = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The earlier one that a chapter of this one tells the changes since.",
    )
    withdrawal_reason = models.TextField(_("why it was withdrawn"), max_length=2000, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    named_with = ("assessment__version__device",)

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "dossier_issued_not_changed",
            "UPDATE",
            "An issued dossier never changes.",
            "OLD.file_sha256 <> '' AND (OLD.file_sha256 <> NEW.file_sha256 "
            "OR OLD.snapshot <> NEW.snapshot OR OLD.snapshot_sha256 <> NEW.snapshot_sha256 "
            "OR OLD.file <> NEW.file OR OLD.serial <> NEW.serial OR OLD.year <> NEW.year "
            "OR OLD.assessment_id <> NEW.assessment_id OR OLD.language <> NEW.language "
            "OR OLD.journal_hash <> NEW.journal_hash OR OLD.issued_at <> NEW.issued_at)",
        ),
        Refusal("dossier_not_deleted", "DELETE", "A dossier is never deleted."),
    )

    class Meta:
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "serial"], name="dossier_number_once"
            ),
            models.CheckConstraint(
                name="dossier_issued_iff_complete",
                condition=Q(state__in=["queued", "rendering", "sealing", "failed"], issued_at=None)
                | (
                    Q(
                        state__in=["issued", "superseded", "withdrawn"],
                        issued_at__isnull=False,
                        size_bytes__gt=0,
                    )
                    & ~Q(snapshot="")
                    & ~Q(snapshot_sha256="")
                    & ~Q(file="")
                    & ~Q(file_sha256="")
                ),
            ),
            models.CheckConstraint(
                name="dossier_failed_with_a_reason",
                condition=~Q(state="failed") | ~Q(failure=""),
            ),
            models.CheckConstraint(
                name="dossier_withdrawn_with_a_reason",
                condition=Q(withdrawn_at=None, withdrawal_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "requested_at"], name="dossier_by_day"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Return the page of the dossier; the organisation must be loaded."""
        return reverse("assessments:dossier-detail", args=[self.organisation.slug, self.pk])

    @property
    def number(self) -> str:
        """The number as people cite it, for example D-2026-0007."""
        return f"D-{self.year}-{self.serial:04d}"

    @property
    def full_name(self) -> str:
        return f"{self.number}, {self.assessment.full_name}"

    @property
    def is_in_progress(self) -> bool:
        """Tell whether the worker still has to finish it."""
        return self.state in IN_PROGRESS
