"""Many assessments moved in one go: each is a step of its own, so that a stop leaves none half.

What is moved already is found by its move; going on after a stop does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.errors import PortalError
from assessments.enums import CatalogueState
from assessments.models import Assessment, Catalogue, EditionRun
from assessments.services.moving import Way, move
from assessments.services.transitions import later_editions, transition

State = EditionRun.State


@dataclass(frozen=True, slots=True)
class Movable:
    """An assessment, and the editions that it could move to, the newest first."""

    assessment: Assessment
    editions: list[Catalogue]


def movable(organisation: Organisation) -> list[Movable]:
    """Return the assessments for which there is a later edition, by device."""
    known = list(Catalogue.objects.all())
    later = {each.pk: found for each in known if (found := later_editions(each, known))}
    rows = (
        Assessment.objects.filter(organisation=organisation, catalogue__in=list(later))
        .select_related("device", "version", "catalogue", "organisation")
        .order_by("device__name", "-version_id")
    )
    return [Movable(row, later[row.catalogue_id]) for row in rows]


@transaction.atomic
def request(
    organisation: Organisation, *, catalogue: Catalogue, chosen: Sequence[UUID], actor: User
) -> EditionRun:
    """Ask for ``chosen`` assessments to be moved to ``catalogue``, platforms first.

    Raises:
        PortalError: nothing is chosen, or the edition is not published.
    """
    if catalogue.state != CatalogueState.PUBLISHED:
        raise PortalError(_("An assessment moves to a published edition only."))
    rows = Assessment.objects.filter(organisation=organisation, pk__in=chosen)
    keys = rows.order_by("-device__is_platform", "pk").values_list("pk", flat=True)
    wanted = [str(pk) for pk in keys]
    if not wanted:
        raise PortalError(_("Choose at least one assessment."))
    run = EditionRun.objects.create(
        organisation=organisation, catalogue=catalogue, wanted=wanted, requested_by=actor
    )
    enqueue(run)
    return run


def enqueue(run: EditionRun) -> None:
    """Hand the run to the worker once its row is there to be found."""
    arguments = (str(run.pk), str(run.organisation_id))
    task = "assessments.tasks.move_assessments"  # tasks stand above services: named, not imported
    transaction.on_commit(lambda: import_string(task).enqueue(*arguments))


def go_on(pk: UUID) -> EditionRun:
    """Move what the run asks for and is not moved yet."""
    run = EditionRun.objects.select_related("catalogue", "requested_by").get(pk=pk)
    EditionRun.objects.filter(pk=pk, state=State.QUEUED).update(state=State.RUNNING)
    done = {str(key) for key in run.moves.values_list("assessment_id", flat=True)}
    done |= {key for key, _reason in run.refused}
    ways: dict[UUID, Way] = {}
    with translation.override(run.requested_by.language):
        for key in run.wanted:
            if key not in done:
                _one(run, UUID(key), ways)
    EditionRun.objects.filter(pk=pk).update(state=State.DONE, finished_at=timezone.now())
    run.refresh_from_db()
    return run


def _one(run: EditionRun, pk: UUID, ways: dict[UUID, Way]) -> None:
    """Move one assessment of the run, or keep why it stays."""
    try:
        assessment = Assessment.objects.select_related("catalogue").get(pk=pk)
        if assessment.catalogue_id not in ways:
            ways[assessment.catalogue_id] = Way.of(transition(assessment.catalogue, run.catalogue))
        move(pk, ways[assessment.catalogue_id], actor=run.requested_by, run=run)
    except PortalError as refusal:
        run.refused.append([str(pk), str(refusal)])
        EditionRun.objects.filter(pk=run.pk).update(refused=run.refused)
