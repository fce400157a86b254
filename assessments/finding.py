"""Answers that say what is searched for, in their own texts or in their recommendation's.

The full-text index finds rare words at once. It has to gather all answers that have a common
word, of every organisation, before the first is known: such a word is looked for in one answer
after the other instead, which ends as soon as a page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Concat
from django.db.models.lookups import Contains

from ansm_portal.accounts.models import Organisation
from assessments.editions import Entry
from assessments.models import SearchEntry
from assessments.search import Asked, Matches

SAMPLE = 1000  # answers that are looked at to see whether a word is common
COMMON = 50  # of so many answers


def conditions(
    asked: Sequence[Asked], *, organisation: Organisation, entries: Sequence[Entry]
) -> list[Q]:
    """Return the conditions on an answer to have every word of ``asked``.

    ``entries`` are the recommendations there are.
    """
    if not asked:  # signs only
        return [Q(pk__in=[])]
    said = {word: [entry.pk for entry in entries if entry.says(word)] for word in asked}
    shares = _shares(asked, organisation)
    rare, found = [], []
    for word, recommendations in said.items():
        if shares[word] + SAMPLE * len(recommendations) // (len(entries) or 1) < COMMON:
            rare.append((word, recommendations))
        else:
            found.append(_one_by_one(word, recommendations))
    if rare:
        matching = SearchEntry.objects.filter(
            Matches(rare, organisation=organisation.pk), organisation=organisation
        )
        found.append(Q(pk__in=matching.values("answer")))
    return found


# The words between spaces, as each of them is looked for.
_SPACED: Final = Concat(Value(" "), "words", Value(" "), output_field=TextField())


def _parts(word: Asked) -> list[str]:
    """Return what stands in the words of an entry that has ``word``."""
    return [f" {token.text}" + " " * (not token.is_beginning) for token in word.tokens]


def _shares(asked: Sequence[Asked], organisation: Organisation) -> dict[Asked, int]:
    """Return how many of the answers looked at have each word in their own texts."""
    entries = SearchEntry.objects.filter(organisation=organisation)
    counted = entries.values("pk", spaced=_SPACED)[:SAMPLE].aggregate(
        **{
            f"n{n}": Count("pk", filter=Q(*(Q(spaced__contains=part) for part in _parts(word))))
            for n, word in enumerate(asked)
        }
    )
    return {word: counted[f"n{n}"] for n, word in enumerate(asked)}


def _one_by_one(word: Asked, recommendations: Sequence[UUID]) -> Q:
    # A value for each answer, not EXISTS: PostgreSQL would gather all that exist first.
    entry = SearchEntry.objects.filter(
        organisation_id=OuterRef("organisation_id"), answer=OuterRef("pk")
    )
    spaced = Subquery(entry.values(spaced=_SPACED)[:1], output_field=TextField())
    own = Q()
    for part in _parts(word):
        own &= Q(Contains(spaced, part))
    return Q(recommendation__in=recommendations) | own
