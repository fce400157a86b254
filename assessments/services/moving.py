"""Moving an assessment to a later edition, as one step that can be taken back.

Answers go where their entries went: their rows stay, with all that hangs on them. What was
reworded, split or merged is kept and has to be confirmed; what has no place any more leaves the
assessment and stays to be read (:attr:`Answer.left_by`). :mod:`assessments.services.moving_back`
undoes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.catalogue.transition import Transition
from assessments.enums import CatalogueState, ReviewState
from assessments.models import (
    Answer,
    Assessment,
    EditionMove,
    EditionRun,
    PhaseReview,
)
from assessments.moving import Step, steps, why
from assessments.services.changes import lock_all
from assessments.services.counters import PhaseIsSubmitted, locked_reviews, recount
from assessments.services.moving_change import Change
from devices.enums import LifecyclePhase


class AlreadyThere(PortalError):
    """The assessment is not by the edition that it would move from."""


@dataclass(frozen=True)
class Way:
    """A transition with what is the same for every assessment that takes it."""

    transition: Transition
    reasons: Mapping[int, str]

    @classmethod
    def of(cls, transition: Transition) -> Way:
        """Prepare ``transition`` for one assessment or a thousand."""
        return cls(transition, why(transition))

    @property
    def edition(self) -> str:
        """The edition it leads to, as sentences name it."""
        return str(self.transition.newer.catalogue)

    def steps(self, assessment: Assessment, answers: Iterable[Answer]) -> list[Step]:
        """Say what becomes of the answers of ``assessment``; pure, but for its version."""
        return steps(
            self.transition,
            answers,
            assessment.version.facts,
            leaves_out_inferred=assessment.leaves_out_inferred,
            reasons=self.reasons,
        )


def preview(assessment: Assessment, way: Way) -> list[Step]:
    """Say what moving ``assessment`` would do to each answer; change nothing."""
    answers = Answer.objects.filter(assessment=assessment).order_by("position")
    return way.steps(assessment, answers)


@transaction.atomic
def move(pk: UUID, way: Way, *, actor: User, run: EditionRun | None = None) -> EditionMove:
    """Move the assessment ``pk``: all of it, or nothing.

    Raises:
        AlreadyThere: it is by another edition than the one that ``way`` leads from.
        PhaseIsSubmitted: a phase is under review.
        PortalError: the edition is not published, or the version is assessed by it already.
    """
    older, newer = way.transition.older.catalogue, way.transition.newer.catalogue
    answers = lock_all(Answer.objects.filter(assessment=pk))
    assessment = (
        Assessment.objects.select_for_update(of=("self",)).select_related("version").get(pk=pk)
    )
    _refuse_unless_free(assessment, way)
    phases = {(pk, phase) for phase in LifecyclePhase.values}
    reviews = {each.phase: each for each in locked_reviews(assessment.organisation_id, phases)}
    if submitted := [r for r in reviews.values() if r.state == ReviewState.SUBMITTED]:
        raise PhaseIsSubmitted(
            _("Under review: %(phases)s. Take the submission back to move the assessment.")
            % {"phases": ", ".join(str(each.get_phase_display()) for each in submitted)}
        )
    made = EditionMove.objects.create(
        organisation_id=assessment.organisation_id,
        assessment=assessment,
        run=run,
        from_catalogue=older,
        to_catalogue=newer,
        made_by=actor,
    )
    change = Change(assessment, made, way.edition, answers)
    for step in way.steps(assessment, answers):
        change.take(step)
    change.link_to_platforms()
    change.store()
    change.reopen_phases(reviews, actor=actor)
    assessment.catalogue = newer
    assessment.save(update_fields=["catalogue"])
    recount(PhaseReview.objects.filter(assessment=assessment))
    change.keep(reviews)
    record(
        "assessment.move",
        assessment,
        actor=actor,
        organisation_id=assessment.organisation_id,
        move=str(made.pk),
        before=str(older),
        after=str(newer),
        **{name: codes for name, codes in made.outcome.items() if codes},
        made=made.before["created"],
        left=[str(each.pk) for each in answers if each.left_by_id is not None],
        changes=made.before["told"],
    )
    return made


def _refuse_unless_free(assessment: Assessment, way: Way) -> None:
    newer = way.transition.newer.catalogue
    if assessment.catalogue_id != way.transition.older.catalogue.pk:
        raise AlreadyThere(_("The assessment is not by that edition any more. Look again."))
    if newer.state != CatalogueState.PUBLISHED:
        raise PortalError(_("An assessment moves to a published edition only."))
    there = Assessment.objects.filter(version=assessment.version_id, catalogue=newer)
    if there.exists():
        raise PortalError(_("This version is assessed against this edition already."))
