"""Asking for dossiers, cancelling, trying again, withdrawing; they are made in ``issuing``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.processes import is_gone
from ansm_portal.tenancy import every_organisation
from assessments.enums import DossierState
from assessments.extent import Extent
from assessments.models import Assessment, Dossier, DossierBatch
from assessments.models.dossier import BEING_MADE, IN_PROGRESS
from assessments.services.wishing import (
    WHOLE,
    DossierRefused,
    alike,
    columns,
    frameworks_of,
    name_signatories,
    narrowed,
    refuse_empty,
)

# The process that makes a dossier says that it lives at each step, and twice a second while it
# renders; the longest steps between are the seal with its time stamps, and the check.
SILENT_AFTER: Final = dt.timedelta(minutes=5)
OF_A_BATCH: Final = -10  # priority: who asks for one does not wait for hundreds


def request_dossier(
    assessment: Assessment,
    *,
    language: str,
    actor: User,
    extent: Extent = WHOLE,
    frameworks: Collection[str] | None = None,
    signatories: Sequence[tuple[User, str]] = (),
    with_evidence: bool = False,
    compared_with: Dossier | None = None,
    batch: DossierBatch | None = None,
) -> Dossier:
    """Give a dossier its number and have it made in the background.

    ``signatories`` are to sign it before its seal, each with the meaning given. A chapter of it
    tells what changed since ``compared_with``, if that is given.

    Raises:
        DossierRefused: one of the same language and scope is being made already, nothing would be
            in it, somebody named is no approver, or it is of requirements of the organisation,
            which are printed with what they are beside.
    """
    if assessment.beside_id is not None:
        raise DossierRefused(
            _("Requirements of the organisation are in the dossier of the assessment beside.")
        )
    with transaction.atomic():
        dossier = allocate(
            assessment,
            language=language,
            actor=actor,
            extent=extent,
            frameworks=frameworks,
            with_evidence=with_evidence,
            compared_with=compared_with,
            batch=batch,
        )
        name_signatories(dossier, signatories)
        enqueue(dossier)
    return dossier


@transaction.atomic
def allocate(
    assessment: Assessment,
    *,
    language: str,
    actor: User,
    extent: Extent = WHOLE,
    frameworks: Collection[str] | None = None,
    with_evidence: bool = False,
    compared_with: Dossier | None = None,
    batch: DossierBatch | None = None,
) -> Dossier:
    """Give a dossier its number, which is never used again.

    ``frameworks`` are the keys of those whose coverage it holds; without, the usual ones.
    """
    mapped = frameworks_of(extent, frameworks)
    organisation_id = assessment.organisation_id
    chosen = columns(extent)
    refuse_empty(assessment, extent)
    # Puts those who ask at the same instant in line; rows that refer to it need not wait.
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    _refuse_second(assessment.pk, language, chosen)
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
        with_evidence=with_evidence,
        batch=batch,
        requested_by=actor,
        frameworks=mapped,
        compared_with=compared_with,
        **chosen,
    )
    _record(
        "dossier.request",
        dossier,
        actor,
        language=language,
        with_evidence=with_evidence,
        frameworks=mapped,
        changes_since=compared_with.number if compared_with else None,
        **narrowed(chosen),
    )
    return dossier


def _record(verb: str, dossier: Dossier, actor: User, **data: object) -> None:
    record(
        verb,
        dossier,
        actor=actor,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        **data,
    )


def _refuse_second(assessment_id: UUID, language: str, chosen: Mapping[str, Any]) -> None:
    same = Dossier.objects.filter(assessment_id=assessment_id, language=language, **chosen)
    if waiting := same.filter(state=DossierState.SIGNING).first():
        raise DossierRefused(
            _(
                "Dossier %(number)s of this assessment waits for signatures: finish it, or give "
                "it up."
            )
            % {"number": waiting.number}
        )
    for other in same.filter(state__in=IN_PROGRESS):
        if not is_stalled(other, at=timezone.now()):
            raise DossierRefused(
                _("Dossier %(number)s of this assessment is being made; wait for it.")
                % {"number": other.number}
            )


def is_stalled(dossier: Dossier, *, at: dt.datetime) -> bool:
    """Tell whether the process that makes it ended without a word, or says nothing any more."""
    if dossier.state not in BEING_MADE:
        return False
    heard = dossier.heard_at or dossier.started_at or dossier.requested_at
    return is_gone(dossier.made_by_process) or at - heard > SILENT_AFTER


def enqueue(dossier: Dossier) -> None:
    """Hand the dossier to the worker once its row is there to be found.

    Tasks stand above services: the task is named, as the queue names it, not imported.
    """
    task = import_string("assessments.tasks.issue_dossier")
    if dossier.batch_id:
        task = task.using(priority=OF_A_BATCH)
    pk, organisation_id = dossier.pk, dossier.organisation_id

    def hand_over() -> None:
        if result := task.enqueue(str(pk), str(organisation_id)):
            Dossier.objects.filter(pk=pk).update(task_id=result.id)

    transaction.on_commit(hand_over)


def place_in_queue(dossier: Dossier) -> int:
    """Return how many dossiers, of whatever organisation, are made before it, and it: 1 is next."""
    before = Q(queued_at__lt=dossier.queued_at)
    if dossier.batch_id:
        before |= Q(batch=None)
    else:
        before &= Q(batch=None)
    with every_organisation():
        waiting = Dossier.objects.filter(state=DossierState.QUEUED)
        return waiting.filter(before).exclude(pk=dossier.pk).count() + 1


@transaction.atomic
def cancel(pk: UUID, *, actor: User, manages: bool) -> Dossier:
    """Stop the making of a dossier: its process ends within a second, its number stays taken.

    Raises:
        DossierRefused: it is not being made, or somebody else asked for it.
    """
    dossier = locked(pk)
    if not dossier.is_in_progress:
        raise DossierRefused(
            _("%(number)s is not being made; there is nothing to cancel.")
            % {"number": dossier.number}
        )
    if dossier.requested_by_id != actor.pk and not manages:
        raise DossierRefused(_("Only who asked for a dossier, or a manager, can cancel it."))
    dossier.state, dossier.stage = DossierState.CANCELLED, ""
    dossier.cancelled_by, dossier.cancelled_at = actor, timezone.now()
    dossier.save(update_fields=["state", "stage", "cancelled_by", "cancelled_at"])
    _record("dossier.cancel", dossier, actor)
    return dossier


@transaction.atomic
def retry(pk: UUID, *, actor: User) -> Dossier:
    """Have a dossier made again that failed or was cancelled, or whose process died.

    Its number stays.

    Raises:
        DossierRefused: it did not fail, or a newer one was asked for since.
    """
    dossier = locked(pk)
    again = (DossierState.FAILED, DossierState.CANCELLED)
    if dossier.state not in again and not is_stalled(dossier, at=timezone.now()):
        raise DossierRefused(
            _("%(number)s did not fail; there is nothing to try again.")
            % {"number": dossier.number}
        )
    if alike(dossier).filter(requested_at__gt=dossier.requested_at).exclude(state__in=again):
        raise DossierRefused(_("A newer dossier was asked for since; this one is not needed."))
    put_back(dossier)
    dossier.attempts = 0
    dossier.save()
    _record("dossier.retry", dossier, actor)
    enqueue(dossier)
    return dossier


def put_back(dossier: Dossier) -> None:
    """Let a dossier wait again, as if nothing had been made of it; the caller saves it."""
    dossier.state, dossier.stage, dossier.failure = DossierState.QUEUED, "", ""
    dossier.progress_percent = dossier.pages_done = dossier.pages_expected = 0
    dossier.started_at = dossier.heard_at = dossier.cancelled_at = dossier.cancelled_by = None
    dossier.made_by_process = dossier.task_id = ""
    dossier.queued_at = timezone.now()


def locked(pk: UUID) -> Dossier:
    """Return a dossier that nobody else changes until the transaction ends."""
    return Dossier.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=pk)


@transaction.atomic
def withdraw(pk: UUID, *, reason: str, actor: User) -> Dossier:
    """Declare that an issued dossier no longer counts; it stays, with the reason.

    Raises:
        DossierRefused: it was not issued, was withdrawn already, or there is no reason.
    """
    dossier = locked(pk)
    if dossier.state not in (DossierState.ISSUED, DossierState.SUPERSEDED):
        raise DossierRefused(_("Only an issued dossier can be withdrawn."))
    if not reason.strip():
        raise DossierRefused(_("Say why the dossier is withdrawn."))
    dossier.state, dossier.withdrawal_reason = DossierState.WITHDRAWN, reason.strip()
    dossier.withdrawn_at = timezone.now()
    dossier.save(update_fields=["state", "withdrawal_reason", "withdrawn_at"])
    _record("dossier.withdraw", dossier, actor, reason=dossier.withdrawal_reason)
    return dossier
