"""Asking for dossiers, trying again, withdrawing them; they are made in ``issuing``."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import DossierState
from assessments.models import Assessment, Dossier
from assessments.models.dossier import IN_PROGRESS

# A rendering is stopped before that; what still looks busy then has died.
STALLED_AFTER: Final = dt.timedelta(minutes=15)


class DossierRefused(PortalError):
    """The step is not possible now; the message is for the person asking."""


def request_dossier(
    assessment: Assessment, *, language: str, actor: User, compared_with: Dossier | None = None
) -> Dossier:
    """Give a dossier its number and have it made in the background.

    A chapter of it tells what changed since ``compared_with``, if that is given.

    Raises:
        DossierRefused: one in the same language is being made already.
    """
    with transaction.atomic():
        dossier = allocate(assessment, language=language, actor=actor, compared_with=compared_with)
        _enqueue(dossier)
    return dossier


@transaction.atomic
def allocate(
    assessment: Assessment, *, language: str, actor: User, compared_with: Dossier | None = None
) -> Dossier:
    """Give a dossier its number, which is never used again."""
    organisation_id = assessment.organisation_id
    # Puts those who ask at the same instant in line; rows that refer to it need not wait.
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    _refuse_second(assessment.pk, language)
    year = timezone.localdate().year
    last = Dossier.objects.filter(organisation_id=organisation_id, year=year).aggregate(
        serial=Max("serial")
    )["serial"]
    dossier = Dossier.objects.create(
        organisation_id=organisation_id,
        assessment=assessment,
        year=year,
        serial=(last or 0) + 1,
        language=language,
        requested_by=actor,
        compared_with=compared_with,
    )
    record(
        "dossier.request",
        dossier,
        actor=actor,
        organisation_id=organisation_id,
        number=dossier.number,
        language=language,
        changes_since=compared_with.number if compared_with else None,
    )
    return dossier


def _refuse_second(assessment_id: UUID, language: str) -> None:
    for other in Dossier.objects.filter(
        assessment_id=assessment_id, language=language, state__in=IN_PROGRESS
    ):
        if not is_stalled(other, at=timezone.now()):
            raise DossierRefused(
                _("Dossier %(number)s of this assessment is being made; wait for it.")
                % {"number": other.number}
            )


def is_stalled(dossier: Dossier, *, at: dt.datetime) -> bool:
    """Tell whether nothing has happened for so long that its process must have died."""
    since = dossier.started_at or dossier.requested_at
    return dossier.is_in_progress and at - since > STALLED_AFTER


def _enqueue(dossier: Dossier) -> None:
    """Hand the dossier to the worker once its row is there to be found.

    Tasks stand above services: the task is named, as the queue names it, not imported.
    """
    task = import_string("assessments.tasks.issue_dossier")
    arguments = (str(dossier.pk), str(dossier.organisation_id))
    transaction.on_commit(lambda: task.enqueue(*arguments))


@transaction.atomic
def retry(pk: UUID, *, actor: User) -> Dossier:
    """Have a dossier made again that failed, or whose process died; its number stays.

    Raises:
        DossierRefused: it did not fail, or a newer one was issued since.
    """
    dossier = Dossier.objects.select_for_update(of=("self",)).get(pk=pk)
    if dossier.state != DossierState.FAILED and not is_stalled(dossier, at=timezone.now()):
        raise DossierRefused(
            _("%(number)s did not fail; there is nothing to try again.")
            % {"number": dossier.number}
        )
    if dossier.assessment.dossiers.filter(
        language=dossier.language, requested_at__gt=dossier.requested_at
    ).exclude(state=DossierState.FAILED):
        raise DossierRefused(_("A newer dossier was asked for since; this one is not needed."))
    dossier.state, dossier.failure = DossierState.QUEUED, ""
    dossier.progress_percent, dossier.started_at = 0, None
    dossier.save()
    record(
        "dossier.retry",
        dossier,
        actor=actor,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
    )
    _enqueue(dossier)
    return dossier


@transaction.atomic
def withdraw(pk: UUID, *, reason: str, actor: User) -> Dossier:
    """Declare that an issued dossier no longer counts; it stays, with the reason.

    Raises:
        DossierRefused: it was not issued, was withdrawn already, or there is no reason.
    """
    dossier = Dossier.objects.select_for_update(of=("self",)).get(pk=pk)
    if dossier.state not in (DossierState.ISSUED, DossierState.SUPERSEDED):
        raise DossierRefused(_("Only an issued dossier can be withdrawn."))
    if not reason.strip():
        raise DossierRefused(_("Say why the dossier is withdrawn."))
    dossier.state, dossier.withdrawal_reason = DossierState.WITHDRAWN, reason.strip()
    dossier.withdrawn_at = timezone.now()
    dossier.save(update_fields=["state", "withdrawal_reason", "withdrawn_at"])
    record(
        "dossier.withdraw",
        dossier,
        actor=actor,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        reason=dossier.withdrawal_reason,
    )
    return dossier
