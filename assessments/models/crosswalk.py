"""Neighbouring frameworks, and what recommendations are to their requirements. Shared by all."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import Shared
from assessments.enums import Confidence, FrameworkNature, MappingRelation, MappingStatus

SAID_OF_A_FRAMEWORK = (
    "key",
    "edition_fr",
    "edition_en",
    "name_fr",
    "name_en",
    "short_fr",
    "short_en",
    "publisher",
    "address",
    "is_address_seen",
    "dated",
    "milestones",
    "nature",
    "confidence",
    "source_fr",
    "source_en",
    "note_fr",
    "note_en",
    "position",
)


def frozen_with_its_framework(table: str) -> tuple[Refusal, ...]:
    """Refuse changes to rows of a published framework, in the database."""
    published = (
        "(SELECT published_at FROM assessments_framework f WHERE f.id = {}.framework_id) "
        "IS NOT NULL"
    )
    either = f"{published.format('OLD')} OR {published.format('NEW')}"
    message = "A published framework never changes."
    return (
        Refusal(f"{table}_not_added_to_published", "INSERT", message, published.format("NEW")),
        Refusal(f"{table}_of_published_not_updated", "UPDATE", message, either),
        Refusal(f"{table}_of_published_not_deleted", "DELETE", message, published.format("OLD")),
    )


class Framework(Shared):
    """One edition of a law, a standard or a guide beside the catalogue; published, it stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.SlugField(_("key"), max_length=40)
    edition_fr = models.CharField(_("edition (French)"), max_length=200)
    edition_en = models.CharField(_("edition (English)"), max_length=200)
    name_fr = models.CharField(_("name (French)"), max_length=300)
    name_en = models.CharField(_("name (English)"), max_length=300)
    short_fr = models.CharField(_("short name (French)"), max_length=40)
    short_en = models.CharField(_("short name (English)"), max_length=40)
    publisher = models.CharField(_("publisher"), max_length=100)
    address = models.URLField(_("address"), max_length=500)
    is_address_seen = models.BooleanField(
        _("address seen"), help_text=_("No: a probable official address that nobody has opened.")
    )
    dated = models.CharField(_("date"), max_length=60, help_text=_("As the source says it."))
    milestones = models.JSONField(
        _("days that count"), default=list, help_text=_("From when something of it applies.")
    )
    nature = models.CharField(_("legal status"), max_length=20, choices=FrameworkNature)
    confidence = models.CharField(
        _("confidence"),
        max_length=10,
        choices=Confidence,
        help_text=_("How sure we are of its numbers and titles."),
    )
    source_fr = models.TextField(_("source (French)"), blank=True)
    source_en = models.TextField(_("source (English)"), blank=True)
    note_fr = models.TextField(_("note (French)"), blank=True)
    note_en = models.TextField(_("note (English)"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"))
    content_sha256 = models.CharField(_("digest of the content"), max_length=64)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    is_in_force = models.BooleanField(
        _("in force"), default=True, help_text=_("No: a newer edition stands in its place.")
    )

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "framework_published_not_updated",
            "UPDATE",
            "A published framework never changes.",
            # That a newer edition takes its place is the one thing that may happen to it.
            "OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL "
            "OR NEW.published_at <> OLD.published_at OR NEW.content_sha256 <> OLD.content_sha256 "
            "OR (NEW.is_in_force AND NOT OLD.is_in_force) OR "
            + " OR ".join(f"NEW.{column} <> OLD.{column}" for column in SAID_OF_A_FRAMEWORK)
            + ")",
        ),
        Refusal(
            "framework_published_not_deleted",
            "DELETE",
            "A published framework is never deleted.",
            "OLD.published_at IS NOT NULL",
        ),
    )

    class Meta:
        verbose_name = _("framework")
        verbose_name_plural = _("frameworks")
        constraints = [
            models.UniqueConstraint(fields=["key", "edition_en"], name="framework_edition_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_in_force=True), name="framework_one_in_force"
            ),
            models.CheckConstraint(
                name="framework_confidence_known", condition=Q(confidence__in=Confidence.values)
            ),
            models.CheckConstraint(
                name="framework_nature_known", condition=Q(nature__in=FrameworkNature.values)
            ),
        ]

    def __str__(self) -> str:
        return self.short_en


class Requirement(Shared):
    """A place of a framework: its number, and a title in our own words, never its text."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    framework = models.ForeignKey(
        Framework, models.CASCADE, related_name="requirements", verbose_name=_("framework")
    )
    ref = models.CharField(_("reference"), max_length=40)
    parent_ref = models.CharField(_("reference of the place above"), max_length=40, blank=True)
    title_fr = models.CharField(_("title (French)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300)
    confidence = models.CharField(_("confidence"), max_length=10, choices=Confidence)
    question_ids = models.JSONField(_("questions"), default=list)
    is_heading = models.BooleanField(
        _("heading"),
        default=False,
        help_text=_("It stands over others and asks for nothing that they do not."),
    )
    position = models.PositiveSmallIntegerField(_("position"))

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = frozen_with_its_framework("requirement")

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        constraints = [
            models.UniqueConstraint(fields=["framework", "ref"], name="requirement_ref_once"),
            models.UniqueConstraint(
                fields=["framework", "position"], name="requirement_position_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.framework} {self.ref} {self.title_en}"


class CommonControl(Shared):
    """What several frameworks ask for under different numbers: how a mapping was proposed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(_("key"), max_length=20, unique=True)
    title_fr = models.CharField(_("title (French)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300)
    codes = models.JSONField(_("recommendations"), default=list)
    position = models.PositiveSmallIntegerField(_("position"))

    objects = models.Manager()

    class Meta:
        verbose_name = _("common control")
        verbose_name_plural = _("common controls")

    def __str__(self) -> str:
        return f"{self.key} {self.title_en}"


class Mapping(Shared):
    """What a recommendation is to a requirement: proposed by a file, confirmed by a person.

    The recommendation is named by its code and by the catalogue it is of, not by one edition.
    What the mapping links never changes; what is said of that does, each time with a
    :class:`MappingChange`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue_key = models.CharField(_("catalogue"), max_length=60)
    code = models.CharField(_("recommendation"), max_length=30)
    requirement = models.ForeignKey(
        Requirement, models.PROTECT, related_name="mappings", verbose_name=_("requirement")
    )
    relation = models.CharField(
        _("relation"),
        max_length=10,
        choices=MappingRelation,
        default=MappingRelation.INTERSECTS,
        help_text=_("What the recommendation is to the requirement, in this direction."),
    )
    rationale_fr = models.TextField(_("rationale (French)"), max_length=2000)
    rationale_en = models.TextField(_("rationale (English)"), max_length=2000)
    source = models.CharField(_("source"), max_length=300)
    confidence = models.CharField(_("confidence"), max_length=10, choices=Confidence)
    status = models.CharField(
        _("status"), max_length=10, choices=MappingStatus, default=MappingStatus.PROPOSED
    )
    controls = models.JSONField(_("common controls"), default=list, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "mapping_links_the_same",
            "UPDATE",
            "What a mapping links never changes: withdraw it, and add another.",
            "OLD.catalogue_key <> NEW.catalogue_key OR OLD.code <> NEW.code "
            "OR OLD.requirement_id <> NEW.requirement_id",
        ),
        Refusal("mapping_not_deleted", "DELETE", "A mapping is withdrawn, never deleted."),
    )

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["catalogue_key", "code", "requirement"],
                name="mapping_once",
                violation_error_message=_("This recommendation is mapped to it already."),
            ),
            models.CheckConstraint(
                name="mapping_relation_known", condition=Q(relation__in=MappingRelation.values)
            ),
            models.CheckConstraint(
                name="mapping_status_known", condition=Q(status__in=MappingStatus.values)
            ),
            models.CheckConstraint(
                name="mapping_says_why_and_whence",
                condition=~Q(rationale_fr="") & ~Q(rationale_en="") & ~Q(source=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {MappingRelation(self.relation).symbol} {self.requirement.ref}"

    def clean(self) -> None:
        """Refuse a text in one language only."""
        wrong: dict[str, Any] = {
            name: _("Both languages are needed.")
            for name in ("rationale_fr", "rationale_en")
            if not getattr(self, name).strip()
        }
        if wrong:
            raise ValidationError(wrong)


class MappingChange(Shared):
    """Who said what of a mapping, when and why. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mapping = models.ForeignKey(Mapping, models.PROTECT, related_name="changes")
    revision = models.PositiveIntegerField(_("revision"))
    fields = models.JSONField(_("changes"), help_text="Of each field, what it was and what it is.")
    reason = models.CharField(_("reason"), max_length=500)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
        help_text="Nobody: a file that was loaded.",
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now_add=True)

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal("mapping_change_not_changed", "UPDATE", "The history of a mapping stays."),
        Refusal("mapping_change_not_deleted", "DELETE", "The history of a mapping stays."),
    )

    class Meta:
        verbose_name = _("change of a mapping")
        verbose_name_plural = _("changes of mappings")
        constraints = [
            models.UniqueConstraint(fields=["mapping", "revision"], name="mapping_revision_once")
        ]

    def __str__(self) -> str:
        return str(self.revision)


class CrosswalkState(Shared):
    """What the loaded files say of themselves; one row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    is_only = models.BooleanField(default=True, unique=True, editable=False)
    generated_on = models.DateField(_("state of"))
    status_fr = models.TextField(_("what it is worth (French)"))
    status_en = models.TextField(_("what it is worth (English)"))
    loaded_at = models.DateTimeField(_("loaded at"), auto_now=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("state of the crosswalk")
        verbose_name_plural = _("states of the crosswalk")
        constraints = [
            models.CheckConstraint(name="crosswalk_state_is_one", condition=Q(is_only=True))
        ]

    def __str__(self) -> str:
        return f"{self.generated_on}"
