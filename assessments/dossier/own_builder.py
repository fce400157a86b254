"""Rows of the organisation's own requirements to the part of the record that holds them."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from assessments.dossier.edition import Text
from assessments.dossier.own import OwnRequirement, OwnRequirements
from assessments.extent import Extent
from assessments.models import Answer, Assessment

Own = list[tuple[Assessment, list[Answer]]]


def own_answers(assessment: Assessment, extent: Extent) -> Own:
    """Return what is assessed beside ``assessment``, by name of the edition, with the answers.

    None has a stakeholder outside: in a dossier of one's share there is nothing of it.
    """
    if extent.stakeholder:
        return []
    beside = assessment.own_requirements.select_related("catalogue").order_by("catalogue__key")
    rows_of: dict[UUID, list[Answer]] = defaultdict(list)
    for row in _answers(assessment):
        if extent.tells_of(row.phase):
            rows_of[row.assessment_id].append(row)
    return [(each, rows_of[each.pk]) for each in beside if each.pk in rows_of]


def own_requirements(own: Own) -> tuple[OwnRequirements, ...]:
    """Return the part of the record that holds them."""
    return tuple(
        OwnRequirements(
            key=each.catalogue.key,
            edition=each.catalogue.edition,
            title=_text(each.catalogue, "title"),
            content_sha256=each.catalogue.content_sha256,
            requirements=tuple(map(_requirement, rows)),
        )
        for each, rows in own
    )


def _answers(assessment: Assessment) -> list[Answer]:
    """Return the answers of all that is assessed beside, at once, each in its order."""
    rows = Answer.objects.filter(
        organisation_id=assessment.organisation_id, assessment__beside=assessment
    ).select_related("recommendation", "owner", "accepted_by")
    return list(rows.prefetch_related("evidence_links__evidence").order_by("position"))


def _requirement(answer: Answer) -> OwnRequirement:
    return OwnRequirement(
        code=answer.code,
        phase=answer.phase,
        title=_text(answer.recommendation, "title"),
        statement=_text(answer.recommendation, "statement"),
        is_applicable=answer.is_applicable,
        verdict=answer.verdict,
        justification=answer.justification,
        owner=str(answer.owner) if answer.owner else "",
        state=answer.state,
        accepted_by=str(answer.accepted_by) if answer.accepted_by else "",
        evidence=tuple(sorted(link.evidence.label for link in answer.evidence_links.all())),
    )


def _text(row: object, field: str) -> Text:
    return Text(fr=getattr(row, f"{field}_fr"), en=getattr(row, f"{field}_en"))
