"""Answers as lines of a sheet, and what answers say now for a sheet that comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from assessments.enums import AnswerState, ReviewState
from assessments.models import Answer, Assessment, EvidenceLink, PhaseReview
from assessments.services.people import members_of
from assessments.sheets.columns import Line
from assessments.sheets.comparing import Reason, Standing
from assessments.sheets.writing import to_csv, to_xlsx

KEYS_AT_ONCE = 500


def as_xlsx(assessment: Assessment, answers: QuerySet[Answer], *, reader: User) -> bytes:
    """Return ``answers`` of ``assessment`` as a workbook, in the language of the page."""
    lines = lines_of(answers)
    now = formats.date_format(timezone.localtime(), "SHORT_DATETIME_FORMAT")
    facts = [
        (_("Manufacturer"), assessment.organisation.name),
        (_("Device"), f"{assessment.device.name} ({assessment.device.reference})"),
        (_("Version"), assessment.version.label),
        (_("Catalogue edition"), f"{_title(assessment)} {assessment.catalogue.edition}"),
        (_("Exported"), f"{now}, {reader}"),
        (_("Rows"), str(len(lines))),
    ]
    owners = [person.email for person in members_of(assessment.organisation_id)]
    return to_xlsx(lines, facts=facts, owners=owners)


def as_csv(answers: QuerySet[Answer]) -> bytes:
    """Return ``answers`` as comma-separated values, in the language of the page."""
    return to_csv(lines_of(answers))


def _title(assessment: Assessment) -> str:
    catalogue = assessment.catalogue
    return catalogue.title_en if get_language() == "en" else catalogue.title_fr


def lines_of(answers: QuerySet[Answer]) -> list[Line]:
    """Return one line for each of ``answers``, in their order, in the language of the page."""
    language = "en" if get_language() == "en" else "fr"
    found = list(answers.select_related("recommendation__section", "owner"))
    evidence = _evidence([answer.pk for answer in found])
    submitted = submitted_phases({answer.assessment_id for answer in found})
    lines = []
    for answer in found:
        entry = answer.recommendation
        refusal = refusal_of(answer, submitted)
        lines.append(
            Line(
                key=str(answer.pk),
                revision=answer.revision,
                code=answer.code,
                phase=answer.get_phase_display(),
                section=getattr(entry.section, f"title_{language}"),
                title=getattr(entry, f"title_{language}"),
                verdict=answer.verdict,
                justification=answer.justification,
                owner=answer.owner.email if answer.owner else "",
                due_on=answer.due_on,
                evidence=", ".join(evidence.get(answer.pk, ())),
                state=_state(answer),
                may_change=refusal is None,
            )
        )
    return lines


def _state(answer: Answer) -> str:
    if not answer.is_applicable:
        return _("does not apply")
    return _("to be confirmed") if answer.to_confirm else answer.get_state_display()


def _evidence(keys: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    for start in range(0, len(keys), KEYS_AT_ONCE):
        links = EvidenceLink.objects.filter(answer__in=keys[start : start + KEYS_AT_ONCE])
        for link in links.select_related("evidence").order_by("evidence__number"):
            found[link.answer_id].append(link.evidence.label)
    return found


def submitted_phases(assessments: Collection[UUID]) -> frozenset[tuple[UUID, str]]:
    """Return the phases of ``assessments`` that are under review."""
    return frozenset(
        PhaseReview.objects.filter(
            assessment__in=assessments, state=ReviewState.SUBMITTED
        ).values_list("assessment_id", "phase")
    )


def refusal_of(answer: Answer, submitted: Collection[tuple[UUID, str]]) -> Reason | None:
    """Return why a sheet cannot change ``answer``, or None when it can."""
    if not answer.is_applicable:
        return Reason.EXCLUDED
    if answer.state == AnswerState.ACCEPTED:
        return Reason.ACCEPTED
    if answer.state == AnswerState.READY or (answer.assessment_id, answer.phase) in submitted:
        return Reason.SUBMITTED
    if answer.inherited_from_id and not answer.override_reason:
        return Reason.INHERITED
    return None


def standing_of(assessment: Assessment) -> dict[str, Standing]:
    """Return what each answer of ``assessment`` says now, by key."""
    submitted = submitted_phases({assessment.pk})
    answers = Answer.objects.filter(
        organisation_id=assessment.organisation_id, assessment=assessment
    ).select_related("owner")
    return {
        str(answer.pk): Standing(
            code=answer.code,
            revision=answer.revision,
            verdict=answer.verdict,
            justification=answer.justification,
            owner=answer.owner.email if answer.owner else "",
            owner_key=str(answer.owner_id) if answer.owner_id else None,
            due_on=answer.due_on.isoformat() if answer.due_on else None,
            refusal=refusal_of(answer, submitted),
        )
        for answer in answers
    }
