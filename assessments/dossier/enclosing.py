"""Evidence files that go with a dossier: which are attached, which lie in a second file.

No Django, no database. Contents are read in pieces, never whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import IO, Final

from assessments.dossier.snapshot import ARCHIVED, ATTACHED, Evidence

_CHUNK: Final = 256 * 1024
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,8}")


class Damaged(Exception):
    """A file is not, or not any more, what was registered; the message is its number."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How much may be attached: all together, and each."""

    total_bytes: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file to be copied; ``opened`` gives its content anew each time."""

    number: str
    name: str
    title: str
    media_type: str
    size_bytes: int
    sha256: str
    opened: Callable[[], IO[bytes]]

    def chunks(self) -> Iterator[bytes]:
        """Yield the content; what was yielded before is void when this raises.

        Raises:
            Damaged: it is missing, or its size or digest is another.
        """
        state, size = hashlib.sha256(), 0
        try:
            with self.opened() as file:
                while chunk := file.read(_CHUNK):
                    state.update(chunk)
                    size += len(chunk)
                    if size > self.size_bytes:
                        break
                    yield chunk
        except FileNotFoundError as error:
            raise Damaged(self.number) from error
        if (size, state.hexdigest()) != (self.size_bytes, self.sha256):
            raise Damaged(self.number)


def enclose(register: Iterable[Evidence], caps: Caps) -> tuple[Evidence, ...]:
    """Return the register with the place of each file, in the order of the numbers.

    What is too large, or would be too much with what comes before, goes to the second file.
    """
    placed, left = [], caps.total_bytes
    for piece in register:
        size = piece.size_bytes
        if size is None:
            placed.append(piece)
            continue
        fits = size <= min(left, caps.file_bytes)
        left -= size if fits else 0
        place = ATTACHED if fits else ARCHIVED
        placed.append(replace(piece, enclosed=place, enclosed_as=name_of(piece)))
    return tuple(placed)


def name_of(piece: Evidence) -> str:
    """Return the name of a file inside the dossier: its number and its suffix, in ASCII."""
    suffix = PurePath(piece.file_name).suffix.lower()
    return piece.number + (suffix if _SUFFIX.fullmatch(suffix) else ".bin")


def placed(register: Sequence[Evidence], place: str) -> list[Evidence]:
    """Return what lies in one of the two places."""
    return [piece for piece in register if piece.enclosed == place]
