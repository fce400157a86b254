"""Reviews of phases, and signatures on them."""

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
from assessments.enums import ReviewState, Verdict
from assessments.models.assessment import Assessment
from devices.enums import LifecyclePhase
from devices.models import Device


class PhaseReview(OrganisationOwned):
    """The review of one phase of one assessment, with the counters of its answers.

    The counters are recounted in every transaction that changes an answer of the phase.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="phase_reviews")
    device = models.ForeignKey(Device, models.PROTECT, related_name="+")
    phase = models.CharField(_("phase"), max_length=20, choices=LifecyclePhase)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(
        _("state"), max_length=10, choices=ReviewState, default=ReviewState.OPEN
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(
        max_length=4000, blank=True, help_text="Why the phase was last returned or reopened."
    )
    commented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    applicable = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField(default=0)
    not_assessed = models.PositiveIntegerField(default=0)
    followed = models.PositiveIntegerField(default=0)
    adapted = models.PositiveIntegerField(default=0)
    partly_followed = models.PositiveIntegerField(default=0)
    not_followed = models.PositiveIntegerField(default=0)
    not_applicable = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    to_confirm = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    named_with = ("assessment__version__device",)

    class Meta:
        verbose_name = _("phase review")
        verbose_name_plural = _("phase reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "assessment", "phase"], name="phase_review_once"
            ),
            models.CheckConstraint(
                name="phase_review_submitted_iff_stamped",
                condition=Q(state="open", submitted_by=None, submitted_at=None)
                | (~Q(state="open") & Q(submitted_by__isnull=False, submitted_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="phase_review_accepted_iff_stamped",
                condition=Q(
                    state__in=["accepted", "signed"],
                    accepted_by__isnull=False,
                    accepted_at__isnull=False,
                )
                | (Q(state__in=["open", "submitted"], accepted_by=None, accepted_at=None)),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "device"], name="phase_review_by_device")]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.phase}"

    def get_absolute_url(self) -> str:
        """Return the page of the phase; the organisation must be loaded."""
        return reverse(
            "assessments:assessment-phase",
            args=[self.organisation.slug, self.assessment_id, self.phase],
        )

    @property
    def full_name(self) -> str:
        return f"{self.get_phase_display()}, {self.assessment.full_name}"

    @property
    def assessed(self) -> int:
        """How many applicable recommendations have a verdict."""
        return self.applicable - self.not_assessed

    @property
    def gaps(self) -> int:
        """How many applicable recommendations are not, or only partly, followed."""
        return self.not_assessed + self.partly_followed + self.not_followed

    @property
    def verdict_counts(self) -> dict[Verdict, int]:
        """The counters by verdict."""
        return {verdict: getattr(self, verdict.value) for verdict in Verdict}


class Approval(OrganisationOwned):
    """A person's signature on a phase: re-authenticated, with its meaning, bound to a digest.

    ``content`` is the canonical JSON (RFC 8785) of what was signed. A later change of
    an answer voids the approval, with the reason; it does not remove it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    phase_review = models.ForeignKey(PhaseReview, models.PROTECT, related_name="approvals")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"))
    signer_name = models.CharField(_("name"), max_length=300)
    signer_role = models.CharField(_("function"), max_length=200)
    meaning = models.TextField(_("meaning of the signature"), max_length=1000)
    open_remarks_reason = models.TextField(
        _("why it is signed although non-conformities are open"), max_length=2000, blank=True
    )
    content = models.TextField(editable=False)
    content_sha256 = models.CharField(_("digest of what was signed"), max_length=64)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(max_length=2000, blank=True)
    voided_by_move = models.ForeignKey(
        "assessments.EditionMove",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="Undoing the move puts back what was signed, and so the signature.",
    )

    objects = ScopedManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "approval_not_changed",
            "UPDATE",
            "A signature is voided, never changed.",
            "OLD.content_sha256 <> NEW.content_sha256 OR OLD.content <> NEW.content "
            "OR OLD.signed_by_id <> NEW.signed_by_id OR OLD.signed_at <> NEW.signed_at "
            "OR OLD.signer_name <> NEW.signer_name OR OLD.signer_role <> NEW.signer_role "
            "OR OLD.phase_review_id <> NEW.phase_review_id "
            "OR OLD.open_remarks_reason <> NEW.open_remarks_reason "
            "OR OLD.meaning <> NEW.meaning OR (OLD.voided_at IS NOT NULL AND NOT "
            "(OLD.voided_by_move_id IS NOT NULL AND NEW.voided_at IS NULL "
            "AND NEW.voided_by_move_id IS NULL AND EXISTS (SELECT 1 FROM assessments_editionmove m "
            "WHERE m.id = OLD.voided_by_move_id AND m.undone_at IS NOT NULL)))",
        ),
        Refusal("approval_not_deleted", "DELETE", "A signature is never deleted."),
    )

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "phase_review"],
                condition=Q(voided_at=None),
                name="approval_one_standing_per_phase",
            ),
            models.CheckConstraint(
                name="approval_voided_by_a_move_is_void",
                condition=Q(voided_by_move=None) | Q(voided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="approval_void_with_a_reason",
                condition=Q(voided_at=None, void_reason="")
                | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signer_name} {self.signed_at:%Y-%m-%d}"
