"""Which dossiers of a device there are to compare, and what changed between two of them."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet

from assessments.dossier.changed import Changes
from assessments.dossier.changes import changes_between
from assessments.enums import DossierState
from assessments.models import Assessment, Dossier

MOST_OTHERS: Final = 100  # dossiers to choose from


def issued_of(assessment: Assessment) -> QuerySet[Dossier]:
    """Return the dossiers that were issued of the device, the newest first, without records."""
    return (
        Dossier.objects.filter(assessment__device=assessment.device_id, issued_at__isnull=False)
        .select_related("assessment__version__device", "organisation")
        .defer("snapshot")
        .order_by("-issued_at")
    )


def others_of(dossier: Dossier) -> list[Dossier]:
    """Return what ``dossier`` can be compared with."""
    return list(issued_of(dossier.assessment).exclude(pk=dossier.pk)[:MOST_OTHERS])


def before(dossier: Dossier) -> Dossier | None:
    """Return the dossier before an issued one: the one it compares itself with, or the last."""
    if dossier.compared_with_id:
        return dossier.compared_with
    return _last(dossier.assessment, dossier.language, before=dossier)


def last_issued(assessment: Assessment, language: str) -> Dossier | None:
    """Return what a new dossier in ``language`` follows, if anything: see :func:`_last`."""
    return _last(assessment, language)


def _last(
    assessment: Assessment, language: str, *, before: Dossier | None = None
) -> Dossier | None:
    """Return the last dossier of the assessment in the language, or of an earlier version.

    One in the other language was often issued the same day: nothing would have changed since.
    """
    found = issued_of(assessment).filter(language=language).exclude(state=DossierState.WITHDRAWN)
    if before is not None:
        found = found.filter(issued_at__lt=before.issued_at)
    own = found.filter(assessment=assessment).first()
    # Keys of versions are in the order in which they were registered.
    return own or found.filter(assessment__version__lt=assessment.version_id).first()


def changes_of(earlier: Dossier, later: Dossier) -> Changes:
    """Return what changed between two dossiers, from their records only.

    Raises:
        NotComparable: a record has a form that cannot be compared.
    """
    return changes_between(
        earlier.snapshot, later.snapshot, snapshot_sha256=earlier.snapshot_sha256
    )
