"""What became of the entries of one edition in the next, and who changed what in editions."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import rfc8785
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ansm_portal.audit.chain import GENESIS, link
from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import Refusal
from ansm_portal.tenancy import Shared
from assessments.enums import SuccessionKind
from assessments.models.catalogue import Catalogue, Recommendation, frozen_with_its_edition

_OF_ENTRY: Final = "(SELECT catalogue_id FROM assessments_recommendation r WHERE r.id = NEW.{})"
_OLDER: Final = "(SELECT based_on_id FROM assessments_catalogue c WHERE c.id = NEW.catalogue_id)"


def _of_the_older_edition(table: str) -> tuple[Refusal, ...]:
    """Refuse a predecessor that is not an entry of the edition that this one is based on."""
    older = _OF_ENTRY.format("predecessor_id")
    return tuple(
        Refusal(
            f"{table}_from_the_older_edition_{operation.lower()}",
            operation,
            "What is followed is an entry of the edition that this one is based on.",
            f"{_OLDER} IS NULL OR {older} <> {_OLDER}",
        )
        for operation in ("INSERT", "UPDATE")
    )


class Succession(Shared):
    """An entry of an edition takes the place of one of the edition before.

    One entry with several successors was split; one with several predecessors was merged.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue = models.ForeignKey(Catalogue, models.CASCADE, related_name="successions")
    predecessor = models.ForeignKey(Recommendation, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Recommendation, models.CASCADE, related_name="predecessions")
    kind = models.CharField(
        _("what became of it"),
        max_length=10,
        choices=SuccessionKind,
        default=SuccessionKind.UNCHANGED,
        help_text="Follows from the links and the texts; said again after each change.",
    )

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        *frozen_with_its_edition("succession"),
        *_of_the_older_edition("succession"),
        *(
            Refusal(
                f"succession_within_its_edition_{operation.lower()}",
                operation,
                "What follows is an entry of the edition itself.",
                f"{_OF_ENTRY.format('successor_id')} <> NEW.catalogue_id",
            )
            for operation in ("INSERT", "UPDATE")
        ),
        Refusal(
            "succession_not_of_a_retired_entry",
            "INSERT",
            "An entry is followed or retired, not both.",
            "EXISTS (SELECT 1 FROM assessments_retirement x WHERE x.catalogue_id = "
            "NEW.catalogue_id AND x.predecessor_id = NEW.predecessor_id)",
        ),
    )

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once")
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class Retirement(Shared):
    """An entry of the edition before has no successor in this one, for a reason."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue = models.ForeignKey(Catalogue, models.CASCADE, related_name="retirements")
    predecessor = models.ForeignKey(Recommendation, models.PROTECT, related_name="retirements")
    reason_fr = models.TextField(_("reason (French)"), max_length=2000)
    reason_en = models.TextField(_("reason (English)"), max_length=2000)

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        *frozen_with_its_edition("retirement"),
        *_of_the_older_edition("retirement"),
        Refusal(
            "retirement_not_of_a_followed_entry",
            "INSERT",
            "An entry is followed or retired, not both.",
            "EXISTS (SELECT 1 FROM assessments_succession s WHERE s.catalogue_id = "
            "NEW.catalogue_id AND s.predecessor_id = NEW.predecessor_id)",
        ),
    )

    class Meta:
        verbose_name = _("retirement")
        verbose_name_plural = _("retirements")
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "predecessor"], name="retirement_once"),
            models.CheckConstraint(
                name="retirement_has_its_reasons",
                condition=~Q(reason_fr="") & ~Q(reason_en=""),
                violation_error_message=_("Say why in French and in English."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} ×"


class CatalogueEvent(Shared):
    """One change of the shared catalogue: append only, one chain over all editions.

    What an organisation does with requirements of its own is in the journal of the organisation.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.PositiveBigIntegerField(_("number"), unique=True)
    happened_at = models.DateTimeField(_("instant"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    verb = models.CharField(_("event"), max_length=60)
    edition = models.CharField(_("edition"), max_length=101)
    code = models.CharField(_("entry"), max_length=30, blank=True)
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = models.Manager()

    refusals: ClassVar[tuple[Refusal, ...]] = (
        Refusal("catalogue_event_not_updated", "UPDATE", "Events are never changed."),
        Refusal("catalogue_event_not_deleted", "DELETE", "Events are never deleted."),
    )

    class Meta:
        verbose_name = _("change of the catalogue")
        verbose_name_plural = _("changes of the catalogue")
        indexes = [
            models.Index(fields=["edition", "code", "sequence"], name="catalogue_event_of_edition")
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb} {self.edition} {self.code}".rstrip()

    def computed_hash(self) -> str:
        """Return the hash that this event must have, from what it says."""
        said: dict[str, Any] = {
            "sequence": self.sequence,
            "happened_at": self.happened_at.isoformat(timespec="microseconds"),
            "actor": str(self.actor_id) if self.actor_id else None,
            "verb": self.verb,
            "edition": self.edition,
            "code": self.code,
            "data": self.data,
            "previous": self.previous_hash,
        }
        return link(rfc8785.dumps(said))


class CatalogueJournal(Shared):
    """The end of the chain of the catalogue, one row; locking it puts writers in line."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="catalogue_journal_is_one", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"
