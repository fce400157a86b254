"""A spreadsheet that comes back: kept, read, confirmed, written; or discarded.

Reading and writing run in the worker. Each of them may be started twice: reading writes nothing
but its own findings, and writing is one transaction that only the first can make.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from ansm_portal.identifiers import uuid7
from assessments.models import Answer, Assessment, SheetImport
from assessments.services.exporting import KEYS_AT_ONCE, standing_of
from assessments.services.people import members_of
from assessments.sheets.columns import portable
from assessments.sheets.comparing import Comparison, Outcome
from assessments.sheets.reading import SheetRow, read

State = SheetImport.State

MAX_BYTES: Final = 10 * 1024 * 1024
# Reading or writing takes seconds; what still looks busy after that has died.
STALLED_AFTER: Final = dt.timedelta(minutes=2)
PARSED_PERCENT, ROWS_PER_STEP = 60, 500


class SheetRefused(PortalError):
    """The step is not possible now; the message is for the person asking."""


def upload(assessment: Assessment, *, file: File, actor: User) -> SheetImport:  # type: ignore[type-arg]
    """Keep a file and have it read in the background.

    Raises:
        SheetRefused: it is empty, or too large.
    """
    size = file.size or 0
    if not size:
        raise SheetRefused(_("This file is empty."))
    if size > MAX_BYTES:
        raise SheetRefused(
            _("This file is larger than %(most)s MB. Split it.")
            % {"most": MAX_BYTES // (1024 * 1024)}
        )
    pk = uuid7()
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    path = default_storage.save(f"sheets/{assessment.organisation_id}/{pk}", file)
    try:
        return _keep(
            SheetImport(
                pk=pk,
                organisation_id=assessment.organisation_id,
                assessment=assessment,
                file=path,
                file_name=portable(file.name or "")[-255:],
                sha256=digest.hexdigest(),
                uploaded_by=actor,
            )
        )
    except BaseException:
        default_storage.delete(path)
        raise


@transaction.atomic
def _keep(sheet: SheetImport) -> SheetImport:
    sheet.save(force_insert=True)
    _record("upload", sheet, sheet.uploaded_by, sha256=sheet.sha256)
    _enqueue("read_sheet", sheet)
    return sheet


def _record(verb: str, sheet: SheetImport, actor: User, **details: Any) -> None:
    record(
        f"sheet.{verb}",
        sheet,
        actor=actor,
        organisation_id=sheet.organisation_id,
        file_name=sheet.file_name,
        **details,
    )


def _enqueue(task: str, sheet: SheetImport) -> None:
    """Hand the sheet to the worker once its row is there to be found.

    Tasks stand above services: the task is named, as the queue names it, not imported.
    """
    arguments = (str(sheet.pk), str(sheet.organisation_id))
    transaction.on_commit(lambda: import_string(f"assessments.tasks.{task}").enqueue(*arguments))


def read_back(pk: UUID) -> None:
    """Find out what each row would change; nothing else is written."""
    if not SheetImport.objects.filter(pk=pk, state__in=[State.QUEUED, State.READING]).update(
        state=State.READING, progress_percent=5
    ):
        return
    sheet = SheetImport.objects.select_related("assessment", "uploaded_by").get(pk=pk)
    with translation.override(sheet.uploaded_by.language):
        try:
            with default_storage.open(str(sheet.file)) as file:
                rows = read(file)
        except PortalError as refusal:
            fail(pk, reason=str(refusal))
            return
        except OSError as error:
            fail(pk, reason=_("The file could not be read: %(reason)s.") % {"reason": error})
            return
    found: list[dict[str, Any]] = []
    for outcome in _outcomes(sheet.assessment, rows):
        if len(found) % ROWS_PER_STEP == 0:
            share = (100 - PARSED_PERCENT) * len(found) // len(rows)
            _advance(pk, PARSED_PERCENT + share)
        found.append(outcome)
    SheetImport.objects.filter(pk=pk, state=State.READING).update(
        state=State.READY, progress_percent=100, rows=found, finished_at=timezone.now()
    )


def _advance(pk: UUID, percent: int) -> None:
    SheetImport.objects.filter(pk=pk, state=State.READING).update(progress_percent=percent)


def _outcomes(assessment: Assessment, rows: list[SheetRow]) -> Iterator[dict[str, Any]]:
    standing = standing_of(assessment)
    people = members_of(assessment.organisation_id)
    comparison = Comparison(
        standing=standing,
        elsewhere=_elsewhere({row.values["key"].strip().lower() for row in rows} - set(standing)),
        members={person.email.lower(): str(person.pk) for person in people},
    )
    return (comparison.of(row) for row in rows)


def _elsewhere(keys: set[str]) -> frozenset[str]:
    """Return which of ``keys`` are of answers that this organisation has in other assessments."""
    known: list[UUID] = []
    for key in keys:
        try:
            known.append(UUID(key))
        except ValueError:
            continue
    return frozenset(
        str(pk)
        for start in range(0, len(known), KEYS_AT_ONCE)
        for pk in Answer.objects.filter(pk__in=known[start : start + KEYS_AT_ONCE]).values_list(
            "pk", flat=True
        )
    )


def changes_of(sheet: SheetImport) -> list[dict[str, Any]]:
    """Return the rows that will change something."""
    return [row for row in sheet.rows if row["outcome"] == Outcome.CHANGE]


@transaction.atomic
def confirm(pk: UUID, *, actor: User) -> SheetImport:
    """Have the changes written in the background, under the name of who read the file in.

    Raises:
        SheetRefused: somebody else uploaded it, it is not read, or changes nothing.
    """
    sheet = _locked(pk, State.READY)
    if sheet.uploaded_by_id != actor.pk:
        raise SheetRefused(
            _("%(name)s uploaded this file, and alone can confirm it.")
            % {"name": sheet.uploaded_by}
        )
    changes = len(changes_of(sheet))
    if not changes:
        raise SheetRefused(_("No row of this file changes anything."))
    sheet.state, sheet.progress_percent, sheet.finished_at = State.WRITING, 0, timezone.now()
    sheet.save(update_fields=["state", "progress_percent", "finished_at"])
    _record("confirm", sheet, actor, changes=changes)
    _enqueue("write_sheet", sheet)
    return sheet


@transaction.atomic
def discard(pk: UUID, *, actor: User) -> SheetImport:
    """Put a file aside that was not written; its content is not kept."""
    sheet = _locked(pk, State.QUEUED, State.READING, State.READY, State.FAILED)
    sheet.state, sheet.finished_at = State.DISCARDED, timezone.now()
    sheet.rows = []
    sheet.save(update_fields=["state", "finished_at", "rows"])
    _record("discard", sheet, actor)
    name = str(sheet.file)
    transaction.on_commit(lambda: default_storage.delete(name))
    return sheet


@transaction.atomic
def retry(pk: UUID, *, actor: User) -> SheetImport:
    """Start again what failed, or what the worker was killed in.

    Raises:
        SheetRefused: it goes on, or is over.
    """
    sheet = _locked(pk, State.QUEUED, State.READING, State.WRITING, State.FAILED)
    if sheet.state != State.FAILED and not is_stalled(sheet, at=timezone.now()):
        raise SheetRefused(_("The portal is still at work on this file. Wait for it."))
    task = "write_sheet"
    if sheet.state != State.WRITING:
        task, sheet.state = "read_sheet", State.QUEUED
    sheet.failure, sheet.progress_percent, sheet.finished_at = "", 0, timezone.now()
    sheet.save(update_fields=["state", "failure", "progress_percent", "finished_at"])
    _record("retry", sheet, actor)
    _enqueue(task, sheet)
    return sheet


def is_stalled(sheet: SheetImport, *, at: dt.datetime) -> bool:
    """Tell whether nothing has happened for so long that its process must have died."""
    since = sheet.finished_at or sheet.uploaded_at
    return sheet.is_in_progress and at - since > STALLED_AFTER


@transaction.atomic
def fail(pk: UUID, *, reason: str) -> None:
    """Say why a file was not read, or not written; nothing of it is."""
    sheet = SheetImport.objects.select_for_update(of=("self",)).get(pk=pk)
    if not sheet.is_in_progress:
        return
    sheet.state, sheet.failure = State.FAILED, reason[:2000]
    sheet.finished_at = timezone.now()
    sheet.save(update_fields=["state", "failure", "finished_at"])
    _record("fail", sheet, sheet.uploaded_by, reason=sheet.failure)


def _locked(pk: UUID, *states: str) -> SheetImport:
    """Return the import, locked, if it is in one of ``states``."""
    sheet = (
        SheetImport.objects.select_for_update(of=("self",))
        .select_related("uploaded_by", "assessment")
        .get(pk=pk)
    )
    if sheet.state not in states:
        raise SheetRefused(
            _("This file is %(state)s; that is not possible any more.")
            % {"state": sheet.get_state_display()}
        )
    return sheet
