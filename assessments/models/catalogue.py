"""Editions of the catalogue of recommendations. Shared by all organisations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ansm_portal.accounts.models import Organisation
from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import Shared, SharedOrOwnedManager
from assessments.applicability import ALWAYS
from assessments.enums import (
    CatalogueState,
    Confidence,
    Confirmation,
    Criterion,
    ProvenanceStatus,
    Stakeholder,
)
from devices.enums import Fact, LifecyclePhase

PUBLISHED_COLUMNS = (
    "key",
    "edition",
    "title_fr",
    "title_en",
    "issuer",
    "source_published_on",
    "legal_value_fr",
    "legal_value_en",
    "disclaimer_fr",
    "disclaimer_en",
    "vocabulary",
    "content_sha256",
    "published_at",
)
PUBLISHED_REFERENCES = ("owner_id", "based_on_id")  # they may be empty
_KEYS = {
    "stakeholders": Stakeholder.values,
    "criteria": Criterion.values,
    "applies_when": [ALWAYS, *Fact.values],
}


def _differs(column: str) -> str:
    """Return the condition that a column, which may be empty, changes."""
    return (
        f"NEW.{column} <> OLD.{column} "
        f"OR (NEW.{column} IS NULL AND OLD.{column} IS NOT NULL) "
        f"OR (NEW.{column} IS NOT NULL AND OLD.{column} IS NULL)"
    )


def frozen_with_its_edition(table: str) -> tuple[Refusal, ...]:
    """Refuse changes to rows of a published or retired edition, in the database."""
    frozen = "(SELECT state FROM assessments_catalogue c WHERE c.id = {}.catalogue_id) <> 'draft'"
    either = f"{frozen.format('OLD')} OR {frozen.format('NEW')}"
    message = "A published catalogue edition never changes."
    return (
        Refusal(f"{table}_not_added_to_published", "INSERT", message, frozen.format("NEW")),
        Refusal(f"{table}_of_published_not_updated", "UPDATE", message, either),
        Refusal(f"{table}_of_published_not_deleted", "DELETE", message, frozen.format("OLD")),
    )


class Catalogue(Shared):
    """One edition of a set of recommendations; it never changes once published.

    With an ``owner`` it holds requirements of that organisation, which no other sees.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("organisation"),
    )
    based_on = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="followed_by",
        verbose_name=_("follows the edition"),
    )
    key = models.CharField(_("key"), max_length=60)
    edition = models.CharField(_("edition"), max_length=40)
    state = models.CharField(
        _("state"), max_length=10, choices=CatalogueState, default=CatalogueState.DRAFT
    )
    title_fr = models.CharField(_("title (French)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300)
    issuer = models.CharField(_("issuer of the source"), max_length=100)
    source_published_on = models.DateField(_("source published on"))
    legal_value_fr = models.CharField(_("legal value (French)"), max_length=300)
    legal_value_en = models.CharField(_("legal value (English)"), max_length=300)
    disclaimer_fr = models.TextField(_("disclaimer (French)"))
    disclaimer_en = models.TextField(_("disclaimer (English)"))
    vocabulary = models.JSONField(
        _("vocabulary"),
        default=dict,
        help_text=_("Labels and definitions of the keys that entries use, as loaded."),
    )
    content_sha256 = models.CharField(_("digest of the content"), max_length=64, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)
    succeeded_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("succeeded by"),
    )

    objects = SharedOrOwnedManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "catalogue_published_not_updated",
            "UPDATE",
            "A published catalogue edition never changes.",
            # Retiring is the one thing that may happen to a published edition.
            "OLD.state <> 'draft' AND (NEW.state = 'draft' "
            "OR (OLD.state = 'retired' AND NEW.state <> 'retired') OR "
            + " OR ".join(f"NEW.{column} <> OLD.{column}" for column in PUBLISHED_COLUMNS)
            + " OR "
            + " OR ".join(map(_differs, PUBLISHED_REFERENCES))
            + f" OR (OLD.state = 'retired' AND ({_differs('retired_at')}))"
            + f" OR (OLD.state = 'retired' AND ({_differs('succeeded_by_id')})))",
        ),
        Refusal(
            "catalogue_published_not_deleted",
            "DELETE",
            "A published catalogue edition is never deleted.",
            "OLD.state <> 'draft'",
        ),
        *(
            Refusal(
                f"catalogue_follows_one_of_its_owner_{operation.lower()}",
                operation,
                "An edition follows a published one of the same owner.",
                "NEW.based_on_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM assessments_catalogue b "
                "WHERE b.id = NEW.based_on_id AND b.state <> 'draft' AND (b.owner_id = "
                "NEW.owner_id OR (b.owner_id IS NULL AND NEW.owner_id IS NULL)))",
            )
            for operation in ("INSERT", "UPDATE")
        ),
    )

    class Meta:
        verbose_name = _("catalogue edition")
        verbose_name_plural = _("catalogue editions")
        constraints = [
            # Not one for all: an organisation would learn what others call theirs.
            models.UniqueConstraint(
                fields=["key", "edition"],
                condition=Q(owner=None),
                name="catalogue_edition_once",
                violation_error_message=_("This edition exists already."),
            ),
            models.UniqueConstraint(
                fields=["owner", "key", "edition"],
                name="catalogue_edition_once_per_owner",
                violation_error_message=_("This edition exists already."),
            ),
            models.CheckConstraint(
                name="catalogue_not_based_on_itself",
                condition=Q(based_on=None) | ~Q(based_on=models.F("id")),
            ),
            models.CheckConstraint(
                name="catalogue_retired_iff_stamped",
                condition=Q(state="retired", retired_at__isnull=False)
                | (~Q(state="retired") & Q(retired_at=None, succeeded_by=None)),
            ),
            models.CheckConstraint(
                name="catalogue_published_iff_stamped",
                condition=Q(state="draft", published_at=None)
                | (~Q(state="draft") & Q(published_at__isnull=False) & ~Q(content_sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.edition}"


def _title(row: Section | Recommendation) -> str:
    """Return the title in the language of the page; a draft may lack the English one."""
    return (row.title_en if get_language() == "en" else "") or row.title_fr


class Source(Shared):
    """A public source that entries of an edition cite."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue = models.ForeignKey(Catalogue, models.CASCADE, related_name="sources")
    key = models.CharField(_("key"), max_length=20)
    title = models.CharField(_("title"), max_length=300)
    url = models.URLField(_("address"), max_length=500, blank=True)

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = frozen_with_its_edition("source")

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [models.UniqueConstraint(fields=["catalogue", "key"], name="source_key_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


class Section(Shared):
    """A group of recommendations inside a phase."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue = models.ForeignKey(Catalogue, models.CASCADE, related_name="sections")
    key = models.CharField(_("key"), max_length=20)
    phase = models.CharField(_("phase"), max_length=20, choices=LifecyclePhase)
    position = models.PositiveSmallIntegerField(_("position"))
    title_fr = models.CharField(_("title (French)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300)
    title_status = models.CharField(
        _("provenance of the title"), max_length=10, choices=ProvenanceStatus
    )
    source_keys = models.JSONField(_("sources"), default=list)

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = frozen_with_its_edition("section")

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "key"], name="section_key_once"),
            models.UniqueConstraint(fields=["catalogue", "position"], name="section_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {_title(self)}"


class Recommendation(Shared):
    """One entry of an edition: what is recommended, to whom, and how far that is confirmed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue = models.ForeignKey(
        Catalogue, models.CASCADE, related_name="recommendations", verbose_name=_("edition")
    )
    section = models.ForeignKey(
        Section, models.RESTRICT, related_name="recommendations", verbose_name=_("section")
    )
    code = models.CharField(_("code"), max_length=30)
    phase = models.CharField(_("phase"), max_length=20, choices=LifecyclePhase)
    position = models.PositiveSmallIntegerField(_("position"))
    title_fr = models.CharField(_("title (French)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300)
    statement_fr = models.TextField(_("statement (French)"))
    statement_en = models.TextField(_("statement (English)"))
    rationale_fr = models.TextField(_("rationale (French)"))
    rationale_en = models.TextField(_("rationale (English)"))
    expected_evidence_fr = models.JSONField(_("expected evidence (French)"), default=list)
    expected_evidence_en = models.JSONField(_("expected evidence (English)"), default=list)
    stakeholders = models.JSONField(_("stakeholders"), default=list)
    criteria = models.JSONField(_("criteria"), default=list)
    applies_when = models.JSONField(_("applies when"), default=list)
    references = models.JSONField(_("references"), default=list)
    provenance_status = models.CharField(_("provenance"), max_length=10, choices=ProvenanceStatus)
    confidence = models.CharField(_("confidence"), max_length=10, choices=Confidence)
    provenance_basis = models.CharField(_("place in the document"), max_length=30, blank=True)
    provenance_note_fr = models.TextField(_("note on provenance (French)"), blank=True)
    provenance_note_en = models.TextField(_("note on provenance (English)"), blank=True)
    verified_editions = models.JSONField(_("editions it was verified in"), default=list)
    source_keys = models.JSONField(_("sources"), default=list)
    official_number = models.CharField(
        _("official number"),
        max_length=30,
        blank=True,
        help_text=_("Empty until somebody has read it in the text of the ANSM."),
    )
    official_page = models.PositiveSmallIntegerField(_("official page"), null=True, blank=True)
    confirmed_as = models.CharField(
        _("read in the official text"), max_length=10, choices=Confirmation, blank=True
    )
    confirmed_on = models.DateField(_("read on"), null=True, blank=True)
    confirmed_by = models.CharField(_("read by"), max_length=150, blank=True)

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = frozen_with_its_edition("recommendation")

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "code"], name="recommendation_code_once"),
            models.UniqueConstraint(
                fields=["catalogue", "position"], name="recommendation_position_once"
            ),
            models.CheckConstraint(
                name="recommendation_confirmed_by_somebody",
                condition=Q(confirmed_as="", confirmed_on=None, confirmed_by="")
                | (~Q(confirmed_as="") & Q(confirmed_on__isnull=False) & ~Q(confirmed_by="")),
                violation_error_message=_("Say who read the official text, and when."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {_title(self)}"

    def clean(self) -> None:
        """Refuse what the columns let pass: unknown keys, another edition's section."""
        wrong: dict[str, Any] = {}
        for name, allowed in _KEYS.items():
            if unknown := [key for key in getattr(self, name) if key not in allowed]:
                words = {"keys": ", ".join(map(str, unknown))}
                wrong[name] = _("Not known here: %(keys)s.") % words
        if len(self.expected_evidence_fr) != len(self.expected_evidence_en):
            wrong["expected_evidence_en"] = _("As many items in French as in English.")
        if self.section_id and self.section.catalogue_id != self.catalogue_id:
            wrong["section"] = _("This section belongs to another edition.")
        elif self.section_id and self.section.phase != self.phase:
            wrong["section"] = _("This section belongs to another phase.")
        if wrong:
            raise ValidationError(wrong)
