"""What surrounds an answer while people work on it: drafts, who looks, filters, search, bulk."""

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
from assessments.enums import BulkKind, Verdict
from assessments.models.assessment import JUSTIFICATION_MAX_LENGTH, Answer, Assessment


class AnswerDraft(OrganisationOwned):
    """What a person typed and has not saved yet. Seen by that person alone, and no event.

    ``revision`` is the one the person read. Saving the answer, or discarding, removes the draft.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    verdict = models.CharField(max_length=20, choices=Verdict)
    justification = models.TextField(max_length=JUSTIFICATION_MAX_LENGTH, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    override_reason = models.TextField(max_length=2000, blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "answer", "author"], name="draft_once_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer_id} / {self.author_id}"


class AnswerPresence(OrganisationOwned):
    """A person has the answer open; the row is renewed while they do."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "answer", "user"], name="presence_once_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} / {self.answer_id}"


class SavedFilter(OrganisationOwned):
    """A filter of answers under a name: of one person, or shared with the organisation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=2000, help_text="The filter as in an address, ordered.")
    is_shared = models.BooleanField(_("shared with the organisation"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "owner", "name"],
                name="filter_name_once_per_person",
                violation_error_message=_("You have a filter of that name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the list of answers, narrowed so; the organisation must be loaded."""
        address = reverse("assessments:answer-list", args=[self.organisation.slug])
        return f"{address}?{self.query or 'q='}"


class SearchEntry(OrganisationOwned):
    """The words of one answer, for the full-text index (:mod:`assessments.search`).

    Rewritten in the transaction that changes what the answer says or cites. The key is a number
    because the full-text table of SQLite knows its rows by one; no address names it.
    """

    id = models.BigAutoField(primary_key=True)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="+")
    words = models.TextField()

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "answer"], name="search_entry_once_per_answer"
            )
        ]

    def __str__(self) -> str:
        return str(self.answer_id)


class BulkChange(OrganisationOwned):
    """One change of many answers, kept so that it can be undone as one step.

    ``changes`` lists, for each answer, its key, the revision the change gave it, and what each
    field was and became: ``[{"answer": "…", "code": "…", "revision": 3, "fields": {"verdict":
    ["not_assessed", "followed"]}}]``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=BulkKind)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    changes = models.JSONField(default=list)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "bulk_change_not_rewritten",
            "UPDATE",
            "What a bulk change did is never rewritten.",
            "OLD.kind <> NEW.kind OR OLD.made_by_id <> NEW.made_by_id OR OLD.undone_at IS NOT NULL",
        ),
    )

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        constraints = [
            models.CheckConstraint(
                name="bulk_change_undone_iff_stamped",
                condition=Q(undone_by=None, undone_at=None)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "made_by", "made_at"], name="bulk_change_by_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """Return the page of what was changed; the organisation must be loaded."""
        return reverse("assessments:bulk-detail", args=[self.organisation.slug, self.pk])


class BulkEntry(OrganisationOwned):
    """An answer took part in a bulk change; its history finds the change by this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    change = models.ForeignKey(BulkChange, models.PROTECT, related_name="entries")
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="bulk_entries")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "answer", "change"], name="bulk_entry_once_per_answer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.change_id} / {self.answer_id}"


class SheetImport(OrganisationOwned):
    """A spreadsheet that comes back: read, shown row by row, written when confirmed.

    ``rows`` holds the outcome of each row, as the dry run found it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        READING = "reading", _("being read")
        READY = "ready", _("to be confirmed")
        WRITING = "writing", _("being written")
        DONE = "done", _("written")
        FAILED = "failed", _("could not be read")
        DISCARDED = "discarded", _("discarded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="sheet_imports")
    file = models.FileField(max_length=300)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    failure = models.TextField(max_length=2000, blank=True)
    rows = models.JSONField(default=list)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    named_with = ("assessment__version__device",)

    class Meta:
        verbose_name = _("spreadsheet import")
        verbose_name_plural = _("spreadsheet imports")
        indexes = [
            models.Index(
                fields=["organisation", "assessment", "uploaded_at"], name="sheet_import_newest"
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        """Return the page of the import; the organisation must be loaded."""
        return reverse("assessments:sheet-detail", args=[self.organisation.slug, self.pk])

    @property
    def full_name(self) -> str:
        return f"{self.file_name}, {self.assessment.full_name}"

    @property
    def is_in_progress(self) -> bool:
        """Tell whether the worker still has something to do with it."""
        return self.state in {self.State.QUEUED, self.State.READING, self.State.WRITING}
