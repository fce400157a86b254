"""Dossiers of many assessments at once: what would be made, asking for them, stopping them."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Avg, ExpressionWrapper, F, Sum, fields
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import DossierState, EvidenceKind, ReviewState
from assessments.extent import Extent
from assessments.models import Assessment, Dossier, DossierBatch, Evidence, PhaseReview
from assessments.models.dossier import IN_PROGRESS
from assessments.services.dossier import cancel, request_dossier
from assessments.services.wishing import WHOLE, DossierRefused

USUAL_SECONDS: Final = 15  # of a dossier, until one was made here
_LAST: Final = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """An assessment that a dossier can be issued of; ``unsigned`` says why it is provisional."""

    assessment: Assessment
    unsigned: tuple[PhaseReview, ...]
    being_made: str

    @property
    def is_provisional(self) -> bool:
        """Tell whether a dossier of it would be a provisional copy."""
        return bool(self.unsigned)

    def within(self, extent: Extent) -> Candidate:
        """Return it as a dossier of ``extent`` sees it: phases that are left out are not asked."""
        told = tuple(review for review in self.unsigned if extent.tells_of(review.phase))
        return replace(self, unsigned=told)


def candidates(organisation: Organisation, *, language: str = "") -> list[Candidate]:
    """Return the current assessment of each device, by the name of the device."""
    making: dict[UUID, str] = {}
    for dossier in Dossier.objects.filter(
        organisation=organisation, state__in=IN_PROGRESS, language=language
    ).only("assessment_id", "year", "serial"):
        making[dossier.assessment_id] = dossier.number
    rows = (
        Assessment.objects.filter(organisation=organisation, is_current=True)
        .select_related("device", "version")
        .prefetch_related("phase_reviews")
        .order_by("device__name", "pk")
    )
    return [
        Candidate(
            row,
            tuple(
                review
                for review in sorted(row.phase_reviews.all(), key=lambda review: review.position)
                if review.state != ReviewState.SIGNED
            ),
            making.get(row.pk, ""),
        )
        for row in rows
    ]


def processes() -> int:
    """Return how many dossiers are made at the same time."""
    return int(settings.WORKERS or os.cpu_count() or 1)


def minutes(organisation: Organisation, count: int) -> int:
    """Return about how many minutes ``count`` dossiers take, from those that were made last."""
    took = ExpressionWrapper(F("heard_at") - F("started_at"), output_field=fields.DurationField())
    last = (
        Dossier.objects.filter(organisation=organisation, heard_at__isnull=False)
        .exclude(issued_at=None)
        .order_by("-requested_at")
        .values("heard_at", "started_at")[:_LAST]
    )
    mean: dt.timedelta | None = last.aggregate(mean=Avg(took))["mean"]
    seconds = mean.total_seconds() if mean else USUAL_SECONDS
    return math.ceil(seconds * math.ceil(count / processes()) / 60)


@dataclass(frozen=True, slots=True)
class Enclosable:
    """The evidence files that a dossier of an assessment would carry."""

    files: int
    size_bytes: int


def enclosable(assessment: Assessment) -> Enclosable:
    """Return how many files the answers of an assessment cite, and how large they are."""
    cited = Evidence.objects.filter(
        kind=EvidenceKind.FILE, links__answer__assessment=assessment
    ).distinct()
    found = Evidence.objects.filter(pk__in=cited.values("pk")).aggregate(size=Sum("size_bytes"))
    return Enclosable(cited.count(), found["size"] or 0)


@transaction.atomic
def request_batch(
    assessments: Iterable[Assessment],
    *,
    organisation: Organisation,
    language: str,
    with_evidence: bool,
    actor: User,
    extent: Extent = WHOLE,
) -> tuple[DossierBatch, list[str]]:
    """Ask for a dossier of each assessment; return also what is being made already.

    Raises:
        DossierRefused: there is none, or all are being made already.
    """
    batch = DossierBatch.objects.create(
        organisation=organisation,
        language=language,
        with_evidence=with_evidence,
        requested_by=actor,
    )
    made: list[Dossier] = []
    refused: list[str] = []
    for assessment in assessments:
        try:
            with transaction.atomic():
                made.append(
                    request_dossier(
                        assessment,
                        language=language,
                        actor=actor,
                        extent=extent,
                        with_evidence=with_evidence,
                        batch=batch,
                    )
                )
        except DossierRefused as refusal:
            refused.append(str(refusal))
    if not made:
        raise DossierRefused(refused[0] if refused else _("Choose at least one assessment."))
    record(
        "dossier.batch",
        batch,
        actor=actor,
        organisation_id=organisation.pk,
        numbers=[dossier.number for dossier in made],
        language=language,
    )
    return batch, refused


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is."""

    total: int
    ended: int
    issued: int
    percent: int

    @property
    def is_over(self) -> bool:
        """Tell whether nothing of it waits or is being made."""
        return self.ended == self.total


def standing(dossiers: Sequence[Dossier]) -> Standing:
    """Return how far a batch is, from its dossiers."""
    ended = [dossier for dossier in dossiers if not dossier.is_in_progress]
    shares = sum(100 if each in ended else each.progress_percent for each in dossiers)
    return Standing(
        len(dossiers),
        len(ended),
        sum(dossier.issued_at is not None for dossier in dossiers),
        shares // max(1, len(dossiers)),
    )


def cancel_batch(batch: DossierBatch, *, actor: User, manages: bool) -> int:
    """Cancel what waits or is being made; return how many. What is issued stays.

    Raises:
        DossierRefused: somebody else asked for it.
    """
    if batch.requested_by_id != actor.pk and not manages:
        raise DossierRefused(_("Only who asked for a dossier, or a manager, can cancel it."))
    waiting = batch.dossiers.filter(state__in=IN_PROGRESS)
    # Those that wait come first: a worker that is freed must not take the next of them.
    ordered = sorted(waiting, key=lambda dossier: dossier.state != DossierState.QUEUED)
    cancelled = 0
    for dossier in ordered:
        try:
            cancel(dossier.pk, actor=actor, manages=True)
        except PortalError:
            continue  # it ended meanwhile
        cancelled += 1
    return cancelled
