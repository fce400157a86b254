"""The JSON Schema (draft 2020-12) of the record, from its dataclasses."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import json
import types
import typing
from typing import Any, Final

from assessments.dossier.snapshot import SCHEMA, SCHEMA_VERSION, Snapshot

NAME: Final = f"{SCHEMA}-{SCHEMA_VERSION}.schema.json"
ID: Final = f"urn:{SCHEMA}:schema:{SCHEMA_VERSION}"

_SCALARS: Final[dict[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {
        "type": "string",
        "format": "date-time",
        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$",
    },
}
_DIGEST: Final = {"pattern": "^([0-9a-f]{64})?$"}


def schema() -> dict[str, Any]:
    """Return the schema: every field is required, none other is allowed."""
    definitions: dict[str, Any] = {}
    root = _object(Snapshot, definitions)
    root["properties"]["schema"] = {"const": SCHEMA}
    root["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": f"Record of a dossier, version {SCHEMA_VERSION}",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def encoded() -> bytes:
    """Return the schema as it is published and attached."""
    return (json.dumps(schema(), indent=1, ensure_ascii=False) + "\n").encode()


def _object(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return {
        "description": inspect.cleandoc(kind.__doc__ or "").replace("\n", " ").replace("``", ""),
        "type": "object",
        "properties": {name: _property(name, hints[name], definitions) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _property(name: str, kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    found = _typed(kind, definitions)
    is_digest = kind is str and (name.endswith("sha256") or name == "hash")
    return found | _DIGEST if is_digest else found


def _typed(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        (given,) = (option for option in typing.get_args(kind) if option is not type(None))
        return {"anyOf": [_typed(given, definitions), {"type": "null"}]}
    if typing.get_origin(kind) is tuple:
        return {"type": "array", "items": _typed(typing.get_args(kind)[0], definitions)}
    if dataclasses.is_dataclass(kind):
        name = typing.cast(type[Any], kind).__name__
        if name not in definitions:
            definitions[name] = {}  # its place, should it contain itself
            definitions[name] = _object(typing.cast(type[Any], kind), definitions)
        return {"$ref": f"#/$defs/{name}"}
    return dict(_SCALARS[kind])
