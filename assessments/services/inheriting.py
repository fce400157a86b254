"""Answers of a platform, repeated by the versions built on it.

An answer inherits from that of the platform to the same recommendation of the same edition: it
says what the source says, cites the same evidence, has its authors, and changes with it
(:func:`assessments.services.changes.catch_up`), until somebody says why it differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from assessments.enums import Verdict
from assessments.models import Answer
from assessments.services.changes import catch_up
from assessments.services.repeating import repeat


def inherit(
    answers: Iterable[Answer], platform: Iterable[Answer], earlier: Iterable[Answer]
) -> list[tuple[Answer, Answer]]:
    """Let answers that are not created yet repeat those of the platform; return who from whom.

    What differed in the ``earlier`` assessment goes on differing, for the same reason: it is
    linked only, and carried over like any other; what does not apply is linked only, too. Sets
    fields; the caller saves, then calls ``take_along`` where :func:`says_it_now`.
    """
    sources = {source.recommendation_id: source for source in platform if source.is_applicable}
    reasons = {answer.code: answer.override_reason for answer in earlier}
    pairs = []
    for answer in answers:
        source = sources.get(answer.recommendation_id)
        if source is None:
            continue
        answer.inherited_from = source
        answer.override_reason = reasons.get(answer.code, "")
        if answer.is_inherited:
            pairs.append((source, answer))
            if says_it_now(source, answer):
                repeat(source, answer)
    return pairs


def says_it_now(source: Answer, answer: Answer) -> bool:
    """Tell whether ``answer``, which inherits, says what ``source`` says already."""
    return answer.is_applicable and not source.to_confirm


def begin(answers: Sequence[Answer], *, actor: User) -> list[dict[str, Any]]:
    """Let answers that begin to apply to their version say what they inherit, if they do.

    And let those that inherit from them do so. Returns what changed in which answer.
    """
    heirs = [answer for answer in answers if answer.is_inherited]
    sources = Answer.objects.in_bulk([heir.inherited_from_id for heir in heirs])
    pairs = [(sources[heir.inherited_from_id], heir) for heir in heirs if heir.inherited_from_id]
    return [*catch_up(pairs, actor=actor), *adopt(answers, actor=actor)]


def adopt(sources: Sequence[Answer], *, actor: User) -> list[dict[str, Any]]:
    """Let answers of versions built on theirs inherit from ``sources``, of one assessment.

    For sources that are new, or begin to apply. Returns what changed in which answer.
    """
    own = {source.recommendation_id: source for source in sources if source.is_applicable}
    if not own:
        return []
    heirs = (
        Answer.objects.filter(
            assessment__version__platform__assessments=sources[0].assessment_id,
            recommendation__in=list(own),
            inherited_from=None,
        )
        .select_related("assessment__version__device")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    return link([(own[heir.recommendation_id], heir) for heir in heirs], actor=actor)


def link(pairs: Sequence[tuple[Answer, Answer]], *, actor: User) -> list[dict[str, Any]]:
    """Let each second answer inherit from the first; return what changed in which answer.

    No word is lost: what says something already goes on saying it, as an answer that differs.
    """
    if not pairs:
        return []
    for source, answer in pairs:
        if answer.inherited_from_id is None and _says_something(answer):
            answer.override_reason = _("It was answered before the platform.")
        answer.inherited_from = source
        answer.revision += 1
    Answer.objects.bulk_update(
        [answer for _source, answer in pairs], ["inherited_from", "override_reason", "revision"]
    )
    return catch_up([pair for pair in pairs if pair[1].is_inherited], actor=actor)


def _says_something(answer: Answer) -> bool:
    return (
        answer.verdict != Verdict.NOT_ASSESSED
        or bool(answer.justification)
        or answer.evidence_count > 0
    )
