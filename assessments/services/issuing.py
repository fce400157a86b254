"""Making a dossier: snapshot, rendering, evidence, seal, check, file. Runs in the worker.

Each step is a function of the attempt and of what the steps before it left in its folder;
contents go from file to file.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ansm_portal.audit.models import JournalHead
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from ansm_portal.processes import this_process
from assessments.dossier import html
from assessments.dossier.authority import TimeAuthority
from assessments.dossier.builder import build
from assessments.dossier.enclosing import Caps
from assessments.dossier.glyphs import undrawable_in
from assessments.dossier.identity import Identity
from assessments.dossier.mapped import verify_file
from assessments.dossier.render import Limits, to_file
from assessments.dossier.report import Verdict
from assessments.dossier.sign import level_with
from assessments.dossier.sizing import Wishes, expected_pages, shaped
from assessments.dossier.snapshot import Seal, Snapshot, digest, to_canonical_json
from assessments.dossier.trust import Trust
from assessments.enums import DossierStage, DossierState
from assessments.models import Dossier
from assessments.services.attempt import Attempt, Overtaken, Watching, workspace
from assessments.services.dossier import locked
from assessments.services.enclosing import attach, set_aside
from assessments.services.renewal import renew_on_file
from assessments.services.sealing import identity_for, sealed_file, time_authority
from assessments.services.storing import keep_file, remove
from assessments.services.waiting import Draft, refuse_another_seal, signed_draft, wait
from assessments.services.wishing import alike

logger = logging.getLogger(__name__)


class NotIssued(PortalError):
    """What was made is not fit to leave the house."""


@dataclass(frozen=True, slots=True)
class Made:
    """What an attempt made: files, and what is to be remembered of them."""

    pdf: Path
    sha256: str
    pages: int
    archive: Path | None
    archive_sha256: str


def issue(pk: UUID) -> Dossier:
    """Make a dossier from beginning to end; it is issued then, or failed with a reason.

    An attempt that somebody cancelled, or that began before another, leaves nothing.
    """
    now = timezone.now()
    requester = Dossier.objects.select_related("requested_by").get(pk=pk).requested_by
    with translation.override(requester.language):
        try:
            with workspace(pk) as folder:
                _issue(Attempt(pk, now, folder))
        except PortalError as refusal:
            fail(pk, reason=str(refusal), attempt=now)
        except OSError as error:
            reason = _("The file could not be written: %(reason)s.") % {
                "reason": error.strerror or error
            }
            fail(pk, reason=reason, attempt=now)
        except Overtaken:
            logger.info("An attempt to make dossier %s no longer counts.", pk)
    return Dossier.objects.get(pk=pk)


def _issue(attempt: Attempt) -> None:
    is_signed = _take_up(attempt)
    identity, authority = identity_for(attempt.at), time_authority()
    level = level_with(authority).value
    seal = Seal(identity.subject, identity.sha256, identity.is_test, level)
    draft = signed_draft(attempt) if is_signed else _draft(attempt, seal)
    if is_signed:
        refuse_another_seal(draft.snapshot, seal)
    elif draft.snapshot.signatories:
        wait(attempt, draft)
        return
    archive, archive_sha256 = set_aside(draft.snapshot, attempt.folder / "evidence.zip")
    pdf = _seal(attempt, draft, identity, authority)
    sha256 = _check(attempt, pdf, identity, authority)
    _keep(
        attempt, draft.snapshot, identity, Made(pdf, sha256, draft.pages, archive, archive_sha256)
    )


def _draft(attempt: Attempt, seal: Seal) -> Draft:
    """Make the PDF that is to be sealed, with its evidence, from the rows as they are now."""
    snapshot = _freeze(attempt, seal)
    rendered, pages = _render(attempt, snapshot)
    attempt.enters(DossierStage.ATTACHING)
    return Draft(snapshot, attach(snapshot, rendered), pages)


@transaction.atomic
def _take_up(attempt: Attempt) -> bool:
    """Say that this process makes the dossier; of several that try, one does.

    Tell whether people have signed it: it is to be sealed then.
    """
    dossier = locked(attempt.pk)
    if dossier.state != DossierState.QUEUED:
        raise Overtaken
    is_signed = bool(dossier.pending_file)
    if is_signed:
        dossier.state, dossier.stage = DossierState.SEALING, DossierStage.SEALING
    else:
        dossier.state, dossier.stage = DossierState.RENDERING, DossierStage.SNAPSHOT
    dossier.started_at = dossier.heard_at = attempt.at
    dossier.made_by_process = this_process()
    dossier.attempts += 1
    dossier.save()
    return is_signed


@transaction.atomic
def _freeze(attempt: Attempt, seal: Seal) -> Snapshot:
    """Take the snapshot; while the journal is locked, nothing in the organisation changes."""
    dossier = _still_ours(attempt, DossierState.RENDERING)
    head = JournalHead.objects.select_for_update(of=("self",)).get(
        organisation_id=dossier.organisation_id
    )
    taken = build(dossier, head=head, seal=seal, instant=attempt.at)
    snapshot = shaped(taken, wishes_of(dossier))
    content = to_canonical_json(snapshot)
    dossier.snapshot, dossier.snapshot_sha256 = content.decode(), digest(content)
    dossier.is_provisional = snapshot.is_provisional
    dossier.journal_sequence, dossier.journal_hash = head.sequence, head.hash
    dossier.save()
    return snapshot


def wishes_of(dossier: Dossier) -> Wishes:
    """Return what was asked for, within what the settings allow."""
    caps = Caps(settings.DOSSIER_ATTACHED_MAX_BYTES, settings.DOSSIER_ATTACHED_FILE_MAX_BYTES)
    return Wishes(settings.DOSSIER_MAX_PAGES, caps if dossier.with_evidence else None)


def _still_ours(attempt: Attempt, state: DossierState) -> Dossier:
    dossier = locked(attempt.pk)
    if (dossier.state, dossier.started_at) != (state, attempt.at):
        raise Overtaken
    return dossier


def _render(attempt: Attempt, snapshot: Snapshot) -> tuple[Path, int]:
    expected = expected_pages(snapshot)
    attempt.enters(DossierStage.LAYOUT, expected=expected)
    target = attempt.folder / "rendered.pdf"
    pages = to_file(
        html.render(snapshot),
        target,
        snapshot=snapshot,
        limits=Limits(settings.DOSSIER_MAX_SECONDS, settings.DOSSIER_MAX_MEMORY_BYTES),
        watch=Watching(attempt, expected=expected),
    )
    return target, pages


def _seal(
    attempt: Attempt, draft: Draft, identity: Identity, authority: TimeAuthority | None
) -> Path:
    attempt.enters(DossierStage.STAMPING if authority else DossierStage.SEALING)
    target = attempt.folder / "sealed.pdf"
    sealed_file(draft.pdf, target, identity, draft.snapshot, authority, now=attempt.at)
    return target


def _check(attempt: Attempt, pdf: Path, identity: Identity, authority: TimeAuthority | None) -> str:
    """Verify the finished file as anybody would; return its digest."""
    attempt.enters(DossierStage.CHECKING)
    clocks = authority.certificates if authority else ()
    report = verify_file(pdf, trust=Trust([identity.certificate], clocks))
    if report.verdict is not Verdict.INTACT:
        raise NotIssued(
            _("The dossier did not pass its own verification: %(sentence)s")
            % {"sentence": report.sentence}
        )
    return report.file_sha256


def _keep(attempt: Attempt, snapshot: Snapshot, identity: Identity, made: Made) -> None:
    """Put the files into the storage and say that the dossier is issued: all or nothing."""
    attempt.enters(DossierStage.KEEPING)
    kept: list[str] = []
    try:
        pdf = _stored(kept, made.pdf, made.sha256, "pdf")
        archive = _stored(kept, made.archive, made.archive_sha256, "zip") if made.archive else ""
        _finish(attempt, snapshot, identity, made, pdf=pdf, archive=archive)
    except BaseException:
        for name in kept:
            remove(name)
        raise


def _stored(kept: list[str], path: Path, sha256: str, suffix: str) -> str:
    name = keep_file(path, sha256, suffix)
    kept.append(name)
    return name


@transaction.atomic
def _finish(
    attempt: Attempt,
    snapshot: Snapshot,
    identity: Identity,
    made: Made,
    *,
    pdf: str,
    archive: str,
) -> None:
    dossier = _still_ours(attempt, DossierState.SEALING)
    dossier.state, dossier.stage, dossier.progress_percent = DossierState.ISSUED, "", 100
    dossier.issued_at, dossier.heard_at = snapshot.issued_at, timezone.now()
    dossier.file, dossier.file_sha256 = pdf, made.sha256
    dossier.size_bytes, dossier.pages = made.pdf.stat().st_size, made.pages
    if made.archive:
        dossier.archive, dossier.archive_sha256 = archive, made.archive_sha256
        dossier.archive_size_bytes = made.archive.stat().st_size
    dossier.seal_subject = identity.subject[:300]
    dossier.seal_sha256, dossier.is_test_seal = identity.sha256, identity.is_test
    dossier.seal_level = snapshot.seal.level
    dossier.renew_on = renew_on_file(made.pdf)
    if pending := dossier.pending_file:
        transaction.on_commit(lambda: remove(pending))
    dossier.pending_file = dossier.pending_sha256 = ""
    dossier.save()
    previous = _supersede(dossier)
    missing = undrawable_in(dossier.snapshot)
    record(
        "dossier.issue",
        dossier,
        actor=dossier.requested_by,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        snapshot_sha256=dossier.snapshot_sha256,
        file_sha256=dossier.file_sha256,
        archive_sha256=dossier.archive_sha256,
        supersedes=previous.number if previous else None,
        **({"undrawable": list(missing)} if missing else {}),
    )


def _supersede(dossier: Dossier) -> Dossier | None:
    """Let the dossier take the place of the one before it, if there is one."""
    previous: Dossier | None = (
        alike(dossier)
        .select_for_update(of=("self",))
        .filter(state=DossierState.ISSUED)
        .exclude(pk=dossier.pk)
        .first()
    )
    if previous is not None:
        previous.state, previous.superseded_by = DossierState.SUPERSEDED, dossier
        previous.save(update_fields=["state", "superseded_by"])
    return previous


@transaction.atomic
def fail(pk: UUID, *, reason: str, attempt: dt.datetime | None = None) -> None:
    """Say why a dossier was not made; it can be tried again.

    ``attempt`` is when the attempt that failed began; one that began later goes on.
    """
    dossier = locked(pk)
    is_later = attempt is not None and dossier.started_at not in (None, attempt)
    if not dossier.is_in_progress or is_later:
        return
    dossier.state, dossier.stage, dossier.failure = DossierState.FAILED, "", reason[:2000]
    dossier.save(update_fields=["state", "stage", "failure"])
    record(
        "dossier.fail",
        dossier,
        actor=dossier.requested_by,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        reason=dossier.failure,
    )
