"""Writing what a confirmed spreadsheet changes: one transaction, one step to undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from assessments.enums import BulkKind
from assessments.models import Answer, BulkChange, BulkEntry, SheetImport
from assessments.services.bulk import told
from assessments.services.changes import is_rewritten, lock_all, rewrite, store_all
from assessments.services.exporting import refusal_of, submitted_phases
from assessments.services.people import members_of
from assessments.services.sheet import changes_of
from assessments.sheets.comparing import Outcome, Reason

EDITED: Final = frozenset({"verdict", "justification", "owner_id", "due_on"})
REWRITTEN: Final = EDITED | {"answered_by", "answered_at", "justification_html", "to_confirm"}


@transaction.atomic
def write(pk: UUID) -> None:
    """Write the changes of a confirmed sheet, each against what the dry run showed.

    Answers that moved since are left as they are and reported. The row of the import is locked
    before them all: whoever comes second finds it written.
    """
    sheet = (
        SheetImport.objects.select_for_update(of=("self",)).select_related("uploaded_by").get(pk=pk)
    )
    if sheet.state != SheetImport.State.WRITING:
        return
    wanted = {row["answer"]: row for row in changes_of(sheet)}
    answers = lock_all(
        Answer.objects.filter(
            organisation_id=sheet.organisation_id,
            assessment_id=sheet.assessment_id,
            pk__in=list(wanted),
        )
    )
    submitted = submitted_phases({sheet.assessment_id})
    owners = frozenset(members_of(sheet.organisation_id).values_list("pk", flat=True))
    changed: list[tuple[Answer, dict[str, list[Any]]]] = []
    now = timezone.now()
    for answer in answers:
        row = wanted[str(answer.pk)]
        fields = _values(row["fields"])
        if reason := _moved(answer, row["revision"], fields, submitted=submitted, owners=owners):
            row |= {"outcome": Outcome.MOVED.value, "reason": reason}
            continue
        changes = {name: after for name, (_before, after) in fields.items()}
        changed.append((answer, rewrite(answer, changes, actor=sheet.uploaded_by, at=now)))
        row["outcome"] = Outcome.WRITTEN.value
    heirs = _store(changed, author=sheet.uploaded_by)
    sheet.state, sheet.progress_percent = SheetImport.State.DONE, 100
    sheet.finished_at = now
    sheet.save(update_fields=["state", "progress_percent", "finished_at", "rows"])
    if changed:
        _tell(sheet, changed, heirs)


def _values(fields: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return what the dry run kept as JSON, as the columns of an answer hold it."""
    made: dict[str, Callable[[str], Any]] = {"owner": UUID, "due_on": dt.date.fromisoformat}
    return {
        "owner_id" if name == "owner" else name: [
            made[name](value) if value and name in made else value for value in pair
        ]
        for name, pair in fields.items()
    }


def _moved(
    answer: Answer,
    revision: int,
    fields: Mapping[str, list[Any]],
    *,
    submitted: Collection[tuple[UUID, str]],
    owners: Collection[UUID],
) -> str:
    """Return why ``answer`` is not what the dry run saw any more, or nothing."""
    if reason := refusal_of(answer, submitted):
        return reason.value
    if answer.revision != revision:
        return Reason.NEWER.value
    owner = fields.get("owner_id", [None, None])[1]
    return Reason.OWNER.value if owner and owner not in owners else ""


def _store(changed: list[tuple[Answer, dict[str, list[Any]]]], *, author: User) -> dict[str, Any]:
    """Save the answers: whoever changes what they say is their author, else nobody new."""
    said = [answer for answer, fields in changed if is_rewritten(fields)]
    assigned = [answer for answer, fields in changed if not is_rewritten(fields)]
    heirs = store_all(said, fields=REWRITTEN, author=author)
    return heirs | store_all(assigned, fields=EDITED, author=None)


def _tell(
    sheet: SheetImport,
    changed: list[tuple[Answer, dict[str, list[Any]]]],
    heirs: Mapping[str, Any],
) -> None:
    changes = [told(answer, fields, revision=answer.revision) for answer, fields in changed]
    organisation_id = sheet.organisation_id
    bulk = BulkChange.objects.create(
        pk=change_key(sheet),
        organisation_id=organisation_id,
        kind=BulkKind.IMPORT,
        made_by=sheet.uploaded_by,
        changes=changes,
    )
    BulkEntry.objects.bulk_create(
        BulkEntry(organisation_id=organisation_id, change=bulk, answer=answer)
        for answer, _fields in changed
    )
    record(
        "answers.bulk",
        bulk,
        actor=sheet.uploaded_by,
        organisation_id=organisation_id,
        kind=bulk.kind,
        sheet=str(sheet.pk),
        changes=changes,
        **heirs,
    )


def change_key(sheet: SheetImport) -> UUID:
    """Return the key of the bulk change that a sheet makes: the page of the sheet links to it."""
    return uuid5(sheet.organisation_id, f"sheet {sheet.pk}")
