"""Background work: fetch by id, enter the scope, call the service."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from django.utils.translation import gettext as _
from django_tasks import task

from ansm_portal.tenancy import scoped_to
from assessments.services import issuing, moving_many, sheet, sheet_writing

logger = logging.getLogger(__name__)


@task()
def issue_dossier(dossier_id: str, organisation_id: str) -> None:
    """Make a dossier. Whatever happens, it does not stay half made without a word."""
    pk = UUID(dossier_id)
    with scoped_to([UUID(organisation_id)]):
        try:
            issuing.issue(pk)
        except Exception:
            logger.exception("Dossier %s could not be made.", pk)
            issuing.fail(pk, reason=_unexpected())


def _unexpected() -> str:
    return _("Something unexpected happened; whoever runs the portal finds it in its log.")


@task()
def read_sheet(sheet_id: str, organisation_id: str) -> None:
    """Find out what a spreadsheet that came back would change."""
    _with_sheet(sheet.read_back, sheet_id, organisation_id)


@task()
def write_sheet(sheet_id: str, organisation_id: str) -> None:
    """Write what a confirmed spreadsheet changes."""
    _with_sheet(sheet_writing.write, sheet_id, organisation_id)


def _with_sheet(step: Callable[[UUID], None], sheet_id: str, organisation_id: str) -> None:
    pk = UUID(sheet_id)
    with scoped_to([UUID(organisation_id)]):
        try:
            step(pk)
        except Exception:
            logger.exception("Spreadsheet %s could not be worked on.", pk)
            sheet.fail(pk, reason=_unexpected())


@task()
def move_assessments(run_id: str, organisation_id: str) -> None:
    """Move many assessments to another edition; what stops it leaves those moved, moved."""
    with scoped_to([UUID(organisation_id)]):
        try:
            moving_many.go_on(UUID(run_id))
        except Exception:
            logger.exception("The move %s stopped; it can go on.", run_id)
