"""What the recommendations of the editions in use say, read once for each edition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ansm_portal.accounts.models import Organisation
from assessments.folding import fold
from assessments.models import Assessment, Catalogue, Recommendation
from assessments.search import Asked

TEXTS: Final = ("code", "title_fr", "title_en", "statement_fr", "statement_en")
MOST_KEPT: Final = 50  # editions, some hundred kilobytes each

# Assessments use published editions only, which never change.
_kept: dict[UUID, list[Entry]] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A recommendation, as filters need it; ``texts`` are folded."""

    pk: UUID
    section: str
    section_titles: tuple[tuple[str, str], ...]
    criteria: frozenset[str]
    stakeholders: frozenset[str]
    texts: tuple[str, ...]

    def section_title(self, language: str) -> str:
        """Return the title of its section, in French where there is no other."""
        titles = dict(self.section_titles)
        return titles.get(language, titles["fr"])

    def says(self, asked: Asked) -> bool:
        """Tell whether one of its texts has a word that begins so."""
        return any(asked.is_in(text) for text in self.texts)


def entries_in_use(organisation: Organisation) -> list[Entry]:
    """Return the entries of the editions that the organisation uses, oldest edition first."""
    used = Assessment.objects.filter(organisation=organisation).values("catalogue")
    editions = Catalogue.objects.filter(pk__in=used).order_by("published_at", "pk")
    keys = list(editions.values_list("pk", flat=True))
    found = {pk: _kept[pk] for pk in keys if pk in _kept}
    if missing := set(keys) - found.keys():
        if len(_kept) + len(missing) > MOST_KEPT:
            _kept.clear()
        read = _read(missing)
        _kept.update(read)
        found |= read
    return [entry for pk in keys for entry in found[pk]]


def _read(editions: Iterable[UUID]) -> dict[UUID, list[Entry]]:
    """Return the entries of each of ``editions``, in one query."""
    found: dict[UUID, list[Entry]] = {pk: [] for pk in editions}
    rows = Recommendation.objects.filter(catalogue__in=list(found)).select_related("section")
    for row in rows.order_by("position"):
        found[row.catalogue_id].append(
            Entry(
                pk=row.pk,
                section=row.section.key,
                section_titles=(("fr", row.section.title_fr), ("en", row.section.title_en)),
                criteria=frozenset(row.criteria),
                stakeholders=frozenset(row.stakeholders),
                texts=tuple(fold(getattr(row, name)) for name in TEXTS),
            )
        )
    return found
