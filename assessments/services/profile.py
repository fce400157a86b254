"""Changing the profile of a version, which decides what applies to it."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.applicability import missing_facts
from assessments.enums import AnswerState
from assessments.models import Answer
from assessments.services.changes import lock_all, reopen, store
from assessments.services.inheriting import begin
from devices.enums import Fact
from devices.models import DeviceVersion
from devices.services.changes import RowMoved


@dataclass(frozen=True, slots=True)
class ProfileEffect:
    """What a change of profile would do, by code of recommendation."""

    begins_to_apply: list[str]
    ceases_to_apply: list[str]
    reopened: list[str]
    under_review: list[str]


def _answers(version_id: UUID) -> QuerySet[Answer]:
    answers = Answer.objects.filter(assessment__version_id=version_id)
    return answers.select_related("recommendation", "assessment__version__device").order_by(
        "position"
    )


def preview(version: DeviceVersion, facts: Set[Fact]) -> ProfileEffect:
    """Say what changing the profile of ``version`` to ``facts`` would do; change nothing."""
    return _effect(_answers(version.pk), facts)


def _effect(answers: Iterable[Answer], facts: Set[Fact]) -> ProfileEffect:
    begins, ceases = [], []
    for answer in answers:
        lacking = missing_facts(answer.recommendation.applies_when, facts)
        if answer.missing_facts and not lacking and not answer.is_set_aside:
            begins.append(answer.code)
        if lacking and not answer.missing_facts and not answer.is_set_aside:
            ceases.append(answer.code)
    return ProfileEffect(
        begins_to_apply=begins,
        ceases_to_apply=ceases,
        reopened=[a.code for a in answers if a.state == AnswerState.ACCEPTED],
        under_review=[a.code for a in answers if a.state == AnswerState.READY],
    )


@transaction.atomic
def change_profile(
    version: DeviceVersion, *, facts: Set[Fact], revision: int, actor: User
) -> ProfileEffect:
    """Set the profile of ``version`` and derive again what applies.

    Answers that were accepted for the old profile are reopened (domain rule 4).

    Raises:
        RowMoved: somebody changed the version since ``revision``.
        PortalError: answers are under review.
    """
    # Answers are locked before the version, as in every other change of an answer.
    locked = lock_all(_answers(version.pk))
    version = DeviceVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    before = version.facts
    effect = _effect(locked, facts)
    if facts == before:
        return effect
    if version.revision != revision:
        raise RowMoved(version)
    if effect.under_review:
        raise PortalError(
            _("Answers of this version are under review: %(codes)s. Take them back first.")
            % {"codes": ", ".join(effect.under_review)}
        )
    for fact, name in DeviceVersion.FACT_FIELDS.items():
        setattr(version, name, fact in facts)
    version.revision += 1
    version.save()
    reason = _("The profile of the version changed.")
    heirs: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    begun = []
    for answer in locked:
        lacking = missing_facts(answer.recommendation.applies_when, facts)
        if answer.state != AnswerState.ACCEPTED and lacking == answer.missing_facts:
            continue
        reopen(answer, actor=actor, reason=reason)
        answer.missing_facts = lacking
        is_left_out = bool(lacking) or answer.is_set_aside
        if not is_left_out:
            answer.inclusion_reason, answer.included_by = "", None
        begun += [answer] if not answer.is_applicable and not is_left_out else []
        applied = answer.is_applicable
        answer.is_applicable = not is_left_out or bool(answer.inclusion_reason)
        if applied != answer.is_applicable:
            changes.append(_told(answer))
        heirs += store(answer, author=None).get("heirs", ())
    heirs += begin(begun, actor=actor)
    record(
        "version.change_profile",
        version,
        actor=actor,
        organisation_id=version.organisation_id,
        before=sorted(before),
        after=sorted(facts),
        reopened=effect.reopened,
        changes=changes,
        **({"heirs": heirs} if heirs else {}),
    )
    return effect


def _told(answer: Answer) -> dict[str, Any]:
    """Return what the event says of an answer that begins or ceases to apply."""
    return {
        "answer": str(answer.pk),
        "code": answer.code,
        "revision": answer.revision + 1,
        "fields": {"is_applicable": [not answer.is_applicable, answer.is_applicable]},
    }
