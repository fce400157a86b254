"""The second file of a dossier: a ZIP with the evidence that is too large to be attached.

Equal input gives equal bytes. No Django, no database.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from assessments.dossier.enclosing import Enclosure

_READABLE: Final = 0o100644 << 16
_UNIX: Final = 3
_NEEDS_ZIP64: Final = 2**31


def write_archive(
    target: Path, files: Sequence[Enclosure], *, manifest: tuple[str, bytes], instant: dt.datetime
) -> None:
    """Write the files, as they are, and the manifest that names them; ``instant`` dates them.

    Raises:
        Damaged: a file is not what was registered; ``target`` is void then.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        name, content = manifest
        archive.writestr(entry(name, instant), content)
        for file in files:
            into = entry(file.name, instant)
            with archive.open(into, "w", force_zip64=file.size_bytes >= _NEEDS_ZIP64) as out:
                for chunk in file.chunks():
                    out.write(chunk)


def entry(name: str, instant: dt.datetime) -> zipfile.ZipInfo:
    """Return the head of a file in an archive, the same on every machine."""
    info = zipfile.ZipInfo(name, instant.astimezone(dt.UTC).timetuple()[:6])
    info.create_system, info.external_attr = _UNIX, _READABLE
    return info


def streamed(
    files: Iterable[tuple[str, Iterable[bytes]]], *, instant: dt.datetime
) -> Iterator[bytes]:
    """Yield an archive of files while it is made: nothing of it is kept."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, chunks in files:
            with archive.open(entry(name, instant), "w", force_zip64=True) as out:
                for chunk in chunks:
                    out.write(chunk)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """What a ZIP is written to, and taken from: it cannot be gone back in."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is held is handed on."""

    def close(self) -> None:
        """Do nothing, for the same reason."""

    def taken(self) -> bytes:
        """Return what was written since."""
        held, self._held = self._held, []
        return b"".join(held)
