"""Frozen dataclasses to canonical JSON (RFC 8785) and back. No Django, no database."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import types
import typing
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, TypeVar

import rfc8785

T = TypeVar("T")

_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class NotCanonical(ValueError):
    """The bytes are not what :func:`encode` writes; the message says where."""


def encode(value: Any) -> bytes:
    """Return the canonical JSON of a frozen dataclass; its texts are normalised to NFC.

    Days are ISO 8601; instants too, in UTC, to the microsecond.
    """
    return rfc8785.dumps(_plain(value))


def decode(content: bytes, kind: type[T]) -> T:
    """Read what :func:`encode` wrote for a ``kind``.

    Raises:
        NotCanonical: another shape, an unknown or missing key, or not the canonical form.
    """
    try:
        plain = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"not JSON: {error}") from error
    value = _typed(plain, kind, "$")
    if encode(value) != content:
        raise NotCanonical("$: not the canonical form")
    return typing.cast(T, value)


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a frozen dataclass, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime(_INSTANT)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _typed(plain: Any, kind: Any, where: str) -> Any:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        if plain is None:
            return None
        (kind,) = (option for option in typing.get_args(kind) if option is not type(None))
    if typing.get_origin(kind) is tuple:
        if not isinstance(plain, list):
            raise NotCanonical(f"{where}: not a list")
        item_kind = typing.get_args(kind)[0]
        return tuple(
            _typed(item, item_kind, f"{where}[{index}]") for index, item in enumerate(plain)
        )
    if dataclasses.is_dataclass(kind):
        return _record(plain, typing.cast(type[Any], kind), where)
    return _scalar(plain, kind, where)


def _record(plain: Any, kind: type[Any], where: str) -> Any:
    if not isinstance(plain, dict):
        raise NotCanonical(f"{where}: not an object")
    kinds = _kinds_of(kind)  # type: ignore[arg-type]  # a type can be hashed
    for name in kinds.keys() - plain.keys():
        raise NotCanonical(f"{where}.{name}: missing")
    for name in plain.keys() - kinds.keys():
        raise NotCanonical(f"{where}.{name}: unknown")
    return kind(**{name: _typed(plain[name], kinds[name], f"{where}.{name}") for name in kinds})


@cache  # a record has hundreds of each kind
def _kinds_of(kind: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _scalar(plain: Any, kind: Any, where: str) -> Any:
    if kind in (dt.date, dt.datetime):
        try:
            if kind is dt.date:
                return dt.date.fromisoformat(plain)
            return dt.datetime.strptime(plain, _INSTANT).replace(tzinfo=dt.UTC)
        except (TypeError, ValueError) as error:
            raise NotCanonical(f"{where}: not a {kind.__name__}") from error
    # A bool is an int to Python, not to a reader of the record.
    if type(plain) is not kind:
        raise NotCanonical(f"{where}: not a {kind.__name__}")
    return plain
