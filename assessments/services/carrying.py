"""Answers that start from those of an earlier version, and their confirmation."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Membership, User
from ansm_portal.audit.services import record
from ansm_portal.markdown import to_html
from assessments.carrying import Piece, Side, changes
from assessments.catalogue.succession import wording
from assessments.crosswalk.carrying import ways_to
from assessments.crosswalk.ways import Entry, Way
from assessments.enums import Verdict
from assessments.models import Answer, Assessment, Catalogue, EvidenceLink, Recommendation
from assessments.services.answer import AnswerMoved
from assessments.services.changes import lock, lock_all, rewrite, store, store_all
from assessments.services.repeating import cited_by, joined_by_code, repeat

CONFIRMED = frozenset({"to_confirm", "answered_by", "answered_at"})


def carry_over(
    answers: Iterable[Answer],
    earlier: Iterable[Answer],
    *,
    ways: Mapping[Entry, tuple[Way, ...]] = MappingProxyType({}),
) -> list[tuple[Answer, Answer]]:
    """Let answers that are not created yet start from earlier ones; return who from whom.

    What had a verdict is taken over, to be confirmed; so is the inclusion of what the profile
    leaves out. ``ways`` say where entries lead when the one edition follows the other; else what
    has the same code and statement is the same. Of entries that were merged the texts are joined
    where verdicts agree; where not, somebody decides again. Days are not taken over: they were
    those of the earlier version. Sets fields; the caller saves, then calls :func:`take_along`.
    """
    sources = _sources(earlier, ways)
    pairs: list[tuple[Answer, Answer]] = []
    for answer in answers:
        found = sources.get(answer.code, [])
        if not ways:
            entry = answer.recommendation
            found = [each for each in found if _same_statement(each.recommendation, entry)]
        if not found or len({each.verdict for each in found}) > 1:
            continue
        source = found[0]
        repeat(source, answer)
        if len(found) > 1:
            _join(found, answer)
        answer.carried_from, answer.to_confirm = source, True
        answer.owner_id = source.owner_id
        if not answer.is_applicable and source.inclusion_reason:
            answer.inclusion_reason = source.inclusion_reason
            answer.included_by_id = source.included_by_id
            answer.is_applicable = True
        pairs += [(each, answer) for each in found]
    _disown_who_left([answer for _source, answer in pairs])
    return pairs


def _sources(
    earlier: Iterable[Answer], ways: Mapping[Entry, tuple[Way, ...]]
) -> dict[str, list[Answer]]:
    """Return the answers that have a verdict by the code that their entries have now."""
    onward = {code: there for (_key, code), there in ways.items()}
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in sorted(earlier, key=lambda each: each.position):
        if answer.verdict != Verdict.NOT_ASSESSED:
            for way in onward.get(answer.code, () if ways else (Way(answer.code),)):
                found[way.code].append(answer)
    return found


def _join(sources: Sequence[Answer], answer: Answer) -> None:
    """Let ``answer`` say what all of ``sources`` say, and cite what any of them cites."""
    answer.justification = joined_by_code([(each.code, each.justification) for each in sources])
    answer.justification_html = to_html(answer.justification)
    cited = cited_by(sources)
    answer.evidence_count = len(set().union(*(cited.get(each.pk, ()) for each in sources)))


def _same_statement(one: Recommendation, other: Recommendation) -> bool:
    return one.pk == other.pk or (
        (one.statement_fr, one.statement_en) == (other.statement_fr, other.statement_en)
    )


def _disown_who_left(answers: Sequence[Answer]) -> None:
    """Take the owner off answers whose owner is no longer with the organisation."""
    owned = [answer for answer in answers if answer.owner_id]
    if not owned:
        return
    here = set(
        Membership.objects.filter(
            organisation_id=owned[0].organisation_id,
            user__in={answer.owner_id for answer in owned},
            user__is_active=True,
        ).values_list("user_id", flat=True)
    )
    for answer in owned:
        if answer.owner_id not in here:
            answer.owner_id = None


@dataclass(frozen=True, slots=True)
class Carried:
    """An answer that was carried over, and in sentences what changed since."""

    answer: Answer
    changes: list[str]


def compare(answers: Sequence[Answer], *, today: dt.date) -> list[Carried]:
    """Say of each carried answer what changed since it was written, in one query.

    The answers come with their recommendation and version, and those of their ``carried_from``.
    """
    cited: dict[UUID, list[Piece]] = defaultdict(list)
    keys = [pk for answer in answers for pk in (answer.pk, answer.carried_from_id)]
    links = EvidenceLink.objects.filter(answer__in=keys).select_related("evidence__supersedes")
    for link in links.order_by("evidence__number"):
        piece = link.evidence
        before = getattr(piece, "supersedes", None)
        cited[link.answer_id].append(
            Piece(
                label=piece.label,
                added_at=piece.added_at,
                supersedes=before.label if before else "",
                expires_on=piece.expires_on,
            )
        )
    reshaped = _reshaped(answers)
    return [
        Carried(
            answer,
            ([_("The recommendation was split, or merged with others.")] * (answer.pk in reshaped))
            + changes(
                _side(answer.carried_from, cited),
                _side(answer, cited),
                applies_when=answer.recommendation.applies_when,
                written_at=answer.answered_at,
                today=today,
            ),
        )
        if answer.carried_from is not None
        else Carried(answer, [answer.reopened_reason])
        for answer in answers
    ]


def _reshaped(answers: Sequence[Answer]) -> set[UUID]:
    """Return the keys of answers whose entry is not alone what the one before became.

    Its words may be the same, so that nothing else tells.
    """
    crossing = {
        answer.pk: (answer.carried_from.recommendation, answer.recommendation)
        for answer in answers
        if answer.carried_from is not None
        and answer.carried_from.recommendation.catalogue_id != answer.recommendation.catalogue_id
    }
    keys = {entry.catalogue_id for pair in crossing.values() for entry in pair}
    editions = Catalogue.objects.in_bulk(keys) if keys else {}
    found = set()
    for pk, (old, new) in crossing.items():
        older, newer = editions[old.catalogue_id], editions[new.catalogue_id]
        there = ways_to(newer, since=older).get((older.key, old.code), ())
        if any(not way.is_same for way in there) and wording(old) == wording(new):
            found.add(pk)
    return found


def changes_of(answer: Answer, *, today: dt.date) -> list[str]:
    """Say what changed since ``answer`` was carried over, while it waits to be confirmed."""
    compared = compare([answer], today=today) if answer.to_confirm else []
    return compared[0].changes if compared else []


def _side(answer: Answer, cited: dict[UUID, list[Piece]]) -> Side:
    entry = answer.recommendation
    return Side(
        said=(answer.verdict, answer.justification),
        facts=answer.assessment.version.facts,
        wording=wording(entry),
        evidence=tuple(cited[answer.pk]),
    )


@transaction.atomic
def confirm(pk: UUID, *, revision: int, actor: User) -> Answer:
    """Say that what was carried over holds for this version; confirming twice is one event.

    Raises:
        AnswerMoved: it has a later revision than the one that was read.
        PortalError: it is under review, or does not apply.
    """
    answer = lock(pk)
    if not answer.to_confirm:
        return answer
    if answer.revision != revision:
        raise AnswerMoved(answer)
    details: dict[str, Any] = rewrite(answer, {"to_confirm": False}, actor=actor)
    details |= store(answer, author=actor)
    record("answer.confirm", answer, actor=actor, organisation_id=answer.organisation_id, **details)
    return answer


@transaction.atomic
def confirm_unchanged(
    assessment: Assessment, *, answer_ids: Iterable[UUID], actor: User
) -> list[Answer]:
    """Confirm in one step those of ``answer_ids`` for which nothing changed; return them.

    Where something changed, also since the list was shown, the answer stays to be confirmed:
    somebody has to open it.
    """
    locked = lock_all(
        Answer.objects.filter(
            assessment=assessment, pk__in=list(answer_ids)
        ).awaiting_confirmation()
    )
    unchanged = [
        each.answer for each in compare(locked, today=timezone.localdate()) if not each.changes
    ]
    now = timezone.now()
    for answer in unchanged:
        rewrite(answer, {"to_confirm": False}, actor=actor, at=now)
    heirs = store_all(unchanged, fields=CONFIRMED, author=actor)
    if unchanged:
        record(
            "assessment.confirm",
            assessment,
            actor=actor,
            organisation_id=assessment.organisation_id,
            answers=[answer.code for answer in unchanged],
            **heirs,
        )
    return unchanged
