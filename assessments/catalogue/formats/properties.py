"""Values as properties of OSCAL, and back: exactly, though OSCAL trims and wants one line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

NS: Final = "urn:ansm-portal:oscal"
JSON, ITEM = "json", "item"
MARK: Final = "\ufeff"  # white space to a schema, and not to Python
Property = dict[str, str]


def line(text: str) -> str:
    """Return ``text`` on one line, without white space around it."""
    return " ".join(text.replace(MARK, " ").split())


def properties(values: Mapping[str, Any], *, group: str = "") -> list[Property]:
    """Return what says ``values``: texts, lists of texts, and anything else as JSON."""
    found: list[Property] = []
    for key, value in values.items():
        name = key.replace("_", "-")
        if isinstance(value, str) and line(value):
            found.append(_text(name, value))
        elif value and isinstance(value, list) and all(_is_said(item) for item in value):
            found += [_text(name, item) | {"class": ITEM} for item in value]
        else:
            said = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
            found.append({"name": name, "ns": NS, "value": said, "class": JSON})
    return [each | {"group": group} for each in found] if group else found


def _is_said(item: Any) -> bool:
    return isinstance(item, str) and bool(line(item))


def _text(name: str, text: str) -> Property:
    """Return a text; what one line cannot say stands in the remarks."""
    said = {"name": name, "ns": NS, "value": line(text)}
    return said if said["value"] == text else said | {"remarks": text}


def values(found: Iterable[Mapping[str, Any]], *, group: str = "") -> dict[str, Any]:
    """Return what :func:`properties` was given.

    Raises:
        ValueError: a value that should be JSON is none.
    """
    said: dict[str, Any] = {}
    for each in found:
        if each.get("ns") != NS or each.get("group", "") != group:
            continue
        key = str(each["name"]).replace("-", "_")
        text = each.get("remarks", each["value"])
        if each.get("class") == JSON:
            said[key] = json.loads(each["value"])
        elif each.get("class") == ITEM:
            said.setdefault(key, []).append(text)
        else:
            said[key] = text
    return said
