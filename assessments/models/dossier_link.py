"""Links: a dossier shown for a limited time to somebody without an account."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.tenancy import OrganisationOwned, ScopedManager
from assessments.enums import LinkState
from assessments.models.dossier import Dossier


class DossierLinkQuerySet(models.QuerySet["DossierLink"]):
    """Chainable filters of links."""

    def standing(self, on: dt.date) -> Self:
        """Links that are not revoked, nor ended on the day ``on``."""
        return self.filter(revoked_at=None, ends_on__gte=on)


DossierLinkManager = ScopedManager.from_queryset(DossierLinkQuerySet)


class DossierLink(OrganisationOwned):
    """A secret address for one person, to one issued dossier; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="links")
    name = models.CharField(_("name"), max_length=150)
    body = models.CharField(
        _("organisation"),
        max_length=150,
        help_text=_("For example a notified body, a hospital, the ANSM."),
    )
    email = models.EmailField(_("e-mail address"))
    purpose = models.CharField(
        _("purpose"), max_length=300, help_text=_("For example: surveillance audit 2026.")
    )
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    ends_on = models.DateField(_("last day"))
    with_evidence = models.BooleanField(_("with the evidence it cites"), default=True)
    with_remarks = models.BooleanField(_("may raise remarks"), default=True)
    with_comparison = models.BooleanField(
        _("with the changes since the dossier before"), default=False
    )
    token_sha256 = models.CharField(max_length=64, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = DossierLinkManager()

    named_with = ("dossier",)

    class Meta:
        verbose_name = _("link for an auditor")
        verbose_name_plural = _("links for auditors")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token_sha256"], name="dossier_link_address_once"
            ),
            models.CheckConstraint(
                name="dossier_link_revoked_iff_stamped",
                condition=Q(revoked_by=None, revoked_at=None)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="dossier_link_used_iff_stamped",
                condition=Q(uses=0, last_used_at=None) | Q(uses__gt=0, last_used_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "dossier"], name="dossier_link_by_dossier")]

    def __str__(self) -> str:
        return f"{self.name}, {self.body}"

    def get_absolute_url(self) -> str:
        """Return the page of the links of its dossier; the organisation must be loaded."""
        return reverse("assessments:dossier-links", args=[self.organisation.slug, self.dossier_id])

    @property
    def full_name(self) -> str:
        return f"{self.dossier.number}, {self}"

    def state_on(self, day: dt.date) -> LinkState:
        """Return whether it opens on the day ``day``, and if not, why."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        if self.ends_on < day:
            return LinkState.EXPIRED
        return LinkState.ACTIVE if self.uses else LinkState.UNUSED

    def has_ended(self, day: dt.date) -> bool:
        """Tell whether it does not open on the day ``day``."""
        return self.state_on(day) in (LinkState.EXPIRED, LinkState.REVOKED)
