"""What becomes of the answers of an assessment that moves to another edition. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessments.applicability import missing_facts
from assessments.catalogue.succession import WORDING
from assessments.catalogue.transition import Fate, Transition
from assessments.differences import in_short
from assessments.enums import AnswerState, ProvenanceStatus, Verdict
from devices.enums import Fact

if TYPE_CHECKING:
    from assessments.catalogue.succession import Group
    from assessments.models import Answer, Recommendation

LONGEST_REASON: Final = 2000  # of the column


@dataclass(frozen=True, slots=True)
class Applies:
    """Whether an entry applies to a version, and why not."""

    missing_facts: list[str]
    is_set_aside: bool

    @property
    def is_left_out(self) -> bool:
        """Tell whether it is left out, unless somebody includes it."""
        return bool(self.missing_facts) or self.is_set_aside


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of the answers to one group of entries.

    ``reason`` is why they are reopened, empty when they are not; ``applies`` is one of each
    entry of the newer edition, in the order of ``group.after``.
    """

    fate: Fate
    group: Group
    answers: tuple[Answer, ...]
    applies: tuple[Applies, ...]
    reason: str = ""

    @property
    def reopens(self) -> bool:
        """Tell whether something that was accepted is no longer."""
        return any(answer.state == AnswerState.ACCEPTED for answer in self.answers) and (
            bool(self.reason) or self.ceases
        )

    @property
    def says_something(self) -> bool:
        """Tell whether one of the answers has a verdict or a text."""
        return any(says_something(answer) for answer in self.answers)

    @property
    def begins(self) -> bool:
        """Tell whether an entry that was left out applies from now on."""
        return (
            bool(self.answers)
            and self.fate != Fate.GONE
            and (
                not any(answer.is_applicable for answer in self.answers)
                and any(not one.is_left_out for one in self.applies)
            )
        )

    @property
    def ceases(self) -> bool:
        """Tell whether an entry that applied is left out from now on."""
        kept = any(answer.inclusion_reason for answer in self.answers)
        return bool(self.applies) and (
            any(answer.is_applicable for answer in self.answers)
            and all(one.is_left_out for one in self.applies)
            and not kept
        )


def says_something(answer: Answer) -> bool:
    """Tell whether an answer has a verdict, a text or evidence."""
    return (
        answer.verdict != Verdict.NOT_ASSESSED
        or bool(answer.justification)
        or answer.evidence_count > 0
    )


def applies(entry: Recommendation, facts: Set[Fact], *, leaves_out_inferred: bool) -> Applies:
    """Say whether ``entry`` applies to a version with ``facts``."""
    is_inferred = entry.provenance_status == ProvenanceStatus.INFERRED
    return Applies(
        missing_facts(entry.applies_when, facts), is_set_aside=leaves_out_inferred and is_inferred
    )


def steps(
    transition: Transition,
    answers: Iterable[Answer],
    facts: Set[Fact],
    *,
    leaves_out_inferred: bool,
    reasons: Mapping[int, str] | None = None,
) -> list[Step]:
    """Return what becomes of each answer, in the order of the newer edition.

    ``reasons`` are those of each group, by its place, when they were made before for another
    assessment of the same two editions.
    """
    own: dict[UUID, Answer] = {answer.recommendation_id: answer for answer in answers}
    told = reasons if reasons is not None else why(transition)
    return [
        Step(
            fate=transition.fate(group),
            group=group,
            answers=tuple(own[entry.pk] for entry in group.before if entry.pk in own),
            applies=tuple(
                applies(entry, facts, leaves_out_inferred=leaves_out_inferred)
                for entry in group.after
            ),
            reason=told.get(place, ""),
        )
        for place, group in enumerate(transition.groups)
    ]


def why(transition: Transition) -> dict[int, str]:
    """Say of each group, by its place, why its answers are reopened; those kept have no reason."""
    edition = transition.newer.catalogue.edition
    found = {}
    for place, group in enumerate(transition.groups):
        words = {"edition": edition, "codes": ", ".join(each.code for each in group.before)}
        match transition.fate(group):
            case Fate.REWORDED:
                what = reworded(group.before[0], group.after[0])
                reason = _("Reworded in edition %(edition)s: %(what)s") % {**words, "what": what}
            case Fate.SPLIT:
                parts = ", ".join(each.code for each in group.after)
                reason = _("%(codes)s was split into %(parts)s in edition %(edition)s.") % {
                    **words,
                    "parts": parts,
                }
            case Fate.MERGED:
                reason = _("%(codes)s were merged in edition %(edition)s.") % words
            case _:
                continue
        found[place] = reason[:LONGEST_REASON]
    return found


def reworded(old: Recommendation, new: Recommendation) -> str:
    """Say in one line what was reworded, in the language of whoever asks, else in the other."""
    first = get_language() if get_language() in {"fr", "en"} else "fr"
    for language in (first, "en" if first == "fr" else "fr"):
        told = [
            in_short(_plain(getattr(old, name)), _plain(getattr(new, name)))
            for name in WORDING
            if name.endswith(f"_{language}")
        ]
        if said := "; ".join(each for each in told if each):
            return said
    return ""


def _plain(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "; ".join(text)
