"""Making a dossier: snapshot, rendering, seal, file. Runs in the worker."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ansm_portal.audit.models import JournalHead
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.dossier.builder import build
from assessments.dossier.identity import SealingIdentity
from assessments.dossier.pdf import Rendering
from assessments.dossier.render import render
from assessments.dossier.report import Verdict
from assessments.dossier.sign import level_with
from assessments.dossier.snapshot import Seal, Snapshot, digest, to_canonical_json
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from assessments.enums import DossierState
from assessments.models import Dossier
from assessments.models.dossier import IN_PROGRESS
from assessments.services.sealing import identity_for, sealed, time_authority

logger = logging.getLogger(__name__)


class NotIssued(PortalError):
    """What was made is not fit to leave the house."""


class Overtaken(Exception):
    """Somebody tried again meanwhile: this attempt no longer counts."""


def issue(pk: UUID) -> Dossier:
    """Make a dossier from beginning to end; it is issued then, or failed with a reason.

    Another attempt that began later wins, and this one leaves nothing.
    """
    now = timezone.now()
    requester = Dossier.objects.select_related("requested_by").get(pk=pk).requested_by
    with translation.override(requester.language):
        try:
            _issue(pk, now)
        except PortalError as refusal:
            fail(pk, reason=str(refusal), attempt=now)
        except OSError as error:
            reason = _("The file could not be written: %(reason)s.") % {"reason": error}
            fail(pk, reason=reason, attempt=now)
        except Overtaken:
            logger.info("An attempt to make dossier %s was overtaken by another.", pk)
    return Dossier.objects.get(pk=pk)


def _issue(pk: UUID, now: dt.datetime) -> None:
    identity, authority = identity_for(now), time_authority()
    level = level_with(authority).value
    snapshot = _begin(pk, Seal(identity.subject, identity.sha256, identity.is_test, level), now)
    rendering = render(snapshot)
    _advance(pk, now, DossierState.SEALING, 80)
    content = sealed(rendering.content, identity, snapshot, authority)
    report = verify(
        content, trust=Trust([identity.certificate], authority.certificates if authority else ())
    )
    if report.verdict is not Verdict.INTACT:
        raise NotIssued(
            _("The dossier did not pass its own verification: %(sentence)s")
            % {"sentence": report.sentence}
        )
    _advance(pk, now, DossierState.SEALING, 90)
    name = default_storage.save(
        f"dossiers/{report.file_sha256[:2]}/{report.file_sha256}.pdf", ContentFile(content)
    )
    try:
        _finish(
            pk,
            snapshot=snapshot,
            identity=identity,
            rendering=rendering,
            content=content,
            name=name,
        )
    except BaseException:
        default_storage.delete(name)
        raise


@transaction.atomic
def _begin(pk: UUID, seal: Seal, now: dt.datetime) -> Snapshot:
    """Take the snapshot; while the journal is locked, nothing in the organisation changes."""
    dossier = _locked(pk)
    if dossier.state != DossierState.QUEUED:
        raise Overtaken
    head = JournalHead.objects.select_for_update(of=("self",)).get(
        organisation_id=dossier.organisation_id
    )
    snapshot = build(dossier, head=head, seal=seal, instant=now)
    content = to_canonical_json(snapshot)
    dossier.state, dossier.started_at, dossier.progress_percent = DossierState.RENDERING, now, 10
    dossier.snapshot, dossier.snapshot_sha256 = content.decode(), digest(content)
    dossier.is_provisional = snapshot.is_provisional
    dossier.journal_sequence, dossier.journal_hash = head.sequence, head.hash
    dossier.save()
    return snapshot


def _locked(pk: UUID) -> Dossier:
    return Dossier.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=pk)


def _advance(pk: UUID, started_at: dt.datetime, state: DossierState, percent: int) -> None:
    """Say how far this attempt is, if it is still the one that counts."""
    ours = Dossier.objects.filter(pk=pk, started_at=started_at, state__in=IN_PROGRESS)
    if not ours.update(state=state, progress_percent=percent):
        raise Overtaken


@transaction.atomic
def _finish(
    pk: UUID,
    *,
    snapshot: Snapshot,
    identity: SealingIdentity,
    rendering: Rendering,
    content: bytes,
    name: str,
) -> None:
    dossier = _locked(pk)
    if (dossier.state, dossier.started_at) != (DossierState.SEALING, snapshot.issued_at):
        raise Overtaken
    dossier.state, dossier.progress_percent = DossierState.ISSUED, 100
    dossier.issued_at = snapshot.issued_at
    dossier.file, dossier.file_sha256 = name, hashlib.sha256(content).hexdigest()
    dossier.size_bytes, dossier.pages = len(content), rendering.pages
    dossier.seal_subject = identity.subject[:300]
    dossier.seal_sha256, dossier.is_test_seal = identity.sha256, identity.is_test
    dossier.seal_level = snapshot.seal.level
    dossier.save()
    previous = (
        Dossier.objects.select_for_update(of=("self",))
        .filter(
            assessment_id=dossier.assessment_id,
            language=dossier.language,
            state=DossierState.ISSUED,
        )
        .exclude(pk=pk)
        .first()
    )
    if previous is not None:
        previous.state, previous.superseded_by = DossierState.SUPERSEDED, dossier
        previous.save(update_fields=["state", "superseded_by"])
    record(
        "dossier.issue",
        dossier,
        actor=dossier.requested_by,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        snapshot_sha256=dossier.snapshot_sha256,
        file_sha256=dossier.file_sha256,
        supersedes=previous.number if previous else None,
    )


@transaction.atomic
def fail(pk: UUID, *, reason: str, attempt: dt.datetime | None = None) -> None:
    """Say why a dossier was not made; it can be tried again.

    ``attempt`` is when the attempt that failed began; one that began later goes on.
    """
    dossier = _locked(pk)
    is_later = attempt is not None and dossier.started_at not in (None, attempt)
    if not dossier.is_in_progress or is_later:
        return
    dossier.state, dossier.failure = DossierState.FAILED, reason[:2000]
    dossier.save(update_fields=["state", "failure"])
    record(
        "dossier.fail",
        dossier,
        actor=dossier.requested_by,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        reason=dossier.failure,
    )
