"""An assessment and its answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar, Final, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import M, OrganisationOwned, ScopedManager
from assessments.enums import AnswerState, Verdict
from assessments.models.catalogue import Catalogue, Recommendation
from devices.enums import Fact, LifecyclePhase
from devices.models import Device, DeviceVersion

JUSTIFICATION_MAX_LENGTH = 20_000

NO_DUE_DAY: Final = dt.date(9998, 1, 1)  # the turn of what has to be done on no day
NOTHING_TO_DO: Final = dt.date(9999, 1, 1)  # the turn of what leaves nothing to do

_LEAVES_SOMETHING_TO_DO: Final = {
    "is_applicable": True,
    "verdict__in": ["not_assessed", "partly_followed", "not_followed"],
}


class Assessment(OrganisationOwned):
    """One device version against one catalogue edition."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(Device, models.PROTECT, related_name="assessments")
    version = models.ForeignKey(
        DeviceVersion, models.PROTECT, related_name="assessments", verbose_name=_("version")
    )
    catalogue = models.ForeignKey(
        Catalogue, models.PROTECT, related_name="+", verbose_name=_("catalogue edition")
    )
    is_current = models.BooleanField(
        default=True,
        help_text="The newest assessment of the newest assessed version of the device.",
    )
    started_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The earlier assessment whose answers were carried over.",
    )
    beside = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="own_requirements",
        help_text="The assessment by the ANSM's edition that requirements of one's own go with.",
    )
    leaves_out_inferred = models.BooleanField(
        _("leaves inferred recommendations out"), default=False
    )
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)

    objects = ScopedManager()

    refusals: ClassVar[tuple[Refusal, ...]] = tuple(
        Refusal(
            f"assessment_by_an_edition_in_sight_{operation.lower()}",
            operation,
            "The requirements of another organisation are not in sight.",
            "EXISTS (SELECT 1 FROM assessments_catalogue c WHERE c.id = NEW.catalogue_id "
            "AND c.owner_id <> NEW.organisation_id)",
        )
        for operation in ("INSERT", "UPDATE")
    )

    named_with = ("version__device",)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version", "catalogue"],
                name="assessment_once_per_version_and_edition",
                violation_error_message=_("This version is assessed against this edition already."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "device"],
                condition=Q(is_current=True),
                name="assessment_one_current_per_device",
            ),
            models.CheckConstraint(
                name="assessment_beside_another_is_not_current",
                condition=Q(beside=None) | Q(is_current=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} / {self.catalogue_id}"

    def get_absolute_url(self) -> str:
        """Return the page of the assessment; the organisation must be loaded."""
        return reverse("assessments:assessment-detail", args=[self.organisation.slug, self.pk])

    @property
    def full_name(self) -> str:
        return self.version.full_name


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Chainable filters of answers."""

    def of_phase(self, assessment: Assessment, phase: LifecyclePhase | str) -> Self:
        """Answers of one phase of ``assessment``, in the order of the catalogue."""
        return self.filter(
            organisation_id=assessment.organisation_id, assessment=assessment, phase=phase
        ).order_by("position")

    def repeating(self, sources: Iterable[UUID], *, organisation_id: UUID) -> Self:
        """Answers that repeat one of ``sources``; their index begins with the organisation."""
        return self.filter(organisation_id=organisation_id, inherited_from__in=list(sources))

    def applicable(self) -> Self:
        """Answers to recommendations that apply to the version."""
        return self.filter(is_applicable=True)

    def answered(self) -> Self:
        """Answers with a verdict."""
        return self.filter(is_applicable=True).exclude(verdict=Verdict.NOT_ASSESSED)

    def to_the_same(self, answer: Answer) -> Self:
        """Other answers to the recommendation of ``answer``, in whatever edition."""
        same = Recommendation.objects.filter(code=answer.code)
        return self.filter(recommendation__in=same.values("pk")).exclude(pk=answer.pk)

    def awaiting_confirmation(self) -> Self:
        """Answers that were carried over and not confirmed yet, with what they came from."""
        return self.filter(is_applicable=True, to_confirm=True).select_related(
            "recommendation",
            "assessment__version",
            "carried_from__recommendation",
            "carried_from__assessment__version",
        )

    def with_neighbours(self) -> Self:
        """Annotate ``previous_id`` and ``following_id``, applicable answers in catalogue order."""
        others = Answer.objects.applicable().filter(
            organisation_id=OuterRef("organisation_id"), assessment_id=OuterRef("assessment_id")
        )
        before = others.filter(position__lt=OuterRef("position")).order_by("-position")
        after = others.filter(position__gt=OuterRef("position")).order_by("position")
        return self.annotate(
            previous_id=Subquery(before.values("pk")[:1]),
            following_id=Subquery(after.values("pk")[:1]),
        )


class StandingManager(ScopedManager[M]):
    """Leave out answers whose entry has no place in the edition of the assessment any more."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(left_by=None)


AnswerManager = StandingManager.from_queryset(AnswerQuerySet)
FormerToo = ScopedManager.from_queryset(AnswerQuerySet)


class Answer(OrganisationOwned):
    """The position on one recommendation: verdict, justification, owner, due day, evidence.

    Code, phase and position are copies of the recommendation's, which never change.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="answers")
    # Its own index would lead through the answers of every organisation; SQLite falls for it.
    recommendation = models.ForeignKey(
        Recommendation, models.PROTECT, related_name="+", db_index=False
    )
    device = models.ForeignKey(Device, models.PROTECT, related_name="+")
    code = models.CharField(max_length=30)
    phase = models.CharField(max_length=20, choices=LifecyclePhase)
    position = models.PositiveSmallIntegerField()

    is_applicable = models.BooleanField(_("applies"), default=True)
    is_set_aside = models.BooleanField(
        default=False,
        help_text="Left out because the assessment leaves inferred recommendations out.",
    )
    missing_facts = models.JSONField(
        default=list,
        help_text="Facts the recommendation applies to and the profile lacks; empty: it applies.",
    )
    inclusion_reason = models.TextField(
        _("why it is included all the same"), max_length=2000, blank=True
    )
    included_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    verdict = models.CharField(
        _("verdict"), max_length=20, choices=Verdict, default=Verdict.NOT_ASSESSED
    )
    justification = models.TextField(
        _("justification"), max_length=JUSTIFICATION_MAX_LENGTH, blank=True
    )
    justification_html = models.TextField(blank=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    due_on = models.DateField(_("due day"), null=True, blank=True)
    evidence_count = models.PositiveIntegerField(default=0, editable=False)

    carried_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The answer of an earlier version that this one started from.",
    )
    to_confirm = models.BooleanField(
        _("to be confirmed"), default=False, help_text=_("Carried over, and not confirmed yet.")
    )
    inherited_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="heirs",
        help_text="The platform's answer, which this one repeats unless it has its own reason.",
    )
    override_reason = models.TextField(
        _("why it differs from the platform"), max_length=2000, blank=True
    )

    state = models.CharField(
        _("state"), max_length=10, choices=AnswerState, default=AnswerState.OPEN
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    reopened_reason = models.TextField(_("why it was reopened"), max_length=2000, blank=True)
    left_by = models.ForeignKey(
        "assessments.EditionMove",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="former",
        help_text="The move to an edition without its entry; it is kept to be read.",
    )
    revision = models.PositiveIntegerField(default=1, editable=False)
    is_gap = models.GeneratedField(
        expression=Case(
            When(**_LEAVES_SOMETHING_TO_DO, then=Value(True)),  # noqa: FBT003 -- an SQL literal
            default=Value(False),  # noqa: FBT003 -- an SQL literal
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    turn = models.GeneratedField(
        expression=Case(
            When(**_LEAVES_SOMETHING_TO_DO, then=Coalesce("due_on", Value(NO_DUE_DAY))),
            default=Value(NOTHING_TO_DO),
        ),
        output_field=models.DateField(),
        db_persist=True,
        help_text="When it is due: lists show what is late first, and last what leaves nothing "
        "to do. Never empty, so that an index gives that order on every database.",
    )

    objects = AnswerManager()
    with_former = FormerToo()

    named_with = ("assessment__version__device",)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "assessment", "recommendation"],
                name="answer_once_per_recommendation",
            ),
            models.CheckConstraint(
                name="answer_accepted_iff_stamped",
                condition=Q(state="accepted", accepted_by__isnull=False, accepted_at__isnull=False)
                | (~Q(state="accepted") & Q(accepted_by=None, accepted_at=None)),
            ),
            models.CheckConstraint(
                name="answer_submitted_has_a_verdict",
                condition=Q(state="open") | (Q(is_applicable=True) & ~Q(verdict="not_assessed")),
            ),
            models.CheckConstraint(
                name="answer_submitted_is_justified",
                condition=Q(state="open") | Q(verdict="followed") | ~Q(justification=""),
            ),
            models.CheckConstraint(
                name="answer_followed_has_evidence_or_reason",
                condition=Q(state="open")
                | ~Q(verdict="followed")
                | Q(evidence_count__gt=0)
                | ~Q(justification=""),
            ),
            models.CheckConstraint(
                name="answer_verdict_has_an_author",
                condition=Q(verdict="not_assessed", justification="")
                | Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="answer_submitted_is_confirmed",
                condition=Q(state="open") | Q(to_confirm=False),
            ),
            models.CheckConstraint(
                name="answer_overrides_what_it_inherits",
                condition=Q(override_reason="") | Q(inherited_from__isnull=False),
            ),
            models.CheckConstraint(
                name="answer_included_with_a_reason",
                condition=Q(inclusion_reason="", included_by=None)
                | (~Q(inclusion_reason="") & Q(included_by__isnull=False, is_applicable=True)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "assessment", "phase", "position"], name="answer_in_order"
            ),
            models.Index(
                fields=["organisation", "turn", "assessment", "position"], name="answer_by_turn"
            ),
            models.Index(
                fields=["organisation", "owner", "turn", "assessment", "position"],
                name="answer_by_owner_and_turn",
            ),
            # Most answers inherit nothing: among the others, SQLite sees that an index helps.
            models.Index(
                fields=["organisation", "inherited_from"],
                condition=Q(inherited_from__isnull=False),
                name="answer_heirs",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """Return the page of the answer; the organisation must be loaded."""
        return reverse("assessments:answer-edit", args=[self.organisation.slug, self.pk])

    @property
    def full_name(self) -> str:
        return f"{self.code}, {self.assessment.full_name}"

    @property
    def is_inherited(self) -> bool:
        """Whether it repeats the platform's answer, and changes with it."""
        return self.inherited_from_id is not None and not self.override_reason

    @property
    def lacking(self) -> list[str]:
        """The facts the profile lacks, in the language of the page."""
        return [str(Fact(key).label) for key in self.missing_facts]


class Authorship(OrganisationOwned):
    """Somebody had a hand in what an answer says, and so cannot accept it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="authorships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "answer", "user"], name="authorship_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} / {self.answer_id}"
