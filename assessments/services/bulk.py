"""One change of many answers: what it would do, doing it, undoing it.

A bulk change is one row (:class:`BulkChange`) and **one event**, ``answers.bulk``, about that
row, whose ``changes`` say for each answer its key, its code, its new revision and what each
field was and became. The answers it changed are listed as :class:`BulkEntry`, so that the
history of one answer is found by index: its events are those about the row itself and those
about the bulk changes that name it (:func:`journal_targets`), and its part of a bulk event is
:func:`part_of`. Undoing (``bulk_undo``) is a change of its own, one event ``answers.undo``
about the same row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.bulk import CONTENT, Refused, Row, Wish, outcome
from assessments.enums import BulkKind
from assessments.models import Answer, BulkChange, BulkEntry, Evidence, EvidenceLink
from assessments.services.changes import (
    lock_all,
    reopen_phases,
    rewrite,
    store_all,
    take_back,
)
from assessments.services.evidence import Document, add_reference

# What a save may touch besides the fields that are asked for.
FOLLOWING: Final = frozenset(
    {
        *("answered_by_id", "answered_at", "justification_html", "to_confirm"),
        *("state", "accepted_by_id", "accepted_at", "reopened_reason"),
    }
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer was when the person saw what would become of it."""

    revision: int
    state: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A document of the quality system that is not in the register yet."""

    reference: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done: its kind, to each answer, and with which evidence."""

    kind: BulkKind
    wish: Wish
    evidence: Evidence | Reference | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of one answer: its changes, or why it stays."""

    answer: Answer
    changes: Mapping[str, Any]
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A bulk change, and the answers that it left alone."""

    change: BulkChange
    left: list[Planned]


def preview(answers: Iterable[Answer], order: Order) -> list[Planned]:
    """Say what ``order`` would do to each of ``answers``; change nothing."""
    return _plan(list(answers), order, expected=None)


def _plan(
    answers: Sequence[Answer], order: Order, *, expected: Mapping[UUID, Expected] | None
) -> list[Planned]:
    citing: set[UUID] = set()
    if isinstance(order.evidence, Evidence):
        links = EvidenceLink.objects.filter(
            evidence=order.evidence, answer__in=[answer.pk for answer in answers]
        )
        citing = set(links.values_list("answer_id", flat=True))
    planned = []
    for answer in answers:
        seen = Expected(answer.revision, answer.state)
        if expected is not None and expected[answer.pk] != seen:
            planned.append(Planned(answer, {}, Refused.MOVED))
            continue
        found = outcome(_row(answer, cites=answer.pk in citing), order.wish)
        refused = found if isinstance(found, Refused) else None
        planned.append(Planned(answer, {} if isinstance(found, Refused) else found, refused))
    return planned


def _row(answer: Answer, *, cites: bool) -> Row:
    return Row(
        is_applicable=answer.is_applicable,
        state=answer.state,
        verdict=answer.verdict,
        justification=answer.justification,
        owner_id=answer.owner_id,
        due_on=answer.due_on,
        to_confirm=answer.to_confirm,
        cites=cites,
        is_inherited=answer.inherited_from_id is not None and not answer.override_reason,
    )


@transaction.atomic
def apply(
    expected: Mapping[UUID, Expected],
    order: Order,
    *,
    organisation: Organisation,
    token: UUID,
    actor: User,
) -> Done:
    """Do what was shown, to the answers that still are what they were; leave the others alone.

    ``token`` is given by whoever asks: the same one again finds the change that was made, so
    that a double click is one event.

    Raises:
        PortalError: no answer changes, or the evidence is superseded.
    """
    answers = lock_all(Answer.objects.filter(organisation=organisation, pk__in=expected))
    key = uuid5(organisation.pk, f"{actor.pk} {token}")
    done = BulkChange.objects.filter(organisation=organisation, pk=key).first()
    if done is not None:
        return Done(done, [])
    planned = _plan(answers, order, expected=expected)
    left = [each for each in planned if each.refused]
    changing = [each for each in planned if not each.refused]
    if not changing:
        raise PortalError(
            _("Nothing was changed: none of these answers is as it was when you looked.")
        )
    evidence = _evidence(order, organisation=organisation, actor=actor)
    change = BulkChange(pk=key, organisation=organisation, kind=order.kind, made_by=actor)
    change.changes, heirs = _write(changing, evidence, reason=order.wish.reason, actor=actor)
    change.save(force_insert=True)
    BulkEntry.objects.bulk_create(
        BulkEntry(organisation=organisation, change=change, answer=each.answer) for each in changing
    )
    details = {"reason": order.wish.reason, "number": evidence.number if evidence else None}
    record(
        "answers.bulk",
        change,
        actor=actor,
        organisation_id=organisation.pk,
        kind=order.kind.value,
        changes=change.changes,
        **{name: value for name, value in details.items() if value},
        **heirs,
    )
    return Done(change, left)


def _evidence(order: Order, *, organisation: Organisation, actor: User) -> Evidence | None:
    if isinstance(order.evidence, Reference):
        return add_reference(
            order.evidence.reference,
            document=order.evidence.document,
            organisation=organisation,
            actor=actor,
        )
    if order.evidence is None:
        return None
    evidence = Evidence.objects.select_for_update(of=("self",)).get(pk=order.evidence.pk)
    if evidence.superseded_by_id:
        raise PortalError(
            _("%(label)s is superseded. Cite the newer one.") % {"label": evidence.label}
        )
    return evidence


def _write(
    changing: Sequence[Planned], evidence: Evidence | None, *, reason: str, actor: User
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Change the answers; return for each what was and is, and what the event says of heirs."""
    reopened, changed = [], []
    touched: set[str] = set()
    now = timezone.now()
    for each in changing:
        answer, changes = each.answer, dict(each.changes)
        touched.update(changes)
        if not CONTENT.isdisjoint(changes) and take_back(answer, reason=reason):
            reopened.append(answer)
        cites = changes.pop("evidence", False)
        fields = rewrite(answer, changes, actor=actor, at=now)
        if cites and evidence is not None:
            answer.evidence_count += 1
            fields["evidence"] = [None, evidence.pk]
        changed.append(told(answer, fields, revision=answer.revision + 1))
    answers = [each.answer for each in changing]
    if evidence is not None:
        EvidenceLink.objects.bulk_create(
            EvidenceLink(
                organisation_id=each.answer.organisation_id,
                answer=each.answer,
                evidence=evidence,
                linked_by=actor,
            )
            for each in changing
            if "evidence" in each.changes
        )
    heirs = store_and_reopen(answers, touched, reopened=reopened, reason=reason, actor=actor)
    reopened_keys = {str(answer.pk) for answer in reopened}
    told_so = [
        one | {"reopened": True} if one["answer"] in reopened_keys else one for one in changed
    ]
    return told_so, heirs


def store_and_reopen(
    answers: Sequence[Answer],
    touched: set[str],
    *,
    reopened: Sequence[Answer] = (),
    reason: str = "",
    actor: User,
) -> dict[str, Any]:
    """Save what was ``touched`` in ``answers``, and open the phases of those ``reopened``."""
    rewritten = not CONTENT.isdisjoint(touched)
    reopen_phases(reopened, actor=actor, reason=reason)
    fields = {"evidence_count" if name == "evidence" else name for name in touched}
    return store_all(
        answers,
        fields=fields | FOLLOWING if rewritten else fields,
        author=actor if rewritten else None,
    )


def told(answer: Answer, fields: Mapping[str, list[Any]], *, revision: int) -> dict[str, Any]:
    """Return what is kept of the change of one answer: what ``fields`` were and are, as JSON."""
    return {
        "answer": str(answer.pk),
        "code": answer.code,
        "revision": revision,
        "fields": {name: [_plain(value) for value in pair] for name, pair in fields.items()},
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return str(value) if isinstance(value, UUID | dt.date) else value


def journal_targets(answer_id: UUID) -> list[str]:
    """Return what the events that tell of changes of one answer are about, for ``target__in``."""
    changes = BulkEntry.objects.filter(answer_id=answer_id).values_list("change_id", flat=True)
    return [
        f"{Answer._meta.label_lower}:{answer_id}",
        *(f"{BulkChange._meta.label_lower}:{pk}" for pk in changes),
    ]


def part_of(data: Mapping[str, Any], answer_id: UUID) -> dict[str, list[Any]]:
    """Return what a bulk event says of one answer: what each field was and became."""
    for one in data.get("changes", ()):
        if one["answer"] == str(answer_id):
            return dict(one["fields"])
    return {}
