"""What changed since an answer was written for an earlier version. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Set
from dataclasses import dataclass

from django.utils.translation import gettext as _

from devices.enums import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of evidence that an answer cites; ``supersedes`` is the label of the one before."""

    label: str
    added_at: dt.datetime
    supersedes: str = ""
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What an answer says in one version, and what it rests on there."""

    said: tuple[str, str]  # verdict, justification
    facts: frozenset[Fact]
    wording: tuple[object, ...]
    evidence: tuple[Piece, ...]


def changes(
    earlier: Side,
    now: Side,
    *,
    applies_when: Iterable[str],
    written_at: dt.datetime | None,
    today: dt.date,
) -> list[str]:
    """Say what changed since ``earlier`` was written; nothing: it can be confirmed unread.

    Of the profile only the facts count that the recommendation depends on. Evidence that was
    superseded counts when the text is older than what took its place.
    """
    return [
        *_of_profile(earlier.facts, now.facts, frozenset(applies_when)),
        *([_("The recommendation was reworded.")] if earlier.wording != now.wording else []),
        *_of_evidence(earlier.evidence, now.evidence, written_at=written_at, today=today),
        *([_("The answer of the earlier version changed.")] if earlier.said != now.said else []),
    ]


def _of_profile(before: Set[Fact], after: Set[Fact], concerned: Set[str]) -> list[str]:
    came = [fact for fact in Fact if fact in after - before and fact in concerned]
    went = [fact for fact in Fact if fact in before - after and fact in concerned]
    return [
        *(_("Profile: “%(fact)s” is new.") % {"fact": fact.label} for fact in came),
        *(_("Profile: “%(fact)s” is no longer so.") % {"fact": fact.label} for fact in went),
    ]


def _of_evidence(
    before: Iterable[Piece],
    after: Iterable[Piece],
    *,
    written_at: dt.datetime | None,
    today: dt.date,
) -> list[str]:
    found = []
    had, has = {piece.label for piece in before}, {piece.label for piece in after}
    for piece in after:
        words = {"label": piece.label, "old": piece.supersedes}
        if piece.supersedes and (written_at is None or piece.added_at > written_at):
            found.append(_("Evidence %(old)s was superseded by %(label)s.") % words)
        elif piece.label not in had:
            found.append(_("Evidence %(label)s is cited here only.") % words)
        if piece.expires_on and piece.expires_on < today:
            found.append(_("Evidence %(label)s is no longer valid.") % words)
    found += [
        _("Evidence %(label)s is cited in the earlier version only.") % {"label": label}
        for label in sorted(had - has)
    ]
    return found
