"""Keeping the words of answers, in the transaction that changes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from assessments.models import Answer, EvidenceLink, SearchEntry
from assessments.search import words_of

AT_ONCE = 500


def index(answers: Sequence[Answer]) -> None:
    """Keep the words of what ``answers``, of one organisation, say and cite."""
    for start in range(0, len(answers), AT_ONCE):
        some = answers[start : start + AT_ONCE]
        cited = _cited([answer for answer in some if answer.evidence_count])
        SearchEntry.objects.bulk_create(
            [
                SearchEntry(
                    organisation_id=answer.organisation_id,
                    answer=answer,
                    words=words_of(
                        organisation=answer.organisation_id,
                        recommendation=answer.recommendation_id,
                        texts=[answer.justification, *(title for title, _n in cited[answer.pk])],
                        numbers=[number for _title, number in cited[answer.pk]],
                    ),
                )
                for answer in some
            ],
            update_conflicts=True,
            update_fields=["words"],
            unique_fields=["organisation", "answer"],
        )


def _cited(answers: Sequence[Answer]) -> dict[UUID, list[tuple[str, int]]]:
    """Return title and number of what each answer cites."""
    cited: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    if answers:
        links = EvidenceLink.objects.filter(
            organisation_id=answers[0].organisation_id, answer__in=[each.pk for each in answers]
        )
        for key, title, number in links.values_list(
            "answer_id", "evidence__title", "evidence__number"
        ):
            cited[key].append((title, number))
    return cited
