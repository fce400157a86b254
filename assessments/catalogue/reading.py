"""YAML with the line of every entry, and without its surprises. No database."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, NodeEvent

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_DEPTH: Final = 20
MAX_NODES: Final = 120_000
MAX_NUMBER: Final = 2**31 - 1

# What no text holds: control characters but tab and line feed, half characters, and
# the marks that make a line read otherwise than it is written.
UNFIT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: where (line from 1, or another ``place``; entry) and why.

    A *gap* is something that a draft may lack until it is published.
    """

    line: int
    entry: str
    reason: str
    is_gap: bool = False
    place: str = ""
    first: int = 0

    def placed(self, places: Sequence[str]) -> Problem:
        """Return the same with places instead of lines, as :func:`named` says them."""
        reason = self.reason
        if self.first:
            reason = reason.replace(named(self.first), places[self.first - 1])
        return replace(self, place=places[self.line - 1], reason=reason)

    def __str__(self) -> str:
        place = self.place or named(self.line)
        where = f"{place}, {self.entry}" if self.entry else place
        return f"{where}: {self.reason}"


def named(line: int) -> str:
    """Return what a line is called."""
    return _("line %(number)s") % {"number": line}


class Unreadable(Exception):
    """The file is not YAML as we take it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Plain(Composer):
    """Mappings, lists and scalars only.

    By aliases a short file unfolds into gigabytes, by tags it asks for objects, by
    depth it exhausts the stack; a catalogue needs none of them.
    """

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self._depth = self._nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            raise Unreadable(Problem(line, "", _("aliases are not allowed")))
        if isinstance(event, NodeEvent) and getattr(event, "tag", None) is not None:
            raise Unreadable(Problem(line, "", _("tags are not allowed")))
        if self._depth == MAX_DEPTH:
            reason = _("nested more than %(most)s levels deep") % {"most": MAX_DEPTH}
            raise Unreadable(Problem(line, "", reason))
        if self._nodes == MAX_NODES:
            reason = _("the file has more than %(most)s values") % {"most": MAX_NODES}
            raise Unreadable(Problem(line, "", reason))
        self._depth += 1
        self._nodes += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def read(content: bytes) -> CommentedMap:
    """Return the mapping at the top of a YAML file.

    Raises:
        Unreadable: not UTF-8, too large, not YAML, a key twice in a mapping, an alias,
            a tag, too deep, no mapping.
    """
    text = _decoded(content)
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_duplicate_keys = False
    yaml.Composer = _Plain
    try:
        document = yaml.load(text)
    except DuplicateKeyError as error:
        key = (error.problem or "").partition('"')[2].partition('"')[0]
        raise Unreadable(Problem(_line(error), key, _("this key stands twice"))) from error
    except MarkedYAMLError as error:
        reason = _("this is not YAML: %(reason)s") % {"reason": error.problem}
        raise Unreadable(Problem(_line(error), "", reason)) from error
    except YAMLError as error:
        reason = _("this is not YAML: %(reason)s") % {"reason": error}
        raise Unreadable(Problem(1, "", reason)) from error
    if not isinstance(document, CommentedMap):
        raise Unreadable(Problem(1, "", _("a mapping is expected at the top")))
    return document


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        reason = _("the file has more than %(most)s bytes") % {"most": MAX_BYTES}
        raise Unreadable(Problem(1, "", reason))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(Problem(line, "", _("this is not UTF-8"))) from error
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise Unreadable(
            Problem(line, "", _("a character that no text holds (%(name)s)") % {"name": "NUL"})
        )
    return text


def _line(error: MarkedYAMLError) -> int:
    return int(error.problem_mark.line) + 1 if error.problem_mark else 1


def unfit(node: Any, entry: str = "file", line: int = 1) -> Iterator[Problem]:
    """Yield every value that neither the database nor canonical JSON could keep."""
    if isinstance(node, dict):
        for key, value in node.items():
            name = key if isinstance(key, str) else repr(key)
            at = line_of(node, key)
            yield from unfit(key, entry, at)
            yield from unfit(value, f"{entry}.{name}" if entry != "file" else name, at)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            label = value.get("id", value.get("key")) if isinstance(value, dict) else None
            yield from unfit(value, str(label or entry), line_of(node, index))
    elif isinstance(node, str):
        if wrong := UNFIT.search(node):
            name = f"U+{ord(wrong[0]):04X}"
            reason = _("a character that no text holds (%(name)s)") % {"name": name}
            yield Problem(line, entry, reason)
    elif isinstance(node, int):
        if abs(node) > MAX_NUMBER:
            yield Problem(line, entry, _("a number beyond %(most)s") % {"most": MAX_NUMBER})
    elif type(node) is not dt.date and node is not None:
        yield Problem(line, entry, _("a text, a whole number or a day is expected"))


def line_of(node: Any, key: Any = None) -> int:
    """Return the line, from 1, of a node, or of one of its keys or items."""
    if key is not None:
        try:
            lines = node.lc
            mark = lines.item(key) if isinstance(node, list) else lines.key(key)
            return int(mark[0]) + 1
        except (AttributeError, KeyError, TypeError):
            pass
    return int(node.lc.line) + 1 if hasattr(node, "lc") and node.lc.line is not None else 1


def plain(node: Any) -> Any:
    """Return a node as plain dicts, lists, whole numbers and NFC strings; days as YYYY-MM-DD."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, str):
        return unicodedata.normalize("NFC", str(node))
    return node.isoformat() if isinstance(node, dt.date) else node
