"""Dossiers that wait for signatures before their seal: begun, gone on with, given up, sealed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.dossier.snapshot import Seal, Snapshot, from_json
from assessments.enums import DossierState
from assessments.models import Dossier
from assessments.services.attempt import Attempt, Overtaken
from assessments.services.dossier import enqueue, locked, put_back
from assessments.services.storing import digest_of, fetch, keep_file, remove

_GIVEN_UP_FROM: Final = (DossierState.SIGNING, DossierState.FAILED, DossierState.CANCELLED)


class CannotSign(PortalError):
    """The signature is not possible now; the message is for the person asking."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be signed or sealed: a record, and its PDF so far."""

    snapshot: Snapshot
    pdf: Path
    pages: int


@transaction.atomic
def wait(attempt: Attempt, draft: Draft) -> None:
    """Let a rendered dossier wait for signatures.

    Raises:
        Overtaken: this attempt does not count any more.
    """
    dossier = locked(attempt.pk)
    if (dossier.state, dossier.started_at) != (DossierState.RENDERING, attempt.at):
        raise Overtaken
    sha256 = digest_of(draft.pdf)
    replace_pending(dossier, keep_file(draft.pdf, sha256), sha256)
    dossier.state, dossier.stage, dossier.pages = DossierState.SIGNING, "", draft.pages
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
    if dossier.state not in _GIVEN_UP_FROM or not dossier.pending_file:
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
    dossier.state, dossier.cancelled_at, dossier.cancelled_by = DossierState.FAILED, None, None
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


def signed_draft(attempt: Attempt) -> Draft:
    """Return the signed PDF, in the folder of the attempt that seals it."""
    dossier = Dossier.objects.get(pk=attempt.pk)
    signed = attempt.folder / "signed.pdf"
    fetch(dossier.pending_file, signed)
    return Draft(from_json(dossier.snapshot.encode()), signed, dossier.pages or 0)


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
    put_back(dossier)
    dossier.attempts = 0
    dossier.save()
    enqueue(dossier)


def replace_pending(dossier: Dossier, name: str, sha256: str) -> None:
    """Put a newer file in the place of what was to be signed; a crash leaves one or the other."""
    _drop(dossier)
    dossier.pending_file, dossier.pending_sha256 = name, sha256


def _drop(dossier: Dossier) -> None:
    if older := dossier.pending_file:
        transaction.on_commit(lambda: remove(older))
    dossier.pending_file = dossier.pending_sha256 = ""
