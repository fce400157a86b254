"""Keeping the words of answers, in the transaction that changes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from assessments.models import Answer, EvidenceLink, SearchEntry
from assessments.search import recommendation_mark, words_of

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


def follow(answers: Sequence[Answer], before: Mapping[UUID, UUID]) -> None:
    """Mark answers, whose words stay, with the recommendation that they are to now.

    ``before`` are the recommendations they were to, by the keys of the answers.
    """
    entries = SearchEntry.objects.filter(answer__in=[answer.pk for answer in answers])
    words = dict(entries.values_list("answer_id", "words"))
    SearchEntry.objects.bulk_create(
        [
            SearchEntry(
                organisation_id=answer.organisation_id,
                answer=answer,
                words=words[answer.pk].replace(
                    recommendation_mark(before[answer.pk]),
                    recommendation_mark(answer.recommendation_id),
                ),
            )
            for answer in answers
            if answer.pk in words
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
