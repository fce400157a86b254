"""What events say of answers. No database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, Protocol

FIELDS: Final = (
    *("verdict", "justification", "owner_id", "due_on", "to_confirm"),
    *("override_reason", "evidence", "is_applicable"),
)
OF_ONE: Final = frozenset(
    {
        *("answer.save", "answer.confirm", "answer.copy", "answer.override", "answer.inherit"),
        *("answer.include", "answer.exclude"),
    }
)
OF_MANY: Final = frozenset({"answers.bulk", "answers.undo"})
# About something else, but they say what became of which answers, too.
BESIDES: Final = frozenset(
    {
        *("evidence.supersede", "version.change_profile"),
        *("assessment.move", "assessment.move_back", "assessment.leave_out"),
    }
)
ANSWER: Final = "assessments.answer:"


class Told(Protocol):
    """An event of the journal."""

    verb: str
    target: str
    data: Any


def changes_in(event: Told, key: str) -> dict[str, list[Any]]:
    """Return what each field of the answer ``key`` was and became, as an event says it.

    Evidence that came is ``[None, key]``, evidence that went ``[key, None]``; either may be a
    list of keys.
    """
    return all_changes_in(event).get(key, {})


def all_changes_in(event: Told) -> dict[str, dict[str, list[Any]]]:
    """Return, by the keys of answers, what an event says of each."""
    found: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    data: Mapping[str, Any] = event.data
    own: dict[str, list[Any]] = {}
    if event.verb in OF_ONE:
        own = {name: data[name] for name in FIELDS if name in data}
    elif event.verb == "answer.cite":
        own = {"evidence": [None, data["evidence"]]}
    elif event.verb == "answer.uncite":
        own = {"evidence": [data["evidence"], None]}
    if own:
        found[event.target.removeprefix(ANSWER)] = own
    if event.verb in OF_MANY | BESIDES:
        for one in data.get("changes", ()):
            found[one["answer"]] |= one["fields"]
    for one in data.get("heirs", ()):
        found[one["answer"]] |= {n: pair for n, pair in one["fields"].items() if n in FIELDS}
    return dict(found)


def keys_in(value: Any) -> list[str]:
    """Return the keys that one side of a change of evidence names."""
    return value if isinstance(value, list) else [value] if value else []
