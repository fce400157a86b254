"""Who seals here, and whom this portal trusts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.dossier.authority import AuthorityProblem, NotStamped, TimeAuthority
from assessments.dossier.identity import Identity, KeyUnavailable
from assessments.dossier.sign import Problem, SealRefused, Stamp, preflight, seal_file, try_out
from assessments.dossier.snapshot import Snapshot
from assessments.dossier.trust import Trust
from assessments.services.keystores import (
    CannotSeal,
    certificates_in,
    is_configured,
    key_sentence,
    known_certificates,
    refuse_refused_pin,
    remember,
    remember_refusal,
    sealing_identity,
    settings_mark,
)

_PROBLEMS: Final = {
    Problem.NOT_YET_VALID: gettext_lazy("The certificate of the seal is not valid yet."),
    Problem.EXPIRED: gettext_lazy("The certificate of the seal has expired."),
    Problem.KEY_MISMATCH: gettext_lazy("The key of the seal is not that of its certificate."),
    Problem.NOT_FOR_SEALING: gettext_lazy("The certificate of the seal is not for signatures."),
    Problem.REVOKED: gettext_lazy("The certificate of the seal, or one above it, is revoked."),
    Problem.STATUS_UNKNOWN: gettext_lazy(
        "Whether a certificate is revoked could not be learnt: whoever issued it does not answer."
    ),
}
_AUTHORITY: Final = {
    AuthorityProblem.SILENT: gettext_lazy("The time-stamping authority does not answer."),
    AuthorityProblem.REFUSED: gettext_lazy(
        "The time-stamping authority refused, or answered with an error."
    ),
    AuthorityProblem.RUBBISH: gettext_lazy(
        "What the time-stamping authority answered is not the time stamp that was asked for."
    ),
    AuthorityProblem.UNTRUSTED: gettext_lazy(
        "The time stamp is by an authority that nothing configured here vouches for."
    ),
    AuthorityProblem.CLOCK: gettext_lazy(
        "The clocks of the time-stamping authority and of the portal are more than five minutes "
        "apart."
    ),
}

_NOTICE_SECONDS: Final = 300
ENDS_SOON: Final = dt.timedelta(days=90)  # a new certificate takes weeks


def identity_for(now: dt.datetime) -> Identity:
    """Return who seals here, if they can at the instant ``now``.

    Raises:
        CannotSeal: they cannot. Nothing would stop pyHanko from sealing all the same.
    """
    refuse_refused_pin()
    identity = sealing_identity()
    try:
        preflight(identity, now=now)
    except SealRefused as refusal:
        raise CannotSeal(str(_PROBLEMS[refusal.problem])) from refusal
    return identity


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be known of the seal before it is needed: that it cannot be used, or ends."""

    text: str
    is_refusal: bool


def notice_of_seal(now: dt.datetime) -> Notice | None:
    """Say that the configured seal cannot be used at the instant ``now``, or will soon end.

    The test seal outlives what it is for, and none is made only to look at it.
    """
    try:
        time_authority()
    except CannotSeal as refusal:
        return Notice(str(refusal), is_refusal=True)
    if not is_configured():
        return None
    try:
        ends = identity_for(now).certificate.not_valid_after_utc
    except CannotSeal as refusal:
        return Notice(str(refusal), is_refusal=True)
    if ends - now >= ENDS_SOON:
        return None
    day = date_format(timezone.localtime(ends).date(), "SHORT_DATE_FORMAT")
    text = _("The certificate of the seal ends on %(day)s. Ask for the next one now.")
    return Notice(text % {"day": day}, is_refusal=False)


def notice_for_page(now: dt.datetime) -> Notice | None:
    """Return the same for a page: a token or a service is asked once in five minutes."""
    if not (settings.SEAL_PKCS11_MODULE or settings.SEAL_CSC_URL):
        return notice_of_seal(now)
    key = f"seal-notice-{translation.get_language()}-{settings_mark()}"
    known: tuple[Notice | None] | None = cache.get(key)
    if known is None:
        known = (notice_of_seal(now),)
        cache.set(key, known, _NOTICE_SECONDS)
    return known[0]


def time_authority() -> TimeAuthority | None:
    """Return where time stamps come from, if that is configured.

    Raises:
        CannotSeal: the certificates that vouch for it cannot be read.
    """
    if not settings.SEAL_TSA_URL:
        return None
    return TimeAuthority(
        settings.SEAL_TSA_URL,
        tuple(_clocks()),
        settings.SEAL_TSA_USER,
        settings.SEAL_TSA_PASSWORD,
        settings.SEAL_TSA_TIMEOUT,
    )


def _clocks() -> list[x509.Certificate]:
    """Return the certificates that vouch for time stamps, those of earlier authorities too."""
    if not settings.SEAL_TSA_TRUST:
        if settings.SEAL_TSA_URL:
            raise CannotSeal(
                _("SEAL_TSA_TRUST must name the certificates of the time-stamping authority.")
            )
        return []
    return certificates_in(settings.SEAL_TSA_TRUST, "SEAL_TSA_TRUST")


def sealed_file(
    pdf: Path,
    target: Path,
    identity: Identity,
    snapshot: Snapshot,
    authority: TimeAuthority | None,
    *,
    now: dt.datetime | None = None,
) -> None:
    """Write the sealed dossier to ``target``, at the level that its record names.

    ``now`` is later than the record where people signed in between.

    Raises:
        CannotSeal: there is no time stamp, or a certificate is not fit any more.
    """
    with translation.override(snapshot.language):
        text = _("%(number)s\nSealed by %(sealer)s\n%(ts)s")
    stamp = Stamp(text, {"number": snapshot.number, "sealer": identity.subject})
    at = now or snapshot.issued_at
    with _sentences(), pdf.open("rb") as source, target.open("w+b") as output:
        seal_file(source, output, identity, stamp=stamp, now=at, authority=authority)
    remember(identity.certificate)


def try_key(identity: Identity) -> None:
    """Sign, and have stamped, a few bytes that are thrown away.

    Raises:
        CannotSeal: the key does not sign, or there is no time stamp.
    """
    with _sentences():
        try_out(identity, time_authority())


@contextmanager
def _sentences() -> Iterator[None]:
    """Say in a sentence why there is no seal; a PIN that was refused is kept in mind."""
    try:
        yield
    except SealRefused as refusal:
        raise CannotSeal(seal_sentence(refusal)) from refusal
    except NotStamped as failure:
        raise CannotSeal(authority_sentence(failure)) from failure
    except KeyUnavailable as failure:
        remember_refusal(failure)
        raise CannotSeal(key_sentence(failure)) from failure


def seal_sentence(refusal: SealRefused) -> str:
    """Say why a certificate cannot be used."""
    return _sentence(_PROBLEMS[refusal.problem], refusal.detail)


def authority_sentence(failure: NotStamped) -> str:
    """Say why there is no time stamp."""
    return _sentence(_AUTHORITY[failure.problem], failure.detail)


def _sentence(text: object, detail: str) -> str:
    return f"{text} ({detail})" if detail else str(text)


def trusted() -> Trust:
    """Return whom this portal believes: its own seals, and the authorities configured."""
    return Trust(trusted_certificates(), _clocks(), people_trusted())


def people_trusted() -> list[x509.Certificate]:
    """Return the certificates that vouch for people who sign; none: any issuer is taken.

    Raises:
        CannotSeal: they cannot be read.
    """
    return certificates_in(settings.SIGNER_TRUST, "SIGNER_TRUST")


def trusted_certificates() -> list[x509.Certificate]:
    """Return the certificates that vouch for seals of this portal.

    Its test seal goes on being one when another key is configured: what it sealed before
    stays verifiable. None is made only to verify something. The authority above a
    certificate is not among them: it vouches for its other customers as well.
    """
    return known_certificates()
