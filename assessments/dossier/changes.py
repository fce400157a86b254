"""What changed between the records of two dossiers: part of the later one, or of a page.

Works on the plain JSON of the records, so that one of an earlier schema version compares, too.
No database.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.comparing import Difference, Kind, Said, tallies
from assessments.comparing import compare as compare_said
from assessments.dossier.changed import (
    ChangedAction,
    ChangedApproval,
    ChangedEntry,
    ChangedEvidence,
    ChangedPhase,
    ChangedRemark,
    Changes,
    Count,
    Move,
)
from assessments.dossier.edition import Text
from assessments.dossier.members import members_of_one

Plain: TypeAlias = Mapping[str, Any]

# Parts of a record whose single values are compared one by one.
PARTS: Final = ("organisation", "device", "version", "catalogue", "seal")


class NotComparable(PortalError):
    """A record is not in a form that can be compared."""


def changes_between(before: str, after: str, *, snapshot_sha256: str) -> Changes:
    """Return what changed from one record to another, both as they are kept.

    Raises:
        NotComparable: one of them lacks what all forms of the record have since version 3.
    """
    try:
        return compare(json.loads(before), json.loads(after), snapshot_sha256=snapshot_sha256)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotComparable(
            _("The record of one of these dossiers has a form that cannot be compared.")
        ) from error


def compare(before: Plain, after: Plain, *, snapshot_sha256: str) -> Changes:
    """Return what changed from the record ``before``, of that digest, to ``after``."""
    old, new = _phases(before), _phases(after)
    both = [key for key in new if key in old]
    then, now = (_entries(phases[key] for key in both) for phases in (old, new))
    differing, alike = compare_said(_said(then), _said(now))
    members_left, members_new = members_of_one(before, after)
    return Changes(
        number=before["number"],
        schema_version=before["schema_version"],
        snapshot_sha256=snapshot_sha256,
        issued_at=_instant(before["issued_at"]),
        device=before["device"]["name"],
        version=before["version"]["label"],
        edition=before["catalogue"]["edition"],
        moves=tuple(_moves(before, after)),
        phases=tuple(_counted(both, (then, now), _verdicts(after), differing, alike)),
        phases_left=tuple(key for key in old if key not in new),
        phases_new=tuple(key for key in new if key not in old),
        entries=tuple(_entry(one, then, now) for one in differing),
        restated=tuple(
            code
            for code in now
            if code in then and _statement(then[code][1]) != _statement(now[code][1])
        ),
        evidence=tuple(_evidence(before["evidence"], after["evidence"])),
        remarks=tuple(_remarks(before["remarks"], after["remarks"])),
        actions=tuple(_actions(before["actions"], after["actions"])),
        approvals=tuple(_approvals(before["approvals"], after["approvals"])),
        members_left=tuple(members_left),
        members_new=tuple(members_new),
    )


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _phases(record: Plain) -> dict[str, Plain]:
    return {phase["key"]: phase for phase in record["phases"]}


def _entries(phases: Iterable[Plain]) -> dict[str, tuple[str, Plain]]:
    """Return phase and entry of each recommendation, by code, in order."""
    return {
        entry["recommendation"]["code"]: (phase["key"], entry)
        for phase in phases
        for section in phase["sections"]
        for entry in section["entries"]
    }


def _statement(entry: Plain) -> Any:
    return entry["recommendation"]["statement"]


def _said(entries: Mapping[str, tuple[str, Plain]]) -> Iterator[Said]:
    for position, (code, (phase, entry)) in enumerate(entries.items()):
        answer = entry["answer"]
        yield Said(
            key=code,
            code=code,
            phase=phase,
            position=position,
            is_applicable=entry["applicability"]["is_applicable"],
            verdict=answer["verdict"],
            justification=answer["justification"],
            owner_id=answer["owner"],
            due_on=answer["due_on"],
            evidence=frozenset(answer["evidence"]),
        )


_NAMES: Final = {"owner_id": "owner"}  # a record names people, it has no keys of rows


def _entry(
    one: Difference, then: Mapping[str, tuple[str, Plain]], now: Mapping[str, tuple[str, Plain]]
) -> ChangedEntry:
    _phase, entry = (now if one.kind != Kind.REMOVED else then)[one.shown.code]
    title = entry["recommendation"]["title"]
    old, new = (side.justification if side else "" for side in (one.before, one.after))
    old, new = ("", "") if old == new else (old, new)
    moves = [
        Move(_NAMES.get(name, name), _as_text(was), _as_text(becomes))
        for name, was, becomes in one.changes
        if name != "justification"
    ]
    if one.kind != Kind.CHANGED:
        verdicts = (side.verdict if side else "" for side in (one.before, one.after))
        moves = [Move("verdict", *verdicts)]
    return ChangedEntry(
        kind=one.kind.value,
        code=one.shown.code,
        phase=one.shown.phase,
        title=Text(fr=title["fr"], en=title["en"]),
        moves=tuple(moves),
        justification_before=old,
        justification_after=new,
        evidence_came=one.came,
        evidence_went=one.went,
    )


def _verdicts(record: Plain) -> list[str]:
    """Return the verdicts in the order of the record's own list."""
    return [term["key"] for term in record["vocabulary"] if term["vocabulary"] == "verdict"]


def _counted(
    phases: Sequence[str],
    both: tuple[Mapping[str, tuple[str, Plain]], Mapping[str, tuple[str, Plain]]],
    verdicts: Sequence[str],
    differing: Sequence[Difference],
    alike: Sequence[Said],
) -> Iterator[ChangedPhase]:
    found = tallies(differing, alike)
    for key in phases:
        sides = [_answers(entries, key) for entries in both]
        old, new = (Counter(answer["verdict"] for answer in side) for side in sides)
        accepted = [sum(answer["state"] == "accepted" for answer in side) for side in sides]
        tally = found.get(key)
        yield ChangedPhase(
            phase=key,
            accepted_before=accepted[0],
            accepted_after=accepted[1],
            verdicts=tuple(
                Count(verdict, old[verdict], new[verdict])
                for verdict in verdicts
                if old[verdict] or new[verdict]
            ),
            alike=tally.alike if tally else 0,
            changed=tally.changed if tally else 0,
            added=tally.added if tally else 0,
            removed=tally.removed if tally else 0,
        )


def _answers(entries: Mapping[str, tuple[str, Plain]], phase: str) -> list[Plain]:
    return [
        entry["answer"]
        for of, entry in entries.values()
        if of == phase and entry["applicability"]["is_applicable"]
    ]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _moves(before: Plain, after: Plain) -> Iterator[Move]:
    """Yield the single values that differ: whose dossier, of what, by which edition and seal."""
    for part in PARTS:
        old, new = before[part], after[part]
        for name in new:
            if name not in old or isinstance(new[name], list | dict) or old[name] == new[name]:
                continue
            yield Move(f"{part}.{name}", _as_text(old[name]), _as_text(new[name]))
    was, becomes = set(before["version"]["facts"]), set(after["version"]["facts"])
    for fact in sorted(was ^ becomes):
        yield Move(f"fact.{fact}", _as_text(fact in was), _as_text(fact in becomes))
    if before["is_provisional"] != after["is_provisional"]:
        sides = (_as_text(side["is_provisional"]) for side in (before, after))
        yield Move("is_provisional", *sides)
    old_phases, new_phases = _phases(before), _phases(after)
    for key in new_phases:
        if key in old_phases:
            states = [side[key]["review"]["state"] for side in (old_phases, new_phases)]
            if states[0] != states[1]:
                yield Move(f"review.{key}", *states)


def _evidence(before: Sequence[Plain], after: Sequence[Plain]) -> Iterator[ChangedEvidence]:
    old, new = ({piece["number"]: piece for piece in side} for side in (before, after))
    for number in sorted(old | new):
        was, becomes = old.get(number), new.get(number)
        shown = becomes or was
        assert shown is not None  # noqa: S101 -- it is in one of them
        if was is None:
            kind = "added"
        elif becomes is None:
            kind = "removed"
        elif becomes["superseded_by"] != was["superseded_by"]:
            kind = "superseded"
        else:
            continue
        yield ChangedEvidence(kind, number, shown["title"], shown["superseded_by"])


def _remarks(before: Sequence[Plain], after: Sequence[Plain]) -> Iterator[ChangedRemark]:
    """Yield by when, by whom and on what they were raised: each dossier numbers them anew."""

    def keyed(side: Sequence[Plain]) -> dict[tuple[str, ...], Plain]:
        return {(one["raised_at"], one["code"], one["raised_by"]): one for one in side}

    old, new = keyed(before), keyed(after)
    for key, one in new.items():
        was = old.get(key)
        is_open, was_open = one["closed_at"] is None, was is not None and was["closed_at"] is None
        if was is None:
            yield _remark("opened" if is_open else "opened_and_closed", one)
        elif is_open != was_open:
            yield _remark("reopened" if is_open else "closed", one)
    for key, one in old.items():
        if key not in new and one["closed_at"] is None:
            yield _remark("left", one)


def _remark(kind: str, one: Plain) -> ChangedRemark:
    return ChangedRemark(
        kind, one["number"], one["code"], one["kind"], one["text"], one["raised_by"]
    )


def _actions(before: Sequence[Plain], after: Sequence[Plain]) -> Iterator[ChangedAction]:
    old = {action["number"]: action["state"] for action in before}
    for action in after:
        was = old.get(action["number"], "")
        if was != action["state"]:
            yield ChangedAction(action["number"], action["title"], was, action["state"])


def _approvals(before: Sequence[Plain], after: Sequence[Plain]) -> Iterator[ChangedApproval]:
    def keyed(side: Sequence[Plain]) -> dict[tuple[str, ...], Plain]:
        return {(one["phase"], one["signed_at"], one["content_sha256"]): one for one in side}

    old, new = keyed(before), keyed(after)
    for key, one in new.items():
        was = old.get(key)
        is_void, was_void = (bool(side and side["voided_at"]) for side in (one, was))
        if is_void and not was_void:
            yield _approval("voided" if was else "signed_and_voided", one)
        elif was is None:
            yield _approval("signed", one)
    for key, one in old.items():
        if key not in new and not one["voided_at"]:
            yield _approval("left", one)


def _approval(kind: str, one: Plain) -> ChangedApproval:
    return ChangedApproval(kind, one["phase"], one["name"], one["role"], _instant(one["signed_at"]))
