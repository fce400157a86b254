"""Typical non-conformities: what the checks say of an assessment, and turning checks off."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import FindingOutcome
from assessments.models import Action, Answer, Assessment, Evidence, EvidenceLink, SilencedCheck
from assessments.nonconformities.facts import Facts, Piece, Reply
from assessments.nonconformities.judging import judge
from assessments.nonconformities.rows import Check, rows
from devices.models import DeviceVersion


class CheckRefused(PortalError):
    """The check cannot be turned on or off; the message says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of an assessment, with the answers that it is about."""

    check: Check
    outcome: FindingOutcome
    reason: str
    answers: tuple[tuple[str, UUID], ...]

    @property
    def is_found(self) -> bool:
        """Tell whether somebody has to look."""
        return self.outcome == FindingOutcome.FOUND


def findings_of(assessment: Assessment, *, on: dt.date) -> list[Finding]:
    """Return what the checks that are on say, in the order of the file; five queries."""
    off = set(silenced_in(assessment.organisation_id))
    facts, keys = facts_of(assessment, on=on)
    found = []
    for check in rows().checks:
        if check.key in off:
            continue
        judgement = judge(facts, check)
        answers = tuple((code, keys[code]) for code in judgement.codes)
        found.append(Finding(check, judgement.outcome, judgement.reason, answers))
    return found


def silenced_in(organisation_id: UUID) -> list[str]:
    """Return the keys of the checks that an organisation has turned off."""
    return list(
        SilencedCheck.objects.filter(organisation_id=organisation_id).values_list("key", flat=True)
    )


def facts_of(assessment: Assessment, *, on: dt.date) -> tuple[Facts, dict[str, UUID]]:
    """Return an assessment as the checks read it, and the key of each answer by code."""
    own = {"organisation_id": assessment.organisation_id}
    pieces: dict[UUID, list[Piece]] = defaultdict(list)
    read: dict[UUID, Piece] = {}  # a piece is cited by many answers: its words are folded once
    links = EvidenceLink.objects.filter(answer__assessment=assessment, **own)
    for link in links.select_related("evidence").order_by("evidence__number"):
        piece = read.setdefault(link.evidence_id, _piece(link.evidence))
        pieces[link.answer_id].append(piece)
    acted = set(
        Action.objects.filter(answer__assessment=assessment, **own).values_list(
            "answer_id", flat=True
        )
    )
    replies, keys = {}, {}
    columns = ("pk", "code", "phase", "is_applicable", "verdict", "justification")
    answers = Answer.objects.filter(assessment=assessment, **own).order_by("position")
    for pk, code, phase, applies, verdict, justification in answers.values_list(*columns):
        keys[code] = pk
        cited = tuple(pieces[pk])
        replies[code] = Reply(code, phase, applies, verdict, justification, cited, pk in acted)
    version = assessment.version
    others = DeviceVersion.objects.filter(device_id=assessment.device_id, **own)
    labels = others.exclude(pk=version.pk).values_list("label", flat=True)
    facts = frozenset(str(fact) for fact in version.facts)
    return Facts(on, version.label, frozenset(labels), facts, replies), keys


def _piece(evidence: Evidence) -> Piece:
    return Piece(
        label=evidence.label,
        title=evidence.title,
        revision=evidence.document_revision,
        document_on=evidence.document_on,
        expires_on=evidence.expires_on,
        is_superseded=evidence.superseded_by_id is not None,
        file_name=evidence.file_name,
        reference=evidence.reference,
    )


@transaction.atomic
def silence(key: str, *, organisation: Organisation, reason: str, actor: User) -> SilencedCheck:
    """Turn a check off for an organisation, saying why.

    Raises:
        CheckRefused: there is no such check, it is off already, or there is no reason.
    """
    if key not in {check.key for check in rows().checks}:
        raise CheckRefused(_("There is no such check. Load the page again."))
    if not reason.strip():
        raise CheckRefused(_("Say why this check is turned off."))
    # The row of the organisation puts those who decide at the same instant in line.
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)
    if SilencedCheck.objects.filter(organisation=organisation, key=key).exists():
        raise CheckRefused(_("This check is off already."))
    silenced = SilencedCheck.objects.create(
        organisation=organisation, key=key, reason=reason.strip(), silenced_by=actor
    )
    record(
        "check.silence",
        silenced,
        actor=actor,
        organisation_id=organisation.pk,
        key=key,
        reason=silenced.reason,
    )
    return silenced


@transaction.atomic
def heed(key: str, *, organisation: Organisation, actor: User) -> None:
    """Turn a check on again.

    Raises:
        CheckRefused: it is on.
    """
    silenced = (
        SilencedCheck.objects.select_for_update(of=("self",))
        .filter(organisation=organisation, key=key)
        .first()
    )
    if silenced is None:
        raise CheckRefused(_("This check is on already."))
    record("check.heed", silenced, actor=actor, organisation_id=organisation.pk, key=key)
    silenced.delete()
