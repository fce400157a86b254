"""Dossiers that wait for signatures before their seal: begun, gone on with, given up, sealed."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.dossier.snapshot import Seal, Snapshot, from_json
from assessments.enums import DossierState
from assessments.models import Dossier
from assessments.services.dossier import enqueue
from assessments.services.storing import keep, read, remove


class CannotSign(PortalError):
    """The signature is not possible now; the message is for the person asking."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be signed or sealed: a record, and its PDF so far."""

    snapshot: Snapshot
    content: bytes
    pages: int


@transaction.atomic
def wait(pk: UUID, draft: Draft, *, attempt: dt.datetime) -> bool:
    """Let a rendered dossier wait for signatures; tell whether this attempt still counts."""
    dossier = locked(pk)
    if (dossier.state, dossier.started_at) != (DossierState.RENDERING, attempt):
        return False
    replace_pending(dossier, draft.content)
    dossier.state, dossier.pages, dossier.progress_percent = DossierState.SIGNING, draft.pages, 60
    dossier.save()
    record(
        "dossier.wait",
        dossier,
        actor=dossier.requested_by,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        names=[signatory.name for signatory in draft.snapshot.signatories],
        snapshot_sha256=dossier.snapshot_sha256,
    )
    return True


@transaction.atomic
def go_on_without(pk: UUID, *, actor: User) -> Dossier:
    """Have a dossier sealed although somebody did not sign; their field stays empty.

    Raises:
        CannotSign: it does not wait for signatures.
    """
    dossier = locked(pk)
    if dossier.state != DossierState.SIGNING:
        raise CannotSign(_("This dossier does not wait for signatures any more."))
    missing = dossier.signatories.filter(signed_at=None).order_by("position")
    names = [one.name for one in missing]
    have_sealed(dossier)
    record(
        "dossier.go_on",
        dossier,
        actor=actor,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        names=names,
    )
    return dossier


@transaction.atomic
def give_up(pk: UUID, *, actor: User) -> Dossier:
    """Stop waiting; signatures so far are void, and the dossier can be tried again from the start.

    Raises:
        CannotSign: it neither waits for signatures nor failed with some.
    """
    dossier = locked(pk)
    if dossier.state not in (DossierState.SIGNING, DossierState.FAILED) or not dossier.pending_file:
        raise CannotSign(_("This dossier does not wait for signatures any more."))
    void = [one.name for one in dossier.signatories.exclude(signed_at=None).order_by("position")]
    dossier.signatories.update(
        signed_at=None,
        certificate_subject="",
        certificate_issuer="",
        certificate_sha256="",
        file_sha256="",
        declined_at=None,
        decline_reason="",
    )
    _drop(dossier)
    with translation.override(dossier.requested_by.language):
        dossier.failure = _("%(name)s gave it up before it was sealed.") % {"name": actor}
    dossier.state = DossierState.FAILED
    dossier.save()
    record(
        "dossier.give_up",
        dossier,
        actor=actor,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        names=void,
    )
    return dossier


@transaction.atomic
def begin_sealing(pk: UUID, now: dt.datetime) -> Draft | None:
    """Return the signed PDF when the next step is its seal; None when it is to be rendered."""
    dossier = locked(pk)
    if dossier.state != DossierState.QUEUED or not dossier.pending_file:
        return None
    dossier.state, dossier.started_at, dossier.progress_percent = DossierState.SEALING, now, 70
    dossier.save()
    return Draft(
        from_json(dossier.snapshot.encode()), read(dossier.pending_file), dossier.pages or 0
    )


OTHER_SEAL: Final = gettext_lazy(
    "The seal or the time-stamping authority was changed since %(number)s was rendered, and its "
    "pages name the old one. Set it back, or give the dossier up and try again."
)


def refuse_another_seal(snapshot: Snapshot, seal: Seal) -> None:
    """Refuse to seal what was signed as a dossier with another seal.

    Raises:
        CannotSign: the certificate or the level is not what the record names.
    """
    if snapshot.seal != seal:
        raise CannotSign(OTHER_SEAL % {"number": snapshot.number})


def have_sealed(dossier: Dossier) -> None:
    dossier.state, dossier.started_at = DossierState.QUEUED, timezone.now()
    dossier.progress_percent = 65
    dossier.save()
    enqueue(dossier)


def replace_pending(dossier: Dossier, content: bytes) -> None:
    """Put a newer PDF in the place of what was to be signed; a crash leaves one or the other."""
    _drop(dossier)
    dossier.pending_file = keep(content)
    dossier.pending_sha256 = hashlib.sha256(content).hexdigest()


def _drop(dossier: Dossier) -> None:
    if older := dossier.pending_file:
        transaction.on_commit(lambda: remove(older))
    dossier.pending_file = dossier.pending_sha256 = ""


def locked(pk: UUID) -> Dossier:
    return Dossier.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=pk)
