"""One attempt to make a dossier: how far it is, and whether it still counts."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from assessments import progress
from assessments.dossier.render import Progress
from assessments.enums import DossierStage, DossierState
from assessments.models import Dossier
from assessments.models.dossier import BEING_MADE

ASKING_SECONDS: Final = 0.5  # how long a process goes on that nobody wants any more
_OF_SEALING: Final = frozenset(
    {DossierStage.SEALING, DossierStage.STAMPING, DossierStage.CHECKING, DossierStage.KEEPING}
)


class Overtaken(Exception):
    """Somebody cancelled, or tried again meanwhile: this attempt no longer counts."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that began ``at``, with a ``folder`` of its own that goes when it ends."""

    pk: UUID
    at: dt.datetime
    folder: Path

    def enters(self, stage: DossierStage, *, pages: int = 0, expected: int = 0) -> None:
        """Say which stage begins.

        Raises:
            Overtaken: this attempt no longer counts.
        """
        share = progress.percent(stage, pages=pages, expected=expected)
        state = DossierState.SEALING if stage in _OF_SEALING else DossierState.RENDERING
        said: dict[str, Any] = {"state": state, "stage": stage, "progress_percent": share}
        if expected:
            said |= {"pages_done": pages, "pages_expected": expected}
        ours = Dossier.objects.filter(pk=self.pk, started_at=self.at, state__in=BEING_MADE)
        if not ours.update(heard_at=timezone.now(), **said):
            raise Overtaken


class Watching:
    """Tells the database how far the rendering is, and stops it when nobody wants it."""

    def __init__(self, attempt: Attempt, *, expected: int) -> None:
        self._attempt = attempt
        self._expected = expected
        self._next = 0.0

    def __call__(self, seen: Progress) -> None:
        if monotonic() < self._next:
            return
        self._next = monotonic() + ASKING_SECONDS
        stage = DossierStage.WRITING if seen.is_writing else DossierStage.LAYOUT
        expected = max(self._expected, seen.page)
        self._attempt.enters(stage, pages=seen.page, expected=expected)


@contextmanager
def workspace(pk: UUID) -> Iterator[Path]:
    """Give an attempt a folder; what a process that died left there, ``tidy_files`` takes away."""
    folder = making()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{pk}-") as name:
        yield Path(name)


def chunks_of(path: str) -> Iterator[bytes]:
    """Yield the content of a stored file, in pieces."""
    with default_storage.open(path) as file:
        yield from file.chunks()


def making() -> Path:
    """Return where dossiers lie while they are made."""
    return Path(settings.DATA_DIR) / "making"
