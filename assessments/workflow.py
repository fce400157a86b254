"""The life of the review of a phase, as data. No database, no request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from ansm_portal.permissions import Permission
from assessments.enums import ReviewState as State


class Transition(Enum):
    """A step; the value is its verb in the journal."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    RETURN = "return"
    ACCEPT = "accept"
    SIGN = "sign"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states a step leads where, and who may take it."""

    sources: frozenset[State]
    target: State
    permission: Permission
    needs_comment: bool = False


RULES: Final[Mapping[Transition, Rule]] = {
    Transition.SUBMIT: Rule(frozenset({State.OPEN}), State.SUBMITTED, Permission.ASSESSMENT_EDIT),
    Transition.WITHDRAW: Rule(frozenset({State.SUBMITTED}), State.OPEN, Permission.ASSESSMENT_EDIT),
    Transition.RETURN: Rule(
        frozenset({State.SUBMITTED}),
        State.OPEN,
        Permission.ASSESSMENT_REVIEW,
        needs_comment=True,
    ),
    Transition.ACCEPT: Rule(
        frozenset({State.SUBMITTED}), State.ACCEPTED, Permission.ASSESSMENT_REVIEW
    ),
    Transition.SIGN: Rule(frozenset({State.ACCEPTED}), State.SIGNED, Permission.ASSESSMENT_SIGN),
    # Not a button: what an accepted answer says, or rests on, has changed.
    Transition.REOPEN: Rule(
        frozenset({State.ACCEPTED, State.SIGNED}),
        State.OPEN,
        Permission.ASSESSMENT_EDIT,
        needs_comment=True,
    ),
}


def steps_from(state: State) -> frozenset[Transition]:
    """Return the steps that ``state`` allows."""
    return frozenset(step for step, rule in RULES.items() if state in rule.sources)
