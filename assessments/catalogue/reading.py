"""YAML with the line of every entry, and without its surprises. No database."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

MAX_BYTES: Final = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: where (line from 1, entry) and why."""

    line: int
    entry: str
    reason: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, {self.entry}: {self.reason}"
            if self.entry
            else (f"line {self.line}: {self.reason}")
        )


class Unreadable(Exception):
    """The file is not YAML as we take it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _WithoutAliases(Composer):
    """A short file can unfold into gigabytes by aliases; ours need none."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.parser.check_event(AliasEvent):
            line = self.parser.peek_event().start_mark.line + 1
            raise Unreadable(Problem(line, "", "aliases are not allowed"))
        return super().compose_node(parent, index)


def read(content: bytes) -> CommentedMap:
    """Return the mapping at the top of a YAML file.

    Aliases are refused, and so are keys that stand twice in a mapping.

    Raises:
        Unreadable: not UTF-8, too large, not YAML, an alias, no mapping.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(Problem(1, "", f"the file has more than {MAX_BYTES} bytes"))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(Problem(line, "", "this is not UTF-8")) from error
    if "\x00" in text:
        raise Unreadable(Problem(text[: text.index("\x00")].count("\n") + 1, "", "a NUL"))
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_duplicate_keys = False
    yaml.Composer = _WithoutAliases
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(Problem(line, "", error.problem or "this is not YAML")) from error
    except YAMLError as error:
        raise Unreadable(Problem(1, "", f"this is not YAML: {error}")) from error
    if not isinstance(document, CommentedMap):
        raise Unreadable(Problem(1, "", "a mapping is expected at the top"))
    return document


def line_of(node: Any, key: Any = None) -> int:
    """Return the line, from 1, of a node, or of one of its keys or items."""
    if key is not None:
        try:
            mark = node.lc.item(key) if isinstance(node, CommentedSeq) else node.lc.key(key)
            return int(mark[0]) + 1
        except (AttributeError, KeyError, TypeError):
            pass
    return int(node.lc.line) + 1 if hasattr(node, "lc") and node.lc.line is not None else 1


def plain(node: Any) -> Any:
    """Return a node as plain dicts, lists and NFC strings."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, str):
        return unicodedata.normalize("NFC", str(node))
    return node
