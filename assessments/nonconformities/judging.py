"""The rules of the checks. Pure: an assessment as plain values in, a judgement out.

They read words: they say where an auditor would ask, not what is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from assessments.enums import FindingOutcome
from assessments.nonconformities.facts import Facts, Piece, Reply, names
from assessments.nonconformities.facts import says as _says
from assessments.nonconformities.rows import Check


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check says: about which answers, and why."""

    outcome: FindingOutcome
    codes: tuple[str, ...] = ()
    reason: str = ""


Rule = Callable[[Facts, Check], Judgement]


def judge(facts: Facts, check: Check) -> Judgement:
    """Return what ``check`` says of an assessment."""
    if check.facts and facts.facts.isdisjoint(check.facts):
        return Judgement(
            FindingOutcome.NOT_CONCERNED, (), _("The profile has none of what it is about.")
        )
    return RULES[check.check](facts, check)


def _looked_at(facts: Facts, check: Check) -> tuple[list[Reply], Judgement | None]:
    """Return the assessed answers that a check reads; or why there is nothing to read."""
    applying = [
        facts.replies[code]
        for code in check.codes
        if code in facts.replies and facts.replies[code].is_applicable
    ]
    if not applying:
        reason = _("None of the recommendations that it reads applies.")
        return [], Judgement(FindingOutcome.NOT_CONCERNED, (), reason)
    assessed = [reply for reply in applying if reply.is_assessed]
    if not assessed:
        codes = tuple(reply.code for reply in applying)
        reason = _("The answers that it reads are not written yet.")
        return [], Judgement(FindingOutcome.NOT_JUDGED, codes, reason)
    return assessed, None


def says(facts: Facts, check: Check) -> Judgement:
    """Find that no answer, and no title of its evidence, says any of the words."""
    replies, nothing = _looked_at(facts, check)
    if nothing:
        return nothing
    codes = tuple(reply.code for reply in replies)
    if any(_says(reply.text, check.words) for reply in replies):
        return Judgement(FindingOutcome.PASSED, codes)
    if check.enough == "action" and any(reply.has_action for reply in replies):
        return Judgement(FindingOutcome.PASSED, codes)
    reason = _("Neither these answers nor the titles of their evidence speak of it.")
    return Judgement(FindingOutcome.FOUND, codes, reason)


def says_without(facts: Facts, check: Check) -> Judgement:
    """Find that an answer or a title says one of the words, and none of those that mend it."""
    replies, nothing = _looked_at(facts, check)
    if nothing:
        return nothing
    told = [
        reply
        for reply in replies
        if _says(reply.text, check.words) and not _says(reply.text, check.unless)
    ]
    if not told:
        return Judgement(FindingOutcome.PASSED, tuple(reply.code for reply in replies))
    reason = _("These answers, or the titles of their evidence, say so.")
    return Judgement(FindingOutcome.FOUND, tuple(reply.code for reply in told), reason)


def shown(facts: Facts, check: Check) -> Judgement:
    """Find that a recommendation is not followed, or that no evidence of the kind is cited."""
    replies, nothing = _looked_at(facts, check)
    if nothing:
        return nothing
    codes = tuple(reply.code for reply in replies)
    if not_followed := [reply.code for reply in replies if not reply.is_followed]:
        return Judgement(
            FindingOutcome.FOUND, tuple(not_followed), _("Not followed, or only partly.")
        )
    pieces = [piece for reply in replies for piece in reply.pieces]
    if check.words:
        pieces = [piece for piece in pieces if _says(piece.text, check.words)]
    if not pieces:
        return Judgement(FindingOutcome.FOUND, codes, _("No such evidence is cited."))
    return Judgement(FindingOutcome.PASSED, codes)


def rests_only_on(facts: Facts, check: Check) -> Judgement:
    """Find followed answers that speak of the words, and show nothing else."""
    replies = [
        reply
        for reply in facts.replies.values()
        if reply.phase in check.phases and reply.code not in check.except_ and reply.is_followed
    ]
    if not replies:
        return Judgement(FindingOutcome.NOT_JUDGED, (), _("Nothing is said to be followed yet."))
    only = [
        reply.code
        for reply in replies
        if _says(reply.text, check.words)
        and all(_says(piece.text, check.words) for piece in reply.pieces)
    ]
    if not only:
        return Judgement(FindingOutcome.PASSED)
    reason = _("These answers speak of it, and cite no evidence of anything else.")
    return Judgement(FindingOutcome.FOUND, tuple(only), reason)


def rests_on_something(facts: Facts, check: Check) -> Judgement:
    """Find followed answers that cite no evidence."""
    replies = [reply for reply in facts.replies.values() if reply.is_followed]
    if not replies:
        return Judgement(FindingOutcome.NOT_JUDGED, (), _("Nothing is said to be followed yet."))
    bare = tuple(reply.code for reply in replies if not reply.pieces)
    if not bare:
        return Judgement(FindingOutcome.PASSED)
    reason = _("%(bare)s of %(all)s followed answers cite no evidence.")
    values = {"bare": len(bare), "all": len(replies)}
    return Judgement(FindingOutcome.FOUND, bare, reason % values)


def can_be_found(facts: Facts, check: Check) -> Judgement:
    """Find evidence without revision and day, superseded, or no longer valid."""

    def is_wrong(piece: Piece) -> bool:
        return not piece.is_current(facts.on) or not (piece.revision or piece.document_on)

    return _evidence(facts, facts.replies.values(), is_wrong)


def names_the_version(facts: Facts, check: Check) -> Judgement:
    """Find evidence that names another version of the device, and not the assessed one."""
    if check.codes:
        replies, nothing = _looked_at(facts, check)
        if nothing:
            return nothing
    else:
        replies = list(facts.replies.values())
    if check.words:
        replies = [_with_pieces_that_say(reply, check.words) for reply in replies]
    pieces = [piece for reply in replies for piece in reply.pieces]

    def is_of_another(piece: Piece) -> bool:
        return not names(piece.text, facts.version) and any(
            names(piece.text, other) for other in facts.other_versions
        )

    if any(is_of_another(piece) for piece in pieces):
        return _evidence(facts, replies, is_of_another)
    if any(names(piece.text, facts.version) for piece in pieces):
        return Judgement(FindingOutcome.PASSED)
    reason = _(
        "No title and no file name of this evidence says a version, and the portal does not know "
        "the application form: compare them by hand."
    )
    return Judgement(FindingOutcome.NOT_JUDGED, (), reason)


def _with_pieces_that_say(reply: Reply, words: Iterable[str]) -> Reply:
    kept = tuple(piece for piece in reply.pieces if _says(piece.text, words))
    return Reply(
        reply.code, reply.phase, reply.is_applicable, reply.verdict, reply.justification, kept
    )


def _evidence(
    facts: Facts, replies: Iterable[Reply], is_wrong: Callable[[Piece], bool]
) -> Judgement:
    """Find pieces that are wrong, named with the answers that cite them."""
    wrong: dict[str, Piece] = {}
    codes = []
    has_any = False
    for reply in replies:
        if not reply.is_applicable:
            continue
        has_any = has_any or bool(reply.pieces)
        of_it = [piece for piece in reply.pieces if is_wrong(piece)]
        if of_it:
            codes.append(reply.code)
            wrong |= {piece.label: piece for piece in of_it}
    if not has_any:
        return Judgement(FindingOutcome.NOT_JUDGED, (), _("No evidence is cited yet."))
    if not wrong:
        return Judgement(FindingOutcome.PASSED)
    told = ", ".join(f"{label} {piece.title}" for label, piece in sorted(wrong.items()))
    return Judgement(FindingOutcome.FOUND, tuple(codes), told)


RULES: Final[Mapping[str, Rule]] = {
    "says": says,
    "says_without": says_without,
    "shown": shown,
    "rests_only_on": rests_only_on,
    "rests_on_something": rests_on_something,
    "can_be_found": can_be_found,
    "names_the_version": names_the_version,
}
