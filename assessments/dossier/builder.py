"""Rows to a snapshot. Reads everything that a dossier says; the caller keeps it still."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from django.conf import settings

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import JournalHead
from assessments.dossier import edition as catalogue_record
from assessments.dossier import snapshot as record
from assessments.dossier import subject
from assessments.dossier.changes import changes_between
from assessments.dossier.course import history
from assessments.dossier.crosswalk_builder import build_crosswalk
from assessments.dossier.edition import Text, Texts
from assessments.dossier.follow_up import FollowUp
from assessments.dossier.own_builder import own_answers, own_requirements
from assessments.dossier.press import press
from assessments.dossier.scope import Scope
from assessments.dossier.vocabulary import vocabulary
from assessments.enums import Origin, ReviewState
from assessments.extent import Extent
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

Told = TypeVar("Told", record.Remark, record.Action)


def build(
    dossier: Dossier, *, head: JournalHead, seal: record.Seal, instant: dt.datetime
) -> record.Snapshot:
    """Return what ``dossier`` says at the instant ``instant``, when ``head`` ends the journal.

    A dossier that is not saved is a preview, without a number.
    """
    extent = dossier.extent
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
    told = [review for review in reviews if extent.tells_of(review.phase)]
    every = _answers(assessment)
    answers = {review.phase: _of(extent, every[review.phase]) for review in told}
    cited = [row for rows in answers.values() for row in rows]
    own = own_answers(assessment, extent)
    follow_up = FollowUp.of(assessment) if extent.with_remarks else FollowUp((), ())
    snapshot = record.Snapshot(
        schema=record.SCHEMA,
        schema_version=record.SCHEMA_VERSION,
        number="" if dossier._state.adding else dossier.number,
        language=dossier.language,
        issued_at=instant,
        requested_by=str(dossier.requested_by),
        is_provisional=any(review.state != ReviewState.SIGNED for review in told),
        scope=Scope(
            phases=tuple(review.phase for review in told),
            phases_left_out=tuple(r.phase for r in reviews if not extent.tells_of(r.phase)),
            stakeholder=extent.stakeholder,
            recommendations=len(cited),
            recommendations_left_out=sum(map(len, every.values())) - len(cited),
            is_summary=extent.is_summary,
            with_history=extent.with_history,
            with_remarks=extent.with_remarks,
        ),
        register_is_printed=True,
        seal=seal,
        signatories=_signatories(dossier),
        organisation=subject.organisation(assessment),
        device=subject.device(assessment),
        version=subject.version(assessment),
        catalogue=_catalogue(assessment.catalogue),
        leaves_out_inferred=assessment.leaves_out_inferred,
        phases=tuple(_phase(review, answers[review.phase]) for review in told),
        evidence=_register([*cited, *(answer for _each, rows in own for answer in rows)]),
        remarks=_about(cited, follow_up.remarks),
        actions=_about(cited, follow_up.actions),
        approvals=_approvals(assessment, told),
        own_requirements=own_requirements(own),
        history=history(assessment, extent, until=instant) if extent.with_history else None,
        journal=record.JournalHead(head.sequence, head.hash),
        crosswalk=build_crosswalk(assessment, dossier.frameworks),
        vocabulary=vocabulary(assessment.catalogue.vocabulary),
        public_url=settings.PUBLIC_URL,
        press=press(),
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


def _signatories(dossier: Dossier) -> tuple[record.Signatory, ...]:
    if dossier._state.adding:  # a preview: nobody was named yet
        return ()
    return tuple(
        record.Signatory(f"{record.SIGNATURE_FIELD}{one.position}", one.name, one.meaning)
        for one in dossier.signatories.order_by("position")
    )


def _of(extent: Extent, answers: Sequence[Answer]) -> list[Answer]:
    """Leave out what the chosen stakeholder has no share in."""
    return [
        answer
        for answer in answers
        if not extent.stakeholder or extent.stakeholder in answer.recommendation.stakeholders
    ]


def _about(answers: Sequence[Answer], rows: tuple[Told, ...]) -> tuple[Told, ...]:
    """Leave out what is about other answers."""
    codes = {answer.code for answer in answers}
    return tuple(row for row in rows if row.code in codes or not row.code)


def _name(user: User | None) -> str:
    return str(user) if user else ""


def _text(row: object, field: str) -> Text:
    return Text(fr=getattr(row, f"{field}_fr"), en=getattr(row, f"{field}_en"))


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
            is_set_aside=answer.is_set_aside,
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


def _register(answers: Sequence[Answer]) -> tuple[record.Evidence, ...]:
    """Return what the answers cite, and what supersedes it, by number."""
    pieces: dict[int, Evidence] = {}
    rows = Evidence.objects.select_related("added_by", "superseded_by")
    keys = {link.evidence_id for answer in answers for link in answer.evidence_links.all()}
    found = rows.filter(pk__in=keys)
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
        enclosed="",
        enclosed_as="",
    )


def _approvals(assessment: Assessment, told: Sequence[PhaseReview]) -> tuple[record.Approval, ...]:
    rows = (
        Approval.objects.filter(phase_review__assessment=assessment, phase_review__in=told)
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
