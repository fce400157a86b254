"""One move under way: what becomes of each row, in memory, then written at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Case, OuterRef, Subquery, UUIDField, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.markdown import to_html
from assessments.catalogue.transition import Fate
from assessments.enums import AnswerState, ReviewState, Verdict
from assessments.models import (
    Action,
    Answer,
    AnswerDraft,
    Approval,
    Assessment,
    Authorship,
    EditionMove,
    PhaseReview,
    Recommendation,
    Remark,
    Succession,
)
from assessments.moving import Applies, Step, says_something
from assessments.services.inheriting import inherit, says_it_now
from assessments.services.repeating import TEXT, cited_by, joined_by_code, repeat, take_along
from assessments.services.search import follow, index

PLACE = ("recommendation_id", "code", "phase", "position")
OF_REVIEW = (
    *("state", "submitted_by_id", "submitted_at", "accepted_by_id", "accepted_at"),
    *("comment", "commented_by_id"),
)


@dataclass
class Change:
    """One move under way: which rows change, and what they were."""

    assessment: Assessment
    made: EditionMove
    edition: str
    answers: Sequence[Answer]
    was: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    bumped: set[UUID] = field(default_factory=set)
    created: list[Answer] = field(default_factory=list)
    copied: list[tuple[Answer, Answer]] = field(default_factory=list)
    merged: list[tuple[Answer, list[Answer]]] = field(default_factory=list)
    phases: dict[str, list[str]] = field(default_factory=dict)
    followed: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places: dict[str, list[Any]] = {
            str(each.pk): [str(each.recommendation_id), each.code, each.phase, each.position]
            for each in self.answers
        }
        self.outcome: dict[str, list[str]] = {
            name: [] for name in (*(fate.value for fate in Fate), "reopened", "begins", "ceases")
        }

    def take(self, step: Step) -> None:
        """Do what one step says, in memory."""
        codes = [entry.code for entry in step.group.after or step.group.before]
        self.outcome[step.fate.value] += codes
        for name in ("begins", "ceases"):
            self.outcome[name] += codes if getattr(step, name) else []
        if step.reopens:
            self.outcome["reopened"] += codes
        if step.fate == Fate.GONE:
            self._leave(step.answers)
        elif not step.answers:
            for entry, applies in zip(step.group.after, step.applies, strict=True):
                self._create(entry, applies)
        else:
            self._go_on(step)

    def _leave(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self._touch(answer.phase, answer.code)
            self._set(answer, left_by_id=self.made.pk)

    def _go_on(self, step: Step) -> None:
        """Let the first answer of the group go on, joined with the others, and copied from."""
        first, *others = step.answers
        entry, *parts = step.group.after
        if others:
            self._join(first, others)
        if first.phase != entry.phase:
            self._touch(first.phase, first.code)
            self._touch(entry.phase, entry.code)
        first.recommendation_id, first.code = entry.pk, entry.code
        first.phase, first.position = entry.phase, entry.position
        self._apply(first, step.applies[0])
        if step.reason and says_something(first):
            self._reopen(first, step.reason)
        for part, applies in zip(parts, step.applies[1:], strict=True):
            self._copy(first, self._create(part, applies), step.reason)

    def _apply(self, answer: Answer, applies: Applies) -> None:
        applied = answer.is_applicable
        values: dict[str, Any] = {
            "missing_facts": applies.missing_facts,
            "is_set_aside": applies.is_set_aside,
        }
        if not applies.is_left_out:
            values |= {"inclusion_reason": "", "included_by_id": None}
        values["is_applicable"] = not applies.is_left_out or bool(answer.inclusion_reason)
        self._set(answer, **values)
        if applied != answer.is_applicable:
            self._touch(answer.phase, answer.code)
            if not answer.is_applicable:
                why = _("It no longer applies in %(edition)s.") % {"edition": self.edition}
                self._reopen(answer, why, confirm=False)

    def _reopen(self, answer: Answer, reason: str, *, confirm: bool = True) -> None:
        if answer.state == AnswerState.ACCEPTED:
            self._touch(answer.phase, answer.code)
        self._set(
            answer,
            state=AnswerState.OPEN,
            accepted_by_id=None,
            accepted_at=None,
            reopened_reason=reason,
            to_confirm=confirm and answer.is_applicable,
        )
        self.bumped.add(answer.pk)

    def _join(self, first: Answer, others: list[Answer]) -> None:
        """Let ``first`` say what all say; where verdicts differ, somebody decides again."""
        speaking = [answer for answer in (first, *others) if says_something(answer)]
        self.merged.append((first, others))
        self._leave(others)
        if not speaking:
            return
        last = max(speaking, key=lambda each: (each.answered_at is not None, each.answered_at))
        verdicts = {answer.verdict for answer in speaking}
        text = joined_by_code([(answer.code, answer.justification) for answer in speaking])
        self._set(
            first,
            verdict=verdicts.pop() if len(verdicts) == 1 else Verdict.NOT_ASSESSED.value,
            justification=text,
            justification_html=to_html(text),
            answered_by_id=last.answered_by_id,
            answered_at=last.answered_at,
        )
        if first.owner_id is None:
            self._set(first, owner_id=next((o.owner_id for o in others if o.owner_id), None))

    def _create(self, entry: Recommendation, applies: Applies) -> Answer:
        answer = Answer(
            organisation_id=self.assessment.organisation_id,
            assessment=self.assessment,
            recommendation=entry,
            device_id=self.assessment.device_id,
            code=entry.code,
            phase=entry.phase,
            position=entry.position,
            is_applicable=not applies.is_left_out,
            missing_facts=applies.missing_facts,
            is_set_aside=applies.is_set_aside,
        )
        self.created.append(answer)
        if answer.is_applicable:
            self._touch(entry.phase, entry.code)
        return answer

    def _copy(self, source: Answer, answer: Answer, reason: str) -> None:
        """Offer the text of an entry that was split to the other parts, too."""
        answer.owner_id, answer.due_on = source.owner_id, source.due_on
        if says_something(source):
            repeat(source, answer)
            answer.to_confirm, answer.reopened_reason = answer.is_applicable, reason
            self.copied.append((source, answer))

    def _set(self, answer: Answer, **values: Any) -> None:
        for name, value in values.items():
            before = getattr(answer, name)
            if before != value:
                self.was.setdefault(answer.pk, {}).setdefault(name, before)
                setattr(answer, name, value)

    def _touch(self, phase: str, code: str) -> None:
        self.phases.setdefault(phase, []).append(code)

    def link_to_platforms(self) -> None:
        """Repeat the platform where both are by one edition; elsewhere, answers stand alone."""
        own = {answer.pk: answer for answer in self.answers}
        heirs = Answer.with_former.repeating(own, organisation_id=self.made.organisation_id)
        for heir in heirs.select_for_update(of=("self",)).order_by("pk"):
            source = own[heir.inherited_from_id] if heir.inherited_from_id else None
            if (
                source is None
                or source.left_by_id
                or heir.recommendation_id != source.recommendation_id
            ):
                self.followed[str(heir.pk)] = {
                    "inherited_from_id": [str(heir.inherited_from_id), None],
                    "override_reason": [heir.override_reason, ""],
                }
        lost = [UUID(pk) for pk in self.followed]
        Answer.with_former.filter(pk__in=lost).update(inherited_from=None, override_reason="")
        if self.assessment.version.platform_id is None:
            return
        sources = {
            source.recommendation_id: source
            for source in Answer.objects.filter(
                assessment__version=self.assessment.version.platform_id,
                assessment__catalogue=self.made.to_catalogue_id,
                is_applicable=True,
            )
        }
        alike = [
            (sources[answer.recommendation_id], answer)
            for answer in self.answers
            if answer.recommendation_id in sources and answer.left_by_id is None
        ]
        cited = cited_by([answer for pair in alike for answer in pair]) if alike else {}
        says_the_same = {
            answer.pk: source.pk
            for source, answer in alike
            if all(getattr(source, name) == getattr(answer, name) for name in TEXT[:2])
            and cited.get(source.pk) == cited.get(answer.pk)
            and not (source.to_confirm or answer.to_confirm)
        }
        kept = {answer.pk for source, answer in alike if answer.inherited_from_id == source.pk}
        for answer in self.answers:
            if answer.pk in kept:
                continue
            source_id = says_the_same.get(answer.pk)
            self._set(answer, inherited_from_id=source_id, override_reason="")
        copies = {answer.pk for _source, answer in self.copied}
        new = [answer for answer in self.created if answer.pk not in copies]
        inherited = inherit(new, sources.values(), [])
        self.copied += [pair for pair in inherited if says_it_now(*pair)]

    def store(self) -> None:
        """Write what was changed in memory: most answers only go to another entry, at once."""
        self.cited = cited_by([each for one, others in self.merged for each in (one, *others)])
        for first, others in self.merged:
            count = len(set().union(*(self.cited.get(each.pk, ()) for each in (first, *others))))
            self._set(first, evidence_count=count)
        for answer in self.answers:
            if answer.pk in self.was:
                answer.revision += answer.pk in self.bumped
                names = {*self.was[answer.pk], *PLACE, "revision"}
                answer.save(update_fields=[name.removesuffix("_id") for name in names])
        untouched = [answer for answer in self.answers if answer.pk not in self.was]
        self._place(untouched)
        Answer.objects.bulk_create(self.created)
        authors = Authorship.objects.filter(answer__in=[first for first, _o in self.merged])
        self.authors = list(authors.values_list("pk", flat=True)) if self.merged else []
        joined = [(other, first) for first, others in self.merged for other in others]
        take_along([*joined, *self.copied])
        self._carry_along()
        follow(untouched, {each.pk: UUID(self.places[str(each.pk)][0]) for each in untouched})
        rewritten = [a for a in self.answers if a.pk in self.was and a.left_by_id is None]
        index([*rewritten, *self.created])

    def _place(self, answers: Sequence[Answer]) -> None:
        """Let answers of which nothing else changes stand where their entries do."""
        if not answers:
            return
        rows = Answer.objects.filter(pk__in=[answer.pk for answer in answers])
        if self.made.to_catalogue.based_on_id == self.made.from_catalogue_id:
            links = Succession.objects.filter(
                catalogue=self.made.to_catalogue_id, predecessor=OuterRef("recommendation")
            )
            rows.update(recommendation=Subquery(links.values("successor")[:1]))
        else:
            whens = [
                When(pk=answer.pk, then=Value(answer.recommendation_id, UUIDField()))
                for answer in answers
            ]
            rows.update(recommendation=Case(*whens))
        entry = Recommendation.objects.filter(pk=OuterRef("recommendation"))
        rows.update(**{name: Subquery(entry.values(name)) for name in PLACE[1:]})

    def _carry_along(self) -> None:
        """Let remarks, actions and drafts follow to the answer that took over."""
        self.moved_rows: dict[str, dict[str, str]] = {"remarks": {}, "actions": {}, "drafts": {}}
        for first, others in self.merged:
            keys = [other.pk for other in others]
            for name, model in (("remarks", Remark), ("actions", Action)):
                rows = model.objects.filter(answer__in=keys)
                pairs = rows.order_by("pk").values_list("pk", "answer_id")
                self.moved_rows[name] |= {str(pk): str(answer) for pk, answer in pairs}
                if self.moved_rows[name]:
                    rows.update(answer=first)
            taken = set(
                AnswerDraft.objects.filter(answer=first).values_list("author_id", flat=True)
            )
            for draft in AnswerDraft.objects.filter(answer__in=keys).order_by("pk"):
                if draft.author_id not in taken:
                    taken.add(draft.author_id)
                    self.moved_rows["drafts"][str(draft.pk)] = str(draft.answer_id)
                    AnswerDraft.objects.filter(pk=draft.pk).update(answer=first)

    def reopen_phases(self, reviews: Mapping[str, PhaseReview], *, actor: User) -> None:
        """Open the phases whose answers are not those that were accepted; signatures are void."""
        self.reviews = {
            str(review.pk): {name: plain(getattr(review, name)) for name in OF_REVIEW}
            for phase, review in reviews.items()
            if phase in self.phases and review.state in {ReviewState.ACCEPTED, ReviewState.SIGNED}
        }
        for phase, review in reviews.items():
            if str(review.pk) not in self.reviews:
                continue
            reason = _("Moved to %(edition)s: %(codes)s.") % {
                "edition": self.edition,
                "codes": ", ".join(dict.fromkeys(self.phases[phase])),
            }
            review.state = ReviewState.OPEN
            review.submitted_by = review.submitted_at = None
            review.accepted_by = review.accepted_at = None
            review.comment, review.commented_by = reason, actor
            review.save(update_fields=[name.removesuffix("_id") for name in OF_REVIEW])
            Approval.objects.filter(phase_review=review, voided_at=None).update(
                voided_at=timezone.now(), void_reason=reason[:2000], voided_by_move=self.made
            )

    def keep(self, reviews: Mapping[str, PhaseReview]) -> None:
        """Keep what undoing puts back, and what it looks at first."""
        standing = [each for each in self.answers if each.left_by_id is None]
        self.made.outcome = self.outcome
        self.made.before = {
            "places": self.places,
            "answers": {
                str(pk): {name: plain(value) for name, value in values.items()}
                for pk, values in self.was.items()
            },
            "created": [str(answer.pk) for answer in self.created],
            "cited": {
                str(first.pk): sorted(map(str, self.cited.get(first.pk, ())))
                for first, _others in self.merged
            },
            "authors": [str(pk) for pk in self.authors],
            "heirs": self.followed,
            "reviews": self.reviews,
            **self.moved_rows,
            "left_at": {str(each.pk): each.revision for each in (*standing, *self.created)},
            "left_in": {str(review.pk): review.state for review in reviews.values()},
            "told": self.told(),
        }
        self.made.save(update_fields=["outcome", "before"])

    def told(self) -> list[dict[str, Any]]:
        """Return what the event says of answers whose content changed, as those of others do."""
        names = ("verdict", "justification", "owner_id", "to_confirm", "is_applicable")
        came = {
            first.pk: set().union(*(self.cited.get(each.pk, ()) for each in others))
            - set(self.cited.get(first.pk, ()))
            for first, others in self.merged
        }
        changes = []
        for answer in self.answers:
            was = self.was.get(answer.pk, {})
            fields = {n: [plain(was[n]), plain(getattr(answer, n))] for n in names if n in was}
            if came.get(answer.pk):
                fields["evidence"] = [[], sorted(map(str, came[answer.pk]))]
            if fields and answer.left_by_id is None:
                key = {"answer": str(answer.pk), "code": answer.code}
                changes.append({**key, "revision": answer.revision, "fields": fields})
        return changes


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it, to the microsecond."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
