"""Dossiers: numbered, sealed snapshots of assessments."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.enums import DossierStage, DossierState, Stakeholder
from assessments.extent import Extent
from assessments.models.assessment import Assessment
from devices.enums import LifecyclePhase

BEING_MADE = (DossierState.RENDERING, DossierState.SEALING)
IN_PROGRESS = (DossierState.QUEUED, *BEING_MADE)
_IN_ORDER = "^" + "".join(f"({phase}(,|$))?" for phase in LifecyclePhase.values) + "$"


class DossierBatch(OrganisationOwned):
    """Dossiers of many assessments that somebody asked for at once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    with_evidence = models.BooleanField(_("with the evidence files"), default=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)

    objects = ScopedManager()

    class Meta:
        verbose_name = _("batch of dossiers")
        verbose_name_plural = _("batches of dossiers")
        indexes = [models.Index(fields=["organisation", "requested_at"], name="batch_by_day")]

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        """Return the page of the batch; the organisation must be loaded."""
        return reverse("assessments:batch-detail", args=[self.organisation.slug, self.pk])


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
    phases = models.CharField(
        _("phases"),
        max_length=80,
        blank=True,
        help_text="Those told of, in order, by commas; empty: all.",
    )
    stakeholder = models.CharField(
        _("stakeholder"),
        max_length=30,
        choices=Stakeholder,
        blank=True,
        help_text=_("Only what this one has a share in; empty: everything."),
    )
    is_summary = models.BooleanField(_("summary"), default=False)
    with_history = models.BooleanField(_("with its history"), default=True)
    with_remarks = models.BooleanField(_("with remarks and actions"), default=True)
    frameworks = models.JSONField(
        _("neighbouring frameworks"),
        default=list,
        editable=False,
        help_text="Keys of those whose coverage it holds.",
    )
    state = models.CharField(
        _("state"), max_length=12, choices=DossierState, default=DossierState.QUEUED
    )
    is_provisional = models.BooleanField(
        _("provisional"), default=True, help_text=_("Not every phase in it is signed.")
    )
    batch = models.ForeignKey(
        DossierBatch, models.PROTECT, null=True, blank=True, related_name="dossiers"
    )
    with_evidence = models.BooleanField(_("with the evidence files"), default=False)
    stage = models.CharField(max_length=12, choices=DossierStage, blank=True, editable=False)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    pages_done = models.PositiveIntegerField(default=0, editable=False)
    pages_expected = models.PositiveIntegerField(default=0, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(
        null=True, blank=True, help_text="When the process that makes it last said so."
    )
    made_by_process = models.CharField(max_length=120, blank=True, editable=False)
    task_id = models.CharField(max_length=64, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="How often in a row a process took it up since somebody asked."
    )
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(_("why it failed"), max_length=2000, blank=True)
    snapshot = models.TextField(blank=True, editable=False)
    snapshot_sha256 = models.CharField(_("digest of the data"), max_length=64, blank=True)
    file = models.CharField(max_length=200, blank=True, editable=False)
    file_sha256 = models.CharField(_("digest of the file"), max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size"), null=True, editable=False)
    # What people sign before it is sealed: rendered, then with one signature more each time.
    pending_file = models.CharField(max_length=200, blank=True, editable=False)
    pending_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    pages = models.PositiveIntegerField(_("pages"), null=True, editable=False)
    archive = models.CharField(max_length=200, blank=True, editable=False)
    archive_sha256 = models.CharField(
        _("digest of the second file"), max_length=64, blank=True, editable=False
    )
    archive_size_bytes = models.PositiveBigIntegerField(null=True, editable=False)
    seal_subject = models.CharField(_("sealed by"), max_length=300, blank=True)
    seal_sha256 = models.CharField(_("digest of the certificate"), max_length=64, blank=True)
    seal_level = models.CharField(_("level of the seal"), max_length=12, blank=True)
    is_test_seal = models.BooleanField(default=False)
    journal_sequence = models.PositiveBigIntegerField(null=True, editable=False)
    journal_hash = models.CharField(max_length=64, blank=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    renew_on = models.DateField(
        _("renew on"), null=True, blank=True, help_text=_("When its last time stamp ages.")
    )
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
            "OR OLD.file <> NEW.file OR OLD.archive <> NEW.archive "
            "OR OLD.archive_sha256 <> NEW.archive_sha256 "
            "OR OLD.serial <> NEW.serial OR OLD.year <> NEW.year "
            "OR OLD.assessment_id <> NEW.assessment_id OR OLD.language <> NEW.language "
            "OR OLD.phases <> NEW.phases OR OLD.stakeholder <> NEW.stakeholder "
            "OR OLD.is_summary <> NEW.is_summary OR OLD.with_history <> NEW.with_history "
            "OR OLD.with_remarks <> NEW.with_remarks "
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
            # Written one way only, so that equal scopes have equal values; all of them are none.
            models.CheckConstraint(
                name="dossier_phases_in_order",
                condition=Q(phases__regex=_IN_ORDER)
                & ~Q(phases__endswith=",")
                & ~Q(phases=",".join(LifecyclePhase.values)),
            ),
            models.CheckConstraint(
                name="dossier_known_stakeholder",
                condition=Q(stakeholder__in=["", *Stakeholder.values]),
            ),
            models.CheckConstraint(
                name="dossier_issued_iff_complete",
                condition=Q(
                    state__in=["queued", "rendering", "signing", "sealing", "failed", "cancelled"],
                    issued_at=None,
                )
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
                name="dossier_signing_with_a_file",
                condition=~Q(state="signing")
                | (Q(pages__gt=0) & ~Q(pending_file="") & ~Q(pending_sha256="") & ~Q(snapshot="")),
            ),
            models.CheckConstraint(
                name="dossier_pending_only_before_it_is_issued",
                condition=Q(issued_at=None) | Q(pending_file="", pending_sha256=""),
            ),
            models.CheckConstraint(
                name="dossier_failed_with_a_reason",
                condition=~Q(state="failed") | ~Q(failure=""),
            ),
            models.CheckConstraint(
                name="dossier_cancelled_by_somebody",
                condition=(
                    Q(state="cancelled", cancelled_by__isnull=False, cancelled_at__isnull=False)
                    | (~Q(state="cancelled") & Q(cancelled_by=None, cancelled_at=None))
                ),
            ),
            models.CheckConstraint(
                name="dossier_second_file_whole_or_none",
                condition=Q(archive="", archive_sha256="", archive_size_bytes=None)
                | (~Q(archive="") & ~Q(archive_sha256="") & Q(archive_size_bytes__gt=0)),
            ),
            models.CheckConstraint(
                name="dossier_withdrawn_with_a_reason",
                condition=Q(withdrawn_at=None, withdrawal_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "requested_at"], name="dossier_by_day"),
            # The queue of all organisations is short: those that are made or wait.
            models.Index(
                fields=["queued_at"],
                condition=Q(state__in=["queued", "rendering", "sealing"]),
                name="dossier_in_progress",
            ),
            models.Index(fields=["organisation", "renew_on"], name="dossier_to_renew"),
            # Asked by whoever has a file, who knows no organisation (services/register.py).
            models.Index(fields=["file_sha256"], name="dossier_by_file"),
            models.Index(fields=["snapshot_sha256"], name="dossier_by_record"),
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
    def extent(self) -> Extent:
        """How much of the assessment it tells."""
        return Extent(
            phases=tuple(self.phases.split(",")) if self.phases else (),
            stakeholder=self.stakeholder,
            is_summary=self.is_summary,
            with_history=self.with_history,
            with_remarks=self.with_remarks,
        )

    @property
    def phase_labels(self) -> list[str]:
        """The phases it is limited to, in the language of the page; none when it has all."""
        return [str(LifecyclePhase(phase).label) for phase in self.extent.phases]

    @property
    def is_in_progress(self) -> bool:
        """Tell whether the worker still has to finish it."""
        return self.state in IN_PROGRESS
