"""What differs between two contents of editions, entry by entry. No database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from assessments.catalogue import changes as row_changes
from assessments.catalogue.transition import Transition
from assessments.catalogue.words import ASPECTS, Aspect


class Kind(TextChoices):
    """How something differs; of entries, what is in :data:`.words.ASPECTS` says more."""

    ADDED = Aspect.ADDED.value, ASPECTS[Aspect.ADDED]
    REMOVED = "removed", _("removed")
    CHANGED = "changed", pgettext_lazy("change of an edition", "changed")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry, section or source that differs; ``fields`` are name, before and after.

    Where the file says what followed what, ``aspects`` are the ways in which an entry differs
    from what it follows (or is followed by), and ``others`` the codes of those, if not its own.
    """

    kind: Kind
    part: str
    name: str
    title: str
    fields: tuple[tuple[str, str, str], ...] = ()
    aspects: tuple[Aspect, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What happened, in the words of the differences between editions where they apply."""
        return ", ".join(str(ASPECTS[aspect]) for aspect in self.aspects) or str(self.kind.label)


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


def followed(found: Iterable[Change], transition: Transition) -> Iterator[Change]:
    """Say of entries in which ways they follow those of the edition before.

    What the file says nothing of stays added or removed.
    """
    old: dict[str, row_changes.Change] = {}
    new: dict[str, row_changes.Change] = {}
    for change in row_changes.changes(transition):
        if change.group.before and (change.group.after or any(change.reasons)):
            old |= {entry.code: change for entry in change.group.before}
            new |= {entry.code: change for entry in change.group.after}
    for each in found:
        is_gone = each.kind is Kind.REMOVED
        said = (old if is_gone else new).get(each.name) if each.part == PARTS[0] else None
        if said is None:
            yield each
            continue
        there = said.group.after if is_gone else said.group.before
        codes = tuple(entry.code for entry in there)
        yield replace(
            each,
            aspects=tuple(aspect for aspect in Aspect if aspect in said.aspects),
            others=() if codes == (each.name,) else codes,
        )


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
