"""Which members only one of two forms of a record has. Plain JSON, no database."""

from __future__ import annotations

from typing import Any


def members_of_one(before: Any, after: Any) -> tuple[list[str], list[str]]:
    """Return the members that ``before`` alone has, and those that ``after`` alone has."""
    return _members(_shape(before), _shape(after), "")


def _shape(plain: Any) -> Any:
    """Return the members of a record without their values; the items of a list as one."""
    if isinstance(plain, dict):
        return {name: _shape(value) for name, value in plain.items()}
    if isinstance(plain, list):
        merged: Any = None
        for item in plain:
            merged = _merged(merged, _shape(item))
        return {"[]": merged}
    return None


def _merged(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one or other
    return {name: _merged(one.get(name), other.get(name)) for name in one | other}


def _members(before: Any, after: Any, path: str) -> tuple[list[str], list[str]]:
    """Return the members that only one shape has; where one has nothing, none can be missing."""
    if before is None or after is None:
        return [], []
    left = [f"{path}.{name}".lstrip(".") for name in before if name not in after]
    new = [f"{path}.{name}".lstrip(".") for name in after if name not in before]
    for name in before:
        if name in after:
            gone, came = _members(before[name], after[name], f"{path}.{name}")
            left, new = left + gone, new + came
    return left, new
