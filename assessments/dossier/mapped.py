"""Verifying a file as it lies on the disk, without reading it whole into memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assessments.dossier.report import Report
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify


def verify_file(path: Path, *, trust: Trust) -> Report:
    """Say whether the file is a dossier that nobody changed, as :func:`verify` does."""
    with mapped(path) as content:
        return verify(content, trust=trust)


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """Open a file as bytes that stay on the disk."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        yield content
