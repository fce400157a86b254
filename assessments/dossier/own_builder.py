"""Rows of the organisation's own requirements to the part of the record that holds them."""

from __future__ import annotations

from assessments.dossier.edition import Text
from assessments.dossier.own import OwnRequirement, OwnRequirements
from assessments.models import Answer, Assessment


def own_requirements(assessment: Assessment) -> tuple[OwnRequirements, ...]:
    """Return what is assessed beside ``assessment``, by name of the edition."""
    beside = assessment.own_requirements.select_related("catalogue").order_by("catalogue__key")
    return tuple(
        OwnRequirements(
            key=each.catalogue.key,
            edition=each.catalogue.edition,
            title=_text(each.catalogue, "title"),
            content_sha256=each.catalogue.content_sha256,
            requirements=tuple(map(_requirement, _answers(each))),
        )
        for each in beside
    )


def _answers(assessment: Assessment) -> list[Answer]:
    rows = assessment.answers.select_related("recommendation", "owner", "accepted_by")
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
