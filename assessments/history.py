"""What events say of one answer. No database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

FIELDS: Final = (
    *("verdict", "justification", "owner_id", "due_on", "to_confirm"),
    *("override_reason", "evidence"),
)
OF_ONE: Final = frozenset(
    {"answer.save", "answer.confirm", "answer.copy", "answer.override", "answer.inherit"}
)
OF_MANY: Final = frozenset({"answers.bulk", "answers.undo"})


def changes_in(verb: str, data: Mapping[str, Any], key: str) -> dict[str, list[Any]]:
    """Return what each field of the answer ``key`` was and became, as an event says it.

    Evidence that came is ``[None, key]``, evidence that went ``[key, None]``; where it is
    inherited from a platform, either may be a list of keys.
    """
    if inherited := next((one for one in data.get("heirs", ()) if one["answer"] == key), None):
        return {name: pair for name, pair in inherited["fields"].items() if name in FIELDS}
    if verb in OF_ONE:
        return {name: data[name] for name in FIELDS if name in data}
    if verb in OF_MANY:
        own = next((one for one in data.get("changes", ()) if one["answer"] == key), None)
        return dict(own["fields"]) if own else {}
    if verb == "answer.cite":
        return {"evidence": [None, data["evidence"]]}
    if verb == "answer.uncite":
        return {"evidence": [data["evidence"], None]}
    return {}


def keys_in(value: Any) -> list[str]:
    """Return the keys that one side of a change of evidence names."""
    return value if isinstance(value, list) else [value] if value else []
