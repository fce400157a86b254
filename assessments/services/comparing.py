"""What the answers of assessments say today, and what they said on an earlier day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from assessments.comparing import Earlier, Said, rewind
from assessments.history import ANSWER, BESIDES
from assessments.models import Answer, Assessment, BulkChange, BulkEntry, EvidenceLink


def said_today(*assessments: Assessment) -> list[tuple[Said, ...]]:
    """Return what each answer of each assessment says, in the order of the edition."""
    return _said(Answer.objects.filter(assessment__in=assessments), assessments)


def _said(answers: QuerySet[Answer], assessments: Sequence[Assessment]) -> list[tuple[Said, ...]]:
    cited: dict[UUID, set[str]] = defaultdict(set)
    links = EvidenceLink.objects.filter(answer__in=answers.order_by().values("pk")).order_by()
    for answer, evidence in links.values_list("answer_id", "evidence_id"):
        cited[answer].add(str(evidence))
    found: dict[UUID, list[Said]] = {assessment.pk: [] for assessment in assessments}
    for row in answers.order_by("position").values(
        *("pk", "assessment_id", "code", "phase", "position", "is_applicable"),
        *("verdict", "justification", "owner_id", "due_on"),
    ):
        pk, assessment_id = row.pop("pk"), row.pop("assessment_id")
        row["owner_id"] = str(row["owner_id"]) if row["owner_id"] else None
        row["due_on"] = row["due_on"].isoformat() if row["due_on"] else None
        found[assessment_id].append(Said(key=str(pk), evidence=frozenset(cited[pk]), **row))
    return [tuple(found[assessment.pk]) for assessment in assessments]


def said_on(assessment: Assessment, days: Sequence[dt.date | None]) -> list[Earlier]:
    """Return what the answers said at the end of each of ``days``, which go back in time.

    No day is today. The journal is read backwards from today, in one query.
    """
    [today] = said_today(assessment)
    ends = [_end(day) if day else None for day in days]
    first = min((end for end in ends if end), default=None)
    events = list(_events_since(assessment, first, today)) if first else []
    former: tuple[Said, ...] = ()
    if any(event.verb == "assessment.move" for event in events):
        gone = Answer.with_former.filter(assessment=assessment).exclude(left_by=None)
        [former] = _said(gone, [assessment])
    earlier, found = Earlier(today), []
    for end in ends:
        later = list(takewhile(lambda event: end and event.happened_at > end, events))  # noqa: B023 -- at once
        events = events[len(later) :]
        earlier = rewind(earlier.answers, later, doubtful=earlier.doubtful, former=former)
        found.append(earlier)
    return found


def _end(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.max))


def _events_since(
    assessment: Assessment, instant: dt.datetime, answers: Sequence[Said]
) -> QuerySet[AuditEvent]:
    """Return what happened to the answers after ``instant``, the latest first."""
    bulk = BulkEntry.objects.filter(answer__in=[said.key for said in answers])
    targets = [
        f"{Assessment._meta.label_lower}:{assessment.pk}",
        *(f"{ANSWER}{said.key}" for said in answers),
        *(
            f"{BulkChange._meta.label_lower}:{pk}"
            for pk in bulk.order_by().values_list("change_id", flat=True).distinct()
        ),
    ]
    return (
        AuditEvent.objects.filter(
            Q(target__in=targets) | Q(verb__in=BESIDES) | Q(data__has_key="heirs"),
            organisation_id=assessment.organisation_id,
            happened_at__gt=instant,
        )
        .only("organisation_id", "verb", "target", "data", "happened_at")
        .order_by("-sequence")
    )
