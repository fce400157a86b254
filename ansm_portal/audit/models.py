"""The journal: append only, chained by SHA-256 within each organisation."""

from __future__ import annotations

from typing import Any, ClassVar, Never

import rfc8785
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from ansm_portal.accounts.models import Organisation
from ansm_portal.audit.chain import GENESIS, link
from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import OrganisationOwned, ScopedManager


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Events are read; they are never changed."""

    def update(self, **kwargs: Any) -> Never:
        raise TypeError("Audit events are never changed.")

    def delete(self) -> Never:
        raise TypeError("Audit events are never deleted.")


AuditEventManager = ScopedManager.from_queryset(AuditEventQuerySet)


class AuditEvent(OrganisationOwned):
    """One thing one person did, or the portal itself when there is no actor."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.PositiveBigIntegerField(_("number"))
    happened_at = models.DateTimeField(_("instant"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    verb = models.CharField(_("event"), max_length=60)
    target = models.CharField(_("about"), max_length=120)
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEventManager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal("audit_event_not_updated", "UPDATE", "Audit events are never changed."),
        Refusal("audit_event_not_deleted", "DELETE", "Audit events are never deleted."),
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("journal")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sequence"], name="audit_event_number_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "target", "sequence"], name="audit_event_target")
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb} {self.target}"

    def save(self, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Audit events are never changed.")
        super().save(**kwargs)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> Never:  # noqa: FBT001, FBT002 -- Django's signature
        raise TypeError("Audit events are never deleted.")

    def computed_hash(self) -> str:
        """Return the hash that this event must have, from what it says."""
        return link(
            rfc8785.dumps(
                {
                    "organisation": str(self.organisation_id),
                    "sequence": self.sequence,
                    "happened_at": self.happened_at.isoformat(timespec="microseconds"),
                    "actor": str(self.actor_id) if self.actor_id else None,
                    "verb": self.verb,
                    "target": self.target,
                    "data": self.data,
                    "previous": self.previous_hash,
                }
            )
        )


class JournalHead(OrganisationOwned):
    """The end of an organisation's chain; locking it puts writers in line."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="+", editable=False
    )
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    objects = ScopedManager()

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"
