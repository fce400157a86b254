"""Our own YAML: readable, the same bytes for the same edition, with its provenance in comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ](?:[\w ’.,;()/–-]*[\w’.)])?")
# Words that some reader of YAML takes for something else than a text.
_RESERVED: Final = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])
# What a text in double quotes escapes: what YAML calls unprintable, and what it breaks lines at.
_ESCAPED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def write(document: dict[str, Any], *, comments: Iterable[str] = ()) -> bytes:
    """Return ``document`` as YAML, UTF-8, under ``comments``, one a line."""
    lines = [f"# {_line(comment)}".rstrip() for comment in comments]
    for name, value in document.items():
        if name == "recommendations":
            lines += [f"{name}:", *_entries(value)]
        else:
            lines += _pair(name, value, "")
    return ("\n".join(lines) + "\n").encode()


def _entries(entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        yield f"# {_line(worth_of(entry))}"
        yield from _items([entry], "")


def worth_of(entry: dict[str, Any]) -> str:
    """Say in a line how far an entry is confirmed, and by what."""
    provenance = entry["provenance"]
    said = f"{entry['id']}: {provenance['status'] or 'no provenance yet'}"
    if provenance["confidence"]:
        said += f", {provenance['confidence']} confidence"
    if provenance["sources"]:
        said += f" ({', '.join(provenance['sources'])})"
    if provenance["official_number"]:
        return f"{said}; official number {provenance['official_number']}"
    return f"{said}; official number not known"


def _line(text: str) -> str:
    return " ".join(_ESCAPED.sub(" ", text).split())


def _pair(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield f"{indent}{_scalar(name)}:"
        for key, inner in value.items():
            yield from _pair(key, inner, f"{indent}  ")
    elif isinstance(value, list) and value:
        yield f"{indent}{_scalar(name)}:"
        yield from _items(value, indent)
    else:
        yield f"{indent}{_scalar(name)}: {_scalar(value)}"


def _items(values: Sequence[Any], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict) and value:
            lines = [line for pair in value.items() for line in _pair(*pair, f"{indent}  ")]
            yield f"{indent}- {lines[0].lstrip()}"
            yield from lines[1:]
        elif isinstance(value, list) and value:
            yield f"{indent}-"
            yield from _items(value, f"{indent}  ")
        else:
            yield f"{indent}- {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.casefold() not in _RESERVED:
            return value
        quoted = json.dumps(value, ensure_ascii=False)
        return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
    return json.dumps(value)
