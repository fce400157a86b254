"""Remarks on answers and on dossiers, and what is said about them."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal, differs
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.enums import RemarkKind, RemarkState
from assessments.models.assessment import Answer
from assessments.models.dossier import Dossier
from assessments.models.dossier_link import DossierLink

# Where an assessment moves to another edition, its remarks follow to the answer that took over.
_OF_ANSWER = (
    "COALESCE((SELECT CAST(a.assessment_id AS TEXT) FROM assessments_answer a "
    "WHERE a.id = {}.answer_id), '')"
)


class Remark(OrganisationOwned):
    """What a reviewer or an auditor raises; talked over, then closed by whoever raised it.

    A reviewer raises it on an answer. An auditor reads a ``dossier``, and raises it on the answer
    there is today to one of its recommendations, or on the dossier as a whole: signed in
    (``raised_by``), or through a link (``raised_through``) and then under ``raiser_name``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    answer = models.ForeignKey(
        Answer, models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=RemarkKind)
    text = models.TextField(
        _("remark"), max_length=4000, help_text=_("What is missing, and where you looked.")
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    raised_through = models.ForeignKey(
        DossierLink, models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    raiser_name = models.CharField(_("name of the auditor"), max_length=300, blank=True)
    raised_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    is_blocking = models.GeneratedField(
        expression=Case(
            When(kind__in=["minor", "major"], closed_at=None, then=Value(True)),  # noqa: FBT003 -- an SQL literal
            default=Value(False),  # noqa: FBT003 -- an SQL literal
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = ScopedManager()

    named_with = ("answer__assessment__version__device", "dossier")

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "remark_origin_not_changed",
            "UPDATE",
            "What a remark says, and whose it is, never changes.",
            "OLD.text <> NEW.text OR OLD.raised_at <> NEW.raised_at "
            f"OR OLD.raiser_name <> NEW.raiser_name OR {differs('raised_by_id')} "
            f"OR {differs('raised_through_id')} OR {differs('dossier_id')} "
            f"OR {_OF_ANSWER.format('OLD')} <> {_OF_ANSWER.format('NEW')}",
        ),
    )

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        constraints = [
            models.CheckConstraint(
                name="remark_is_about_something",
                condition=Q(answer__isnull=False) | Q(dossier__isnull=False),
            ),
            models.CheckConstraint(
                name="remark_raised_by_somebody",
                condition=Q(raised_by__isnull=False, raised_through=None, raiser_name="")
                | (
                    Q(raised_by=None, raised_through__isnull=False, dossier__isnull=False)
                    & ~Q(raiser_name="")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "answer"], name="remark_by_answer"),
            models.Index(fields=["organisation", "closed_at", "answer"], name="remark_open"),
            models.Index(fields=["organisation", "dossier"], name="remark_by_dossier"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def get_absolute_url(self) -> str:
        """Return the page of the answer, or of what auditors raised on a dossier.

        The organisation must be loaded. Auditors with an account reach the latter only.
        """
        slug = self.organisation.slug
        if self.dossier_id:
            page = reverse("assessments:dossier-remarks", args=[slug, self.dossier_id])
            return f"{page}#remark-{self.pk}"
        return reverse("assessments:answer-edit", args=[slug, self.answer_id])

    @property
    def full_name(self) -> str:
        if self.answer is not None:
            return self.answer.full_name
        return str(self.dossier)

    @property
    def code(self) -> str:
        """The code of the recommendation; empty when it is about a dossier as a whole."""
        return self.answer.code if self.answer else ""

    @property
    def raiser(self) -> str:
        """Who raised it, as people read it; the person must be loaded."""
        return self.raiser_name or str(self.raised_by)

    def state_after(self, last_author_id: UUID | None) -> RemarkState:
        """Return its state when ``last_author_id`` wrote last in its thread, or nobody did."""
        if self.closed_at is not None:
            return RemarkState.CLOSED
        answered = last_author_id not in {None, self.raised_by_id}
        return RemarkState.ANSWERED if answered else RemarkState.OPEN


class RemarkMessage(OrganisationOwned):
    """One message in the thread of a remark. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    remark = models.ForeignKey(Remark, models.PROTECT, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    through = models.ForeignKey(
        DossierLink, models.PROTECT, null=True, blank=True, related_name="+"
    )
    author_name = models.CharField(max_length=300, blank=True)
    text = models.TextField(_("message"), max_length=4000)
    sent_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "remark_message_not_changed",
            "UPDATE",
            "A message is never changed.",
            f"OLD.text <> NEW.text OR {differs('author_id')} OR {differs('through_id')} "
            "OR OLD.author_name <> NEW.author_name OR OLD.remark_id <> NEW.remark_id "
            "OR OLD.sent_at <> NEW.sent_at",
        ),
        Refusal("remark_message_not_deleted", "DELETE", "A message is never deleted."),
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                name="remark_message_by_somebody",
                condition=Q(author__isnull=False, through=None, author_name="")
                | (Q(author=None, through__isnull=False) & ~Q(author_name="")),
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "remark", "sent_at"], name="remark_message_order")
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def writer(self) -> str:
        """Who wrote it, as people read it; the person must be loaded."""
        return self.author_name or str(self.author)
