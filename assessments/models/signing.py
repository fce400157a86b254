"""Who signs a dossier before its seal, and the time stamps that keep it alive after it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ansm_portal.accounts.models import User
from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.enums import DossierState
from assessments.models.dossier import Dossier

_OF_AN_ISSUED_ONE = (
    "EXISTS (SELECT 1 FROM assessments_dossier d "
    "WHERE d.id = OLD.dossier_id AND d.issued_at IS NOT NULL)"
)


class SignatoryQuerySet(models.QuerySet["DossierSignatory"]):
    """Filters of signatories."""

    def waiting(self) -> Self:
        """Those who neither signed nor declined, of dossiers that wait for signatures."""
        return self.filter(signed_at=None, declined_at=None, dossier__state=DossierState.SIGNING)

    def of(self, person: User) -> Self:
        """What ``person`` is asked to sign."""
        return self.filter(person=person)


SignatoryManager = ScopedManager.from_queryset(SignatoryQuerySet)


class DossierSignatory(OrganisationOwned):
    """Somebody who is to sign a dossier with a certificate of their own, before its seal.

    ``file_sha256`` is the digest of the file with the signature, which the next one covers.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="signatories")
    position = models.PositiveSmallIntegerField(editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=300)
    meaning = models.TextField(_("meaning of the signature"), max_length=1000)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    certificate_subject = models.CharField(_("certificate"), max_length=300, blank=True)
    certificate_issuer = models.CharField(_("issued by"), max_length=300, blank=True)
    certificate_sha256 = models.CharField(max_length=64, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)
    decline_reason = models.TextField(_("why not"), max_length=2000, blank=True)

    objects = SignatoryManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "signatory_issued_not_changed",
            "UPDATE",
            "Who signed an issued dossier never changes.",
            f"{_OF_AN_ISSUED_ONE} AND (OLD.certificate_sha256 <> NEW.certificate_sha256 "
            "OR OLD.file_sha256 <> NEW.file_sha256 OR OLD.name <> NEW.name "
            "OR OLD.meaning <> NEW.meaning OR OLD.decline_reason <> NEW.decline_reason "
            "OR OLD.person_id <> NEW.person_id OR OLD.dossier_id <> NEW.dossier_id "
            "OR OLD.position <> NEW.position)",
        ),
        Refusal(
            "signatory_issued_not_deleted",
            "DELETE",
            "Who signed an issued dossier never changes.",
            _OF_AN_ISSUED_ONE,
        ),
    )

    class Meta:
        verbose_name = _("signatory of a dossier")
        verbose_name_plural = _("signatories of dossiers")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "dossier", "person"], name="signatory_person_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "dossier", "position"], name="signatory_field_once"
            ),
            models.CheckConstraint(
                name="signatory_signed_iff_complete",
                condition=Q(signed_at=None, certificate_sha256="", file_sha256="")
                | (
                    Q(signed_at__isnull=False)
                    & ~Q(certificate_sha256="")
                    & ~Q(file_sha256="")
                    & ~Q(certificate_subject="")
                ),
            ),
            models.CheckConstraint(
                name="signatory_declined_with_a_reason",
                condition=Q(declined_at=None, decline_reason="")
                | (Q(declined_at__isnull=False, signed_at=None) & ~Q(decline_reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "person", "signed_at"], name="signatory_waiting")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_waited_for(self) -> bool:
        """Tell whether the person neither signed nor declined."""
        return self.signed_at is None and self.declined_at is None


class RevisionQuerySet(models.QuerySet["DossierRevision"]):
    """Filters of revisions."""

    def with_digest(self, sha256: str) -> Self:
        """The revision whose file has this digest, if it is one of ours."""
        return self.filter(file_sha256=sha256).select_related("dossier")


RevisionManager = ScopedManager.from_queryset(RevisionQuerySet)


class DossierRevision(OrganisationOwned):
    """An issued dossier with a further time stamp at its end; the dossier is a prefix of it.

    ``number`` counts from 1; the file that was issued has none and stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=200)
    file_sha256 = models.CharField(_("digest of the file"), max_length=64)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    stamped_at = models.DateTimeField(_("stamped at"))
    authority = models.CharField(_("time-stamping authority"), max_length=300)
    ends_on = models.DateField(
        _("ends on"), help_text=_("Until when its time stamp can be relied on.")
    )

    objects = RevisionManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal(
            "revision_not_changed",
            "UPDATE",
            "A revision of a dossier never changes.",
            "OLD.file_sha256 <> NEW.file_sha256 OR OLD.file <> NEW.file "
            "OR OLD.number <> NEW.number OR OLD.size_bytes <> NEW.size_bytes "
            "OR OLD.stamped_at <> NEW.stamped_at OR OLD.authority <> NEW.authority "
            "OR OLD.ends_on <> NEW.ends_on OR OLD.dossier_id <> NEW.dossier_id",
        ),
        Refusal("revision_not_deleted", "DELETE", "A revision of a dossier is never deleted."),
    )

    class Meta:
        verbose_name = _("revision of a dossier")
        verbose_name_plural = _("revisions of dossiers")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "dossier", "number"], name="revision_number_once"
            ),
            models.CheckConstraint(
                name="revision_complete",
                condition=Q(number__gt=0, size_bytes__gt=0) & ~Q(file="") & ~Q(file_sha256=""),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "file_sha256"], name="revision_by_digest")]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.number}"
