"""Signatures of people on a dossier before its seal, each with a certificate of their own.

A key comes with the request that signs and goes with it: it is neither stored nor logged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from assessments.dossier.authority import NotStamped
from assessments.dossier.envelope import Broken, open_envelope
from assessments.dossier.identity import SealingIdentity, opened
from assessments.dossier.mapped import mapped
from assessments.dossier.names import names_person
from assessments.dossier.sign import Problem, SealRefused, Stamp, level_with, sign_file
from assessments.dossier.snapshot import SIGNATURE_FIELD, from_json
from assessments.dossier.trust import is_signature_vouched_for
from assessments.enums import DossierState
from assessments.models import Dossier, DossierSignatory
from assessments.services.attempt import workspace
from assessments.services.dossier import locked
from assessments.services.sealing import authority_sentence, people_trusted, time_authority
from assessments.services.storing import digest_of, fetch, keep_file
from assessments.services.waiting import (
    OTHER_SEAL,
    CannotSign,
    have_sealed,
    replace_pending,
)

ATTEMPTS: Final = 3  # when others sign at the same instant
_PROBLEMS: Final = {
    Problem.NOT_YET_VALID: gettext_lazy("Your certificate is not valid yet."),
    Problem.EXPIRED: gettext_lazy("Your certificate has expired."),
    Problem.KEY_MISMATCH: gettext_lazy("The key in the file is not that of its certificate."),
    Problem.NOT_FOR_SEALING: gettext_lazy("Your certificate is not for signatures."),
    Problem.REVOKED: gettext_lazy(
        "Your certificate, or one above it, is revoked. Ask whoever issued it for another one."
    ),
    Problem.STATUS_UNKNOWN: gettext_lazy(
        "Whether your certificate is revoked could not be learnt: whoever issued it does not "
        "answer. Nothing was signed; try again later."
    ),
}


class WrongPassword(CannotSign):
    """Whoever signs did not give their own password."""


class KeyRefused(CannotSign):
    """The file with the key cannot be used; the message says why."""


def sign_personally(
    signatory: DossierSignatory,
    *,
    actor: User,
    password: str,
    key: bytes,
    passphrase: str,
    sha256: str,
    is_other_name: bool = False,
) -> Dossier:
    """Sign a dossier with the key in a PKCS#12 file; the last signature has it sealed.

    ``sha256`` is the digest of the record that the person read.

    Raises:
        WrongPassword: ``password`` is not the actor's.
        KeyRefused: the file cannot be opened, or its certificate is not fit.
        CannotSign: it is not the actor's turn, or there is no time stamp.
    """
    if not actor.check_password(password):
        raise WrongPassword(_("This is not your password. Nothing was signed."))
    dossier = _waiting(signatory, actor, sha256)
    identity = _identity(key, passphrase)
    _refuse_unfit(identity, actor, is_other_name=is_other_name)
    for _attempt in range(ATTEMPTS):
        with workspace(dossier.pk) as folder:
            signed = _signed(dossier, signatory, identity, folder)
            if done := _take(dossier, signatory, identity, signed, actor):
                return done
        dossier = _waiting(signatory, actor, sha256)
    raise CannotSign(_("Somebody else signs at the same moment. Try again."))


def _waiting(signatory: DossierSignatory, actor: User, sha256: str) -> Dossier:
    """Return the dossier, as it is now, if it waits for this person."""
    signatory.refresh_from_db()
    dossier = Dossier.objects.get(pk=signatory.dossier_id)
    _refuse_untimely(dossier, signatory, actor, sha256)
    return dossier


def _identity(key: bytes, passphrase: str) -> SealingIdentity:
    try:
        return opened(key, passphrase)
    except ValueError as error:
        raise KeyRefused(
            _(
                "The file cannot be opened: another passphrase, or no PKCS#12 file (.p12, .pfx) "
                "with a key and its certificate."
            )
        ) from error


def _refuse_unfit(identity: SealingIdentity, actor: User, *, is_other_name: bool) -> None:
    if identity.is_self_signed:
        raise KeyRefused(
            _(
                "Your certificate is signed by itself: nobody vouches that it is yours. Ask "
                "whoever runs the portal for one, or approve in the portal."
            )
        )
    if not is_other_name and not names_person(
        identity.certificate, name=str(actor), email=actor.email
    ):
        raise KeyRefused(
            _("The certificate names %(subject)s, not you. If it is yours, tick the box below.")
            % {"subject": identity.subject}
        )


def _refuse_untimely(
    dossier: Dossier, signatory: DossierSignatory, actor: User, sha256: str
) -> None:
    if signatory.person_id != actor.pk or not signatory.is_waited_for:
        raise CannotSign(_("Your signature is not waited for here."))
    if dossier.state != DossierState.SIGNING:
        raise CannotSign(_("This dossier does not wait for signatures any more."))
    if dossier.snapshot_sha256 != sha256:
        raise CannotSign(_("The dossier changed while you were reading. Read it again."))


def _signed(
    dossier: Dossier, signatory: DossierSignatory, identity: SealingIdentity, folder: Path
) -> Path:
    """Return the dossier with one signature more, in a file in ``folder``."""
    snapshot, authority = from_json(dossier.snapshot.encode()), time_authority()
    if level_with(authority).value != snapshot.seal.level:
        raise CannotSign(OTHER_SEAL % {"number": dossier.number})
    with translation.override(dossier.language):
        stamp = Stamp(
            _("Signed by %(name)s\n%(certificate)s\n%(ts)s"),
            {"name": signatory.name, "certificate": identity.subject},
        )
    before, after = folder / "before.pdf", folder / "after.pdf"
    fetch(dossier.pending_file, before)
    try:
        with before.open("rb") as source, after.open("w+b") as output:
            sign_file(
                source,
                output,
                identity,
                field=f"{SIGNATURE_FIELD}{signatory.position}",
                stamp=stamp,
                now=timezone.now(),
                authority=authority,
            )
        with mapped(after) as content:
            made = open_envelope(content)
    except SealRefused as refusal:
        raise KeyRefused(str(_PROBLEMS[refusal.problem])) from refusal
    except NotStamped as failure:
        raise CannotSign(authority_sentence(failure)) from failure
    except Broken as broken:
        raise KeyRefused(
            _("Signatures with this kind of key cannot be taken: use RSA or ECDSA (P-256).")
        ) from broken
    trusted = people_trusted()
    if trusted and not is_signature_vouched_for(made, trusted):
        raise KeyRefused(_("Your certificate is not by an issuer that is accepted here."))
    return after


@transaction.atomic
def _take(
    before: Dossier,
    signatory: DossierSignatory,
    identity: SealingIdentity,
    signed: Path,
    actor: User,
) -> Dossier | None:
    """Keep a signature, if nobody else signed meanwhile; None when somebody did."""
    dossier = locked(before.pk)
    if (dossier.state, dossier.pending_sha256) != (DossierState.SIGNING, before.pending_sha256):
        return None
    file_sha256 = digest_of(signed)
    replace_pending(dossier, keep_file(signed, file_sha256), file_sha256)
    signatory.signed_at = timezone.now()
    signatory.certificate_subject = identity.subject[:300]
    signatory.certificate_issuer = identity.certificate.issuer.rfc4514_string()[:300]
    signatory.certificate_sha256 = identity.sha256
    signatory.file_sha256 = dossier.pending_sha256
    signatory.save()
    record(
        "dossier.sign",
        dossier,
        actor=actor,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        meaning=signatory.meaning,
        certificate=signatory.certificate_subject,
        certificate_sha256=signatory.certificate_sha256,
        snapshot_sha256=dossier.snapshot_sha256,
        file_sha256=dossier.pending_sha256,
    )
    if dossier.signatories.filter(signed_at=None).exists():
        dossier.save()
    else:
        have_sealed(dossier)
    return dossier


@transaction.atomic
def decline(signatory: DossierSignatory, *, reason: str, actor: User) -> Dossier:
    """Refuse to sign, with a reason; who asked decides what becomes of the dossier.

    Raises:
        CannotSign: it is not the actor's turn, or there is no reason.
    """
    dossier = locked(signatory.dossier_id)
    signatory.refresh_from_db()
    _refuse_untimely(dossier, signatory, actor, dossier.snapshot_sha256)
    if not reason.strip():
        raise CannotSign(_("Say why you do not sign."))
    signatory.declined_at, signatory.decline_reason = timezone.now(), reason.strip()
    signatory.save()
    record(
        "dossier.decline",
        dossier,
        actor=actor,
        organisation_id=dossier.organisation_id,
        number=dossier.number,
        reason=signatory.decline_reason,
    )
    return dossier
