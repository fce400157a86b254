"""Rows to a snapshot. Reads everything that a dossier says; the caller keeps it still."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import JournalHead
from assessments.dossier import edition as catalogue_record
from assessments.dossier import snapshot as record
from assessments.dossier.changes import changes_between
from assessments.dossier.edition import Text, Texts
from assessments.dossier.follow_up import FollowUp
from assessments.dossier.vocabulary import vocabulary
from assessments.enums import Origin, ReviewState
from assessments.models import (
    Answer,
    Approval,
    Assessment,
    Catalogue,
    Dossier,
    Evidence,
    PhaseReview,
    Recommendation,
    Section,
)


def build(
    dossier: Dossier, *, head: JournalHead, seal: record.Seal, instant: dt.datetime
) -> record.Snapshot:
    """Return what ``dossier`` says at the instant ``instant``, when ``head`` ends the journal."""
    assessment = (
        Assessment.objects.select_related("organisation", "device", "version", "catalogue")
        .filter(pk=dossier.assessment_id)
        .get()
    )
    reviews = list(
        assessment.phase_reviews.select_related(
            "submitted_by", "accepted_by", "commented_by"
        ).order_by("position")
    )
    answers = _answers(assessment)
    follow_up = FollowUp.of(assessment)
    snapshot = record.Snapshot(
        schema=record.SCHEMA,
        schema_version=record.SCHEMA_VERSION,
        number=dossier.number,
        language=dossier.language,
        issued_at=instant,
        requested_by=str(dossier.requested_by),
        is_provisional=any(review.state != ReviewState.SIGNED for review in reviews),
        seal=seal,
        organisation=record.Organisation(
            assessment.organisation.name,
            assessment.organisation.address,
            assessment.organisation.srn,
        ),
        device=_device(assessment),
        version=_version(assessment),
        catalogue=_catalogue(assessment.catalogue),
        phases=tuple(_phase(review, answers[review.phase]) for review in reviews),
        evidence=_register(assessment),
        remarks=follow_up.remarks,
        actions=follow_up.actions,
        approvals=_approvals(assessment),
        journal=record.JournalHead(head.sequence, head.hash),
        vocabulary=vocabulary(assessment.catalogue.vocabulary),
        changes=None,
    )
    return _with_changes(snapshot, dossier.compared_with)


def _with_changes(snapshot: record.Snapshot, earlier: Dossier | None) -> record.Snapshot:
    """Let the record say what changed since an earlier dossier."""
    if earlier is None:
        return snapshot
    content = record.to_canonical_json(snapshot).decode()
    found = changes_between(earlier.snapshot, content, snapshot_sha256=earlier.snapshot_sha256)
    return replace(snapshot, changes=found)


def _name(user: User | None) -> str:
    return str(user) if user else ""


def _text(row: object, field: str) -> Text:
    return Text(fr=getattr(row, f"{field}_fr"), en=getattr(row, f"{field}_en"))


def _device(assessment: Assessment) -> record.Device:
    device = assessment.device
    return record.Device(
        name=device.name,
        reference=device.reference,
        basic_udi_di=device.basic_udi_di,
        regulation=device.regulation,
        device_class=device.device_class,
        safety_class=device.safety_class,
        is_implantable=device.is_implantable,
        intended_purpose=device.intended_purpose,
    )


def _version(assessment: Assessment) -> record.Version:
    version = assessment.version
    return record.Version(
        label=version.label,
        udi_di=version.udi_di,
        phase=version.phase,
        released_on=version.released_on,
        sale_ends_on=version.sale_ends_on,
        support_ends_on=version.support_ends_on,
        facts=tuple(sorted(str(fact) for fact in version.facts)),
    )


def _catalogue(catalogue: Catalogue) -> catalogue_record.Catalogue:
    return catalogue_record.Catalogue(
        key=catalogue.key,
        edition=catalogue.edition,
        title=_text(catalogue, "title"),
        issuer=catalogue.issuer,
        source_published_on=catalogue.source_published_on,
        legal_value=_text(catalogue, "legal_value"),
        disclaimer=_text(catalogue, "disclaimer"),
        content_sha256=catalogue.content_sha256,
        sources=tuple(
            catalogue_record.Source(source.key, source.title, source.url)
            for source in catalogue.sources.order_by("pk")
        ),
    )


def _answers(assessment: Assessment) -> dict[str, list[Answer]]:
    answers: dict[str, list[Answer]] = defaultdict(list)
    for answer in (
        assessment.answers.select_related(
            *("recommendation__section", "owner", "answered_by", "accepted_by", "included_by"),
            *("carried_from__assessment__version__device",),
            *("inherited_from__assessment__version__device",),
        )
        .prefetch_related("evidence_links__evidence", "authorships__user")
        .order_by("position")
    ):
        answers[answer.phase].append(answer)
    return answers


def _phase(review: PhaseReview, answers: Sequence[Answer]) -> record.Phase:
    sections: dict[Section, list[record.Entry]] = defaultdict(list)
    for answer in answers:
        sections[answer.recommendation.section].append(_entry(answer))
    return record.Phase(
        key=review.phase,
        review=record.Review(
            state=review.state,
            submitted_by=_name(review.submitted_by),
            submitted_at=review.submitted_at,
            accepted_by=_name(review.accepted_by),
            accepted_at=review.accepted_at,
            comment=review.comment,
            commented_by=_name(review.commented_by),
        ),
        sections=tuple(
            record.Section(section.key, _text(section, "title"), section.title_status, tuple(rows))
            for section, rows in sections.items()
        ),
    )


def _entry(answer: Answer) -> record.Entry:
    return record.Entry(
        recommendation=_recommendation(answer.recommendation),
        applicability=record.Applicability(
            is_applicable=answer.is_applicable,
            missing_facts=tuple(answer.missing_facts),
            inclusion_reason=answer.inclusion_reason,
            included_by=_name(answer.included_by),
        ),
        answer=record.Answer(
            verdict=answer.verdict,
            justification=answer.justification,
            owner=_name(answer.owner),
            due_on=answer.due_on,
            state=answer.state,
            answered_by=_name(answer.answered_by),
            answered_at=answer.answered_at,
            authors=tuple(sorted(str(one.user) for one in answer.authorships.all())),
            accepted_by=_name(answer.accepted_by),
            accepted_at=answer.accepted_at,
            reopened_reason=answer.reopened_reason,
            evidence=tuple(sorted(link.evidence.label for link in answer.evidence_links.all())),
            origin=_origin(answer),
            revision=answer.revision,
        ),
    )


def _origin(answer: Answer) -> record.Origin | None:
    """Return where an answer that nobody gave for this version comes from, or differs from."""
    if answer.to_confirm and answer.carried_from:
        kind, source = Origin.CARRIED, answer.carried_from
    elif answer.inherited_from:
        kind = Origin.INHERITED if answer.is_inherited else Origin.DIFFERING
        source = answer.inherited_from
    else:
        return None
    version = source.assessment.version
    return record.Origin(str(kind), version.device.name, version.label, answer.override_reason)


def _recommendation(entry: Recommendation) -> catalogue_record.Recommendation:
    return catalogue_record.Recommendation(
        code=entry.code,
        title=_text(entry, "title"),
        statement=_text(entry, "statement"),
        rationale=_text(entry, "rationale"),
        expected_evidence=Texts(
            fr=tuple(entry.expected_evidence_fr), en=tuple(entry.expected_evidence_en)
        ),
        stakeholders=tuple(entry.stakeholders),
        criteria=tuple(entry.criteria),
        applies_when=tuple(entry.applies_when),
        references=tuple(entry.references),
        provenance=catalogue_record.Provenance(
            status=entry.provenance_status,
            confidence=entry.confidence,
            basis=entry.provenance_basis,
            note=_text(entry, "provenance_note"),
            verified_editions=tuple(map(str, entry.verified_editions)),
            sources=tuple(entry.source_keys),
            official_number=entry.official_number,
            official_page=entry.official_page,
        ),
    )


def _register(assessment: Assessment) -> tuple[record.Evidence, ...]:
    """Return what the answers cite, and what supersedes it, by number."""
    pieces: dict[int, Evidence] = {}
    rows = Evidence.objects.select_related("added_by", "superseded_by")
    found = rows.filter(links__answer__assessment=assessment).distinct()
    while newer := [piece for piece in found if piece.number not in pieces]:
        pieces |= {piece.number: piece for piece in newer}
        found = rows.filter(supersedes__in=newer)
    return tuple(_evidence(pieces[number]) for number in sorted(pieces))


def _evidence(piece: Evidence) -> record.Evidence:
    return record.Evidence(
        number=piece.label,
        kind=piece.kind,
        title=piece.title,
        document_revision=piece.document_revision,
        document_on=piece.document_on,
        expires_on=piece.expires_on,
        reference=piece.reference,
        url=piece.url,
        file_name=piece.file_name,
        media_type=piece.media_type,
        size_bytes=piece.size_bytes,
        sha256=piece.sha256,
        added_by=_name(piece.added_by),
        added_at=piece.added_at,
        superseded_by=piece.superseded_by.label if piece.superseded_by else "",
    )


def _approvals(assessment: Assessment) -> tuple[record.Approval, ...]:
    rows = (
        Approval.objects.filter(phase_review__assessment=assessment)
        .select_related("phase_review")
        .order_by("phase_review__position", "signed_at", "pk")
    )
    return tuple(
        record.Approval(
            phase=row.phase_review.phase,
            name=row.signer_name,
            role=row.signer_role,
            meaning=row.meaning,
            open_remarks_reason=row.open_remarks_reason,
            signed_at=row.signed_at,
            content_sha256=row.content_sha256,
            voided_at=row.voided_at,
            void_reason=row.void_reason,
        )
        for row in rows
    )
