"""What processes that died left behind: dossiers half made, and files that nothing names."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks.exceptions import TaskResultDoesNotExist

from ansm_portal.audit.services import record
from assessments.enums import DossierState
from assessments.models import (
    CatalogueUpload,
    Dossier,
    DossierRevision,
    Evidence,
    SheetImport,
)
from assessments.models.dossier import BEING_MADE, IN_PROGRESS
from assessments.services.attempt import making
from assessments.services.dossier import enqueue, is_stalled, locked, put_back
from assessments.services.issuing import fail

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 3
# A worker that took a task says so on its dossier at once: later, it died in between.
UNSAID_AFTER: Final = dt.timedelta(minutes=1)
FOLDERS: Final = ("dossiers", "evidence", "sheets", "catalogue")


def recover(*, at: dt.datetime) -> list[Dossier]:
    """Take up again what died; return it. Safe to run at any time, in several processes.

    What died three times in a row fails instead, with the reason.
    """
    made = Dossier.objects.filter(state__in=BEING_MADE).defer("snapshot")
    taken = [_again(each.pk, at=at) for each in made if is_stalled(each, at=at)]
    waiting = Dossier.objects.filter(
        state=DossierState.QUEUED, queued_at__lt=at - UNSAID_AFTER
    ).defer("snapshot")
    taken += [_hand_over_again(each.pk, at=at) for each in waiting if _is_forgotten(each, at=at)]
    return [each for each in taken if each is not None]


@transaction.atomic
def _again(pk: UUID, *, at: dt.datetime) -> Dossier | None:
    dossier = locked(pk)
    if not is_stalled(dossier, at=at):
        return None  # another process was quicker
    _clear(pk)
    if dossier.attempts >= MOST_ATTEMPTS:
        with translation.override(dossier.requested_by.language):
            fail(pk, reason=_died(dossier))
        return dossier
    stage = dossier.stage
    put_back(dossier)
    dossier.save()
    record(
        "dossier.recover",
        dossier,
        actor=None,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        stage=stage,
    )
    enqueue(dossier)
    return dossier


def _died(dossier: Dossier) -> str:
    return _(
        "The process that makes it ended %(times)d times without a word, last while %(stage)s. "
        "Often there is too little memory: whoever runs the portal finds more in its log."
    ) % {"times": dossier.attempts, "stage": dossier.get_stage_display()}


def _is_forgotten(dossier: Dossier, *, at: dt.datetime) -> bool:
    """Tell whether no task will make a dossier that waits."""
    task = import_string("assessments.tasks.issue_dossier")
    if not task.get_backend().supports_get_result:
        return False
    if not dossier.task_id:
        return True
    try:
        found = task.get_result(dossier.task_id)
    except TaskResultDoesNotExist:  # its row was pruned
        return True
    if found.is_finished:
        return True
    begun = found.last_attempted_at
    return begun is not None and at - begun > UNSAID_AFTER


@transaction.atomic
def _hand_over_again(pk: UUID, *, at: dt.datetime) -> Dossier | None:
    dossier = locked(pk)
    if dossier.state != DossierState.QUEUED or not _is_forgotten(dossier, at=at):
        return None
    dossier.queued_at, dossier.task_id = timezone.now(), ""
    dossier.save(update_fields=["queued_at", "task_id"])
    enqueue(dossier)
    return dossier


def _clear(pk: UUID) -> None:
    for folder in making().glob(f"{pk}-*"):
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Stray:
    """A file, or folder of work, that nothing names."""

    name: str
    size_bytes: int


def strays(*, before: dt.datetime) -> Iterator[Stray]:
    """Yield what no row names and was last written before ``before``."""
    for folder in FOLDERS:
        yield from _unnamed(folder, before)
    made = Dossier.objects.filter(state__in=IN_PROGRESS).values_list("pk", flat=True)
    names = tuple(str(pk) for pk in made)
    for work in sorted(making().glob("*-*")):
        written = dt.datetime.fromtimestamp(work.stat().st_mtime, dt.UTC)
        if written < before and not work.name.startswith(names):
            size = sum(file.stat().st_size for file in work.rglob("*") if file.is_file())
            yield Stray(str(work), size)


def remove(stray: Stray) -> None:
    """Delete what nothing names."""
    path = Path(stray.name)
    if path.is_absolute():
        shutil.rmtree(path, ignore_errors=True)
    else:
        default_storage.delete(stray.name)


def _unnamed(folder: str, before: dt.datetime) -> Iterator[Stray]:
    """Yield the files of a folder of the storage that no row names, a folder at a time."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    names = {f"{folder}/{file}" for file in files}
    for name in sorted(names - _named(names)):
        if default_storage.get_modified_time(name) < before:
            yield Stray(name, default_storage.size(name))
    for inner in sorted(folders):
        yield from _unnamed(f"{folder}/{inner}", before)


def _named(names: set[str]) -> set[str]:
    found: set[str] = set()
    found.update(Dossier.objects.filter(file__in=names).values_list("file", flat=True))
    waiting = Dossier.objects.filter(pending_file__in=names)
    found.update(waiting.values_list("pending_file", flat=True))
    found.update(DossierRevision.objects.filter(file__in=names).values_list("file", flat=True))
    found.update(Dossier.objects.filter(archive__in=names).values_list("archive", flat=True))
    found.update(Evidence.objects.filter(file__in=names).values_list("file", flat=True))
    found.update(SheetImport.objects.filter(file__in=names).values_list("file", flat=True))
    found.update(CatalogueUpload.objects.filter(file__in=names).values_list("file", flat=True))
    return found
