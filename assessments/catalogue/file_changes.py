"""What differs between two contents of editions, entry by entry. No database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from assessments.catalogue.words import ASPECTS, Aspect


class Kind(TextChoices):
    """How something differs; of entries, what is in :data:`.words.ASPECTS` says more."""

    ADDED = Aspect.ADDED.value, ASPECTS[Aspect.ADDED]
    REMOVED = "removed", _("removed")
    CHANGED = "changed", pgettext_lazy("change of an edition", "changed")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry, section or source that differs; ``fields`` are name, before and after."""

    kind: Kind
    part: str
    name: str
    title: str
    fields: tuple[tuple[str, str, str], ...] = ()


PARTS = ("recommendations", "sections", "sources")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what differs, in the order of the entries; the edition itself comes last."""
    for part in PARTS:
        old, new = before[part], after[part]
        for name, row in new.items():
            if name not in old:
                yield Change(Kind.ADDED, part, name, _title(row))
            elif old[name] != row:
                yield Change(Kind.CHANGED, part, name, _title(row), tuple(_fields(old[name], row)))
        for name in old:
            if name not in new:
                yield Change(Kind.REMOVED, part, name, _title(old[name]))
    rest = [{name: row[name] for name in row if name not in PARTS} for row in (before, after)]
    if fields := tuple(_fields(*rest)):
        yield Change(Kind.CHANGED, "edition", str(after["key"]), str(after["edition"]), fields)


def _title(row: Mapping[str, Any]) -> str:
    first, second = ("en", "fr") if get_language() == "en" else ("fr", "en")
    return str(row.get(f"title_{first}") or row.get(f"title_{second}") or row.get("title") or "")


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in new:
        if old.get(name) != new[name]:
            yield name, _text(old.get(name)), _text(new[name])


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_text(inner)}" for name, inner in value.items())
    return "" if value is None else str(value)
