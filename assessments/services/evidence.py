"""Evidence: adding it, citing it, superseding it."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import AnswerState, EvidenceKind
from assessments.filetypes import is_what_it_says, media_type
from assessments.models import Answer, Evidence, EvidenceLink
from assessments.services.changes import (
    ReasonNeeded,
    lock,
    lock_all,
    refuse_unless_own,
    reopen,
    store,
)

FILE_NAME_MAX_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What people say of a piece of evidence, whatever its kind."""

    title: str
    document_revision: str = ""
    document_on: dt.date | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that lies in the storage under its own digest."""

    path: str
    name: str
    sha256: str
    size_bytes: int


def store_file(upload: File, *, organisation_id: UUID) -> StoredFile:  # type: ignore[type-arg]
    """Put an uploaded file into the storage, named by the SHA-256 of its content.

    The digest is taken from the bytes that are stored, before they are stored.

    Raises:
        PortalError: it is empty, too large, not what its name says, or the disk is full.
    """
    name = (upload.name or "")[-FILE_NAME_MAX_LENGTH:]
    size = upload.size or 0
    if size == 0:
        raise PortalError(_("%(name)s is empty.") % {"name": name})
    if size > settings.EVIDENCE_MAX_BYTES:
        raise PortalError(
            _("%(name)s has %(size)s; at most %(most)s are accepted.")
            % {
                "name": name,
                "size": filesizeformat(size),
                "most": filesizeformat(settings.EVIDENCE_MAX_BYTES),
            }
        )
    digest = hashlib.sha256()
    upload.seek(0)
    first = upload.read(16)
    if not is_what_it_says(name, first):
        raise PortalError(
            _("%(name)s is not what its name says: its content is of another type.")
            % {"name": name}
        )
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    path = f"evidence/{organisation_id}/{sha256[:2]}/{sha256}"
    if not default_storage.exists(path):
        upload.seek(0)
        try:
            default_storage.save(path, upload)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise PortalError(
                _("%(name)s was not kept: the disk is full. Tell your administrator.")
                % {"name": name}
            ) from error
    return StoredFile(path, name, sha256, size)


@transaction.atomic
def add_file(
    upload: StoredFile, *, document: Document, organisation: Organisation, actor: User
) -> Evidence:
    """Register a stored file as evidence."""
    return _add(
        Evidence(
            kind=EvidenceKind.FILE,
            file=upload.path,
            file_name=upload.name,
            media_type=media_type(upload.name),
            size_bytes=upload.size_bytes,
            sha256=upload.sha256,
        ),
        document=document,
        organisation_id=organisation.pk,
        actor=actor,
    )


@transaction.atomic
def add_link(url: str, *, document: Document, organisation: Organisation, actor: User) -> Evidence:
    """Register an address as evidence; nothing is fetched from it."""
    return _add(
        Evidence(kind=EvidenceKind.LINK, url=url),
        document=document,
        organisation_id=organisation.pk,
        actor=actor,
    )


@transaction.atomic
def add_reference(
    reference: str, *, document: Document, organisation: Organisation, actor: User
) -> Evidence:
    """Register a document of the quality system as evidence."""
    return _add(
        Evidence(kind=EvidenceKind.REFERENCE, reference=reference),
        document=document,
        organisation_id=organisation.pk,
        actor=actor,
    )


def _add(evidence: Evidence, *, document: Document, organisation_id: UUID, actor: User) -> Evidence:
    # The row of the organisation puts two people who add at the same instant in line.
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation_id)
    last = Evidence.objects.filter(organisation_id=organisation_id).aggregate(n=Max("number"))
    evidence.organisation_id = organisation_id
    evidence.number = (last["n"] or 0) + 1
    evidence.title = document.title
    evidence.document_revision = document.document_revision
    evidence.document_on = document.document_on
    evidence.expires_on = document.expires_on
    evidence.added_by = actor
    evidence.save(force_insert=True)
    record(
        "evidence.add",
        evidence,
        actor=actor,
        organisation_id=organisation_id,
        number=evidence.number,
        kind=evidence.kind,
        title=evidence.title,
        sha256=evidence.sha256,
        size_bytes=evidence.size_bytes,
        url=evidence.url,
        reference=evidence.reference,
        file_name=evidence.file_name,
    )
    return evidence


@transaction.atomic
def check_citable(pk: UUID, *, reason: str) -> None:
    """Refuse what :func:`cite` would refuse, before a file is registered for it."""
    answer = lock(pk)
    refuse_unless_own(answer)
    if answer.state == AnswerState.ACCEPTED and not reason.strip():
        raise ReasonNeeded(
            _("This answer was accepted. Say why it changes: it goes back to review.")
        )


@transaction.atomic
def cite(pk: UUID, *, evidence: Evidence, actor: User, reason: str = "") -> Answer:
    """Let the answer ``pk`` cite ``evidence``; citing it twice changes nothing.

    Raises:
        ReasonNeeded: the answer was accepted, and ``reason`` is empty.
        PortalError: it is under review, does not apply, or the evidence is superseded.
    """
    answer = lock(pk)
    if evidence.superseded_by_id:
        raise PortalError(
            _("%(label)s is superseded. Cite the newer one.") % {"label": evidence.label}
        )
    if EvidenceLink.objects.filter(answer=answer, evidence=evidence).exists():
        return answer
    refuse_unless_own(answer)
    reopen(answer, actor=actor, reason=reason)
    _link(answer, evidence, actor=actor)
    heirs = store(answer, author=actor)
    record(
        "answer.cite",
        answer,
        actor=actor,
        organisation_id=answer.organisation_id,
        evidence=str(evidence.pk),
        number=evidence.number,
        reason=reason,
        **heirs,
    )
    return answer


@transaction.atomic
def uncite(pk: UUID, *, evidence: Evidence, actor: User, reason: str = "") -> Answer:
    """Let the answer ``pk`` no longer cite ``evidence``, which stays in the register."""
    answer = lock(pk)
    refuse_unless_own(answer)
    gone, _by_model = EvidenceLink.objects.filter(answer=answer, evidence=evidence).delete()
    if not gone:
        return answer
    reopen(answer, actor=actor, reason=reason)
    answer.evidence_count -= gone
    heirs = store(answer, author=actor)
    record(
        "answer.uncite",
        answer,
        actor=actor,
        organisation_id=answer.organisation_id,
        evidence=str(evidence.pk),
        number=evidence.number,
        reason=reason,
        **heirs,
    )
    return answer


def _link(answer: Answer, evidence: Evidence, *, actor: User) -> None:
    EvidenceLink.objects.create(
        organisation_id=answer.organisation_id, answer=answer, evidence=evidence, linked_by=actor
    )
    answer.evidence_count += 1


@transaction.atomic
def supersede(old: Evidence, *, by: Evidence, actor: User) -> Evidence:
    """Put ``by`` in the place of ``old`` in every answer that cites it.

    Answers that were accepted on the old piece are reopened, with that reason.

    Raises:
        PortalError: ``old`` is superseded already, or an answer that cites it is under
            review.
    """
    answers = lock_all(Answer.objects.filter(evidence_links__evidence=old))
    old = Evidence.objects.select_for_update(of=("self",)).get(pk=old.pk)
    if old.pk == by.pk:
        raise PortalError(_("Evidence cannot supersede itself."))
    _refuse_supersession(old, answers)
    reason = _("Evidence %(old)s was superseded by %(new)s.") % {
        "old": old.label,
        "new": by.label,
    }
    cite_it = {answer.pk for answer in answers}
    heirs: list[dict[str, Any]] = []
    changes = []
    for answer in answers:
        if not (answer.is_inherited and answer.inherited_from_id in cite_it):  # it follows
            fields, following = _replace(answer, old=old, by=by, actor=actor, reason=reason)
            changes.append(
                {
                    "answer": str(answer.pk),
                    "code": answer.code,
                    "revision": answer.revision,
                    "fields": fields,
                }
            )
            heirs += following
    old.superseded_by = by
    old.save(update_fields=["superseded_by"])
    record(
        "evidence.supersede",
        old,
        actor=actor,
        organisation_id=old.organisation_id,
        by=str(by.pk),
        numbers=[old.number, by.number],
        answers=[answer.code for answer in answers],
        changes=changes,
        **({"heirs": heirs} if heirs else {}),
    )
    return by


def _replace(
    answer: Answer, *, old: Evidence, by: Evidence, actor: User, reason: str
) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    """Replace a piece in one answer.

    Returns what its evidence was and is, and what became of the answers that inherit from it.
    """
    reopen(answer, actor=actor, reason=reason)
    EvidenceLink.objects.filter(answer=answer, evidence=old).delete()
    answer.evidence_count -= 1
    is_new = not EvidenceLink.objects.filter(answer=answer, evidence=by).exists()
    if is_new:
        _link(answer, by, actor=actor)
    fields = {"evidence": [str(old.pk), str(by.pk) if is_new else None]}
    return fields, list(store(answer, author=actor).get("heirs", ()))


def check_supersedable(old: Evidence) -> None:
    """Refuse what :func:`supersede` would refuse, before a newer piece is registered."""
    _refuse_supersession(old, Answer.objects.filter(evidence_links__evidence=old))


def _refuse_supersession(old: Evidence, answers: Iterable[Answer]) -> None:
    if old.superseded_by_id:
        raise PortalError(_("A newer piece of evidence exists already."))
    under_review = [answer.code for answer in answers if answer.state == AnswerState.READY]
    if under_review:
        raise PortalError(
            _("These answers are under review and cite it: %(codes)s. Take them back first.")
            % {"codes": ", ".join(under_review)}
        )


@transaction.atomic
def reopen_for_expired(evidence: Evidence) -> list[Answer]:
    """Reopen the accepted answers that rest on evidence whose validity has ended."""
    reason = _("Evidence %(label)s is no longer valid.") % {"label": evidence.label}
    accepted = lock_all(
        Answer.objects.filter(evidence_links__evidence=evidence, state=AnswerState.ACCEPTED)
    )
    for answer in accepted:
        reopen(answer, actor=None, reason=reason)
        store(answer, author=None)
    if accepted:
        record(
            "evidence.expire",
            evidence,
            actor=None,
            organisation_id=evidence.organisation_id,
            number=evidence.number,
            answers=[answer.code for answer in accepted],
        )
    return accepted
