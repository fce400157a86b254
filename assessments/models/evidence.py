"""Evidence: what an answer rests on. Never replaced; a newer piece supersedes it."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.enums import EvidenceKind
from assessments.models.assessment import Answer


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Chainable filters of evidence."""

    def standing(self) -> Self:
        """Evidence that nothing supersedes."""
        return self.filter(superseded_by=None)


EvidenceManager = ScopedManager.from_queryset(EvidenceQuerySet)


class Evidence(OrganisationOwned):
    """A file, a link or a reference to a document of the quality system.

    A file is stored under its own digest, so that its content cannot differ from it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(_("number"), editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=EvidenceKind)
    title = models.CharField(_("title"), max_length=200)
    document_revision = models.CharField(
        _("revision"), max_length=40, blank=True, help_text=_("Of the document, for example C.")
    )
    document_on = models.DateField(_("date of the document"), null=True, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    reference = models.CharField(
        _("reference"), max_length=120, blank=True, help_text=_("In your quality system.")
    )
    file = models.CharField(_("file"), max_length=200, blank=True, editable=False)
    file_name = models.CharField(_("file name"), max_length=200, blank=True, editable=False)
    media_type = models.CharField(_("media type"), max_length=100, blank=True, editable=False)
    size_bytes = models.PositiveBigIntegerField(_("size"), null=True, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    superseded_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes"
    )

    objects = EvidenceManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "evidence_content_not_changed",
            "UPDATE",
            "Evidence is never replaced; a newer piece supersedes it.",
            "OLD.sha256 <> NEW.sha256 OR OLD.file <> NEW.file OR OLD.kind <> NEW.kind "
            "OR OLD.url <> NEW.url OR OLD.reference <> NEW.reference "
            "OR OLD.number <> NEW.number OR OLD.superseded_by_id <> NEW.superseded_by_id",
        ),
        Refusal("evidence_not_deleted", "DELETE", "Evidence is never deleted."),
    )

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="evidence_number_once"),
            models.CheckConstraint(
                name="evidence_has_what_its_kind_needs",
                condition=(
                    (Q(kind="file", url="", size_bytes__gt=0) & ~Q(file="") & ~Q(sha256=""))
                    | (Q(kind="link", file="", sha256="", size_bytes=None) & ~Q(url=""))
                    | (
                        Q(kind="reference", file="", sha256="", size_bytes=None, url="")
                        & ~Q(reference="")
                    )
                ),
                violation_error_message=_(
                    "A file needs content, a link an address, a reference its identifier."
                ),
            ),
            models.CheckConstraint(
                name="evidence_not_superseded_by_itself",
                condition=Q(superseded_by=None) | ~Q(superseded_by=F("id")),
                violation_error_message=_("Evidence cannot supersede itself."),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "sha256"], name="evidence_by_digest"),
            # Most pieces are not superseded: among the others, SQLite sees that an index helps.
            models.Index(
                fields=["organisation", "superseded_by"],
                condition=Q(superseded_by__isnull=False),
                name="evidence_superseded",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the page of the evidence; the organisation must be loaded."""
        return reverse("assessments:evidence-detail", args=[self.organisation.slug, self.pk])

    @property
    def label(self) -> str:
        """The number as people cite it, for example EV-0042."""
        return f"EV-{self.number:04d}"

    def is_expired(self, on: dt.date) -> bool:
        """Tell whether its validity has ended on the day ``on``."""
        return self.expires_on is not None and self.expires_on < on

    @property
    def full_name(self) -> str:
        return f"{self.label} {self.title}"


class EvidenceLink(OrganisationOwned):
    """An answer cites a piece of evidence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="evidence_links")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="links")
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "answer", "evidence"],
                name="evidence_link_once",
                violation_error_message=_("The answer cites this evidence already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer_id} / {self.evidence_id}"
