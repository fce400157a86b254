"""Where the key of the seal is kept: a file, a token or a remote service, as the settings say.

What was sealed here stays known by its certificate, whichever key is configured later.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ansm_portal.errors import PortalError
from assessments.dossier import identity as identities
from assessments.dossier.identity import (
    Identity,
    IdentityUnusable,
    KeyProblem,
    KeyUnavailable,
    sha256_of,
)
from assessments.dossier.remote import Service, read_service
from assessments.dossier.token import Token, read_token

_KEY: Final = {
    KeyProblem.NO_MODULE: gettext_lazy("The PKCS#11 module of the seal cannot be loaded."),
    KeyProblem.NO_TOKEN: gettext_lazy("The token with the key of the seal is not there."),
    KeyProblem.NO_KEY: gettext_lazy("The token has no key of the seal with its certificate."),
    KeyProblem.HANGS: gettext_lazy(
        "The token with the key of the seal does not answer (SEAL_PKCS11_TIMEOUT)."
    ),
    KeyProblem.WRONG_PIN: gettext_lazy("The token refused the PIN of the seal."),
    KeyProblem.LOCKED_PIN: gettext_lazy(
        "The PIN of the seal is locked: whoever manages the token must unlock it."
    ),
    KeyProblem.SILENT: gettext_lazy("The remote signing service does not answer."),
    KeyProblem.REFUSED: gettext_lazy(
        "The remote signing service refused, or answered with an error."
    ),
    KeyProblem.RUBBISH: gettext_lazy("What the remote signing service answered is no signature."),
}


class CannotSeal(PortalError):
    """The key or the certificate is not fit for a seal, or there is no time stamp for it."""


def _pkcs12() -> Identity:
    try:
        return identities.load(Path(settings.SEAL_PKCS12_FILE), settings.SEAL_PKCS12_PASSWORD)
    except IdentityUnusable as error:
        raise CannotSeal(
            _("The key of the seal cannot be read: %(reason)s.") % {"reason": error}
        ) from error


def _pkcs11() -> Identity:
    return read_token(
        Token(
            settings.SEAL_PKCS11_MODULE,
            settings.SEAL_PKCS11_TOKEN,
            settings.SEAL_PKCS11_KEY,
            settings.SEAL_PKCS11_PIN,
            settings.SEAL_PKCS11_TIMEOUT,
        ),
        tuple(certificates_in(settings.SEAL_CHAIN, "SEAL_CHAIN")),
    )


def _csc() -> Identity:
    return read_service(
        Service(
            settings.SEAL_CSC_URL,
            settings.SEAL_CSC_CREDENTIAL,
            settings.SEAL_CSC_TOKEN,
            settings.SEAL_CSC_PIN,
            settings.SEAL_CSC_TIMEOUT,
        ),
        tuple(certificates_in(settings.SEAL_CHAIN, "SEAL_CHAIN")),
    )


# The setting that chooses each, and what opens it.
_STORES: Final[dict[str, Callable[[], Identity]]] = {
    "SEAL_PKCS12_FILE": _pkcs12,
    "SEAL_PKCS11_MODULE": _pkcs11,
    "SEAL_CSC_URL": _csc,
}


def _chosen() -> list[str]:
    return [name for name in _STORES if getattr(settings, name)]


def is_configured() -> bool:
    """Tell whether a key is configured; the test seal is used otherwise."""
    return bool(_chosen())


def sealing_identity() -> Identity:
    """Return who seals here: the configured key, or the test seal made on first use.

    Raises:
        CannotSeal: the configured key cannot be reached.
    """
    chosen = _chosen()
    if not chosen:
        return identities.own(settings.DATA_DIR / "seal")
    if len(chosen) > 1:
        raise CannotSeal(
            _("More than one key of the seal is configured (%(names)s): choose one.")
            % {"names": ", ".join(chosen)}
        )
    try:
        return _STORES[chosen[0]]()
    except KeyUnavailable as failure:
        raise CannotSeal(key_sentence(failure)) from failure


def key_sentence(failure: KeyUnavailable) -> str:
    """Say why a key cannot be reached."""
    text = str(_KEY[failure.problem])
    return f"{text} ({failure.detail})" if failure.detail else text


# A token locks after a few wrong PINs: one that was refused is not given again by itself.


def _refused_pin() -> Path:
    path: Path = settings.DATA_DIR / "seal-pin-refused"
    return path


def settings_mark() -> str:
    """Return what tells these settings of a token or a service from others; no secret is in it."""
    told = (
        settings.SEAL_PKCS11_MODULE,
        settings.SEAL_PKCS11_TOKEN,
        settings.SEAL_PKCS11_KEY,
        settings.SEAL_PKCS11_PIN,
        settings.SEAL_CSC_URL,
        settings.SEAL_CSC_CREDENTIAL,
    )
    return salted_hmac("seal", "\0".join(told), algorithm="sha256").hexdigest()


def remember_refusal(failure: KeyUnavailable) -> None:
    """Keep in mind that the token refused the PIN that is configured."""
    if failure.problem in (KeyProblem.WRONG_PIN, KeyProblem.LOCKED_PIN):
        _write(_refused_pin(), settings_mark().encode())


def refuse_refused_pin() -> None:
    """Refuse to give a token the PIN that it refused before.

    Raises:
        CannotSeal: it did, and neither were the settings changed nor did a person insist.
    """
    if not settings.SEAL_PKCS11_MODULE:
        return
    try:
        refused = _refused_pin().read_text()
    except OSError:
        return
    if constant_time_compare(refused, settings_mark()):
        raise CannotSeal(
            _(
                "The token refused the PIN of the seal. It is not given again by itself, since "
                "a token locks after a few wrong ones: correct SEAL_PKCS11_PIN, or run "
                "manage.py check_seal --retry-pin."
            )
        )


def forget_refusal() -> None:
    """Let the PIN be given again: a person insists."""
    _refused_pin().unlink(missing_ok=True)


# What was sealed with before.


def _folder() -> Path:
    path: Path = settings.DATA_DIR / "seals"
    return path


def remember(certificate: x509.Certificate) -> None:
    """Keep the certificate of a seal: what it sealed stays verifiable when the key changes."""
    if identities.is_test(certificate):
        return
    path = _folder() / f"{sha256_of(certificate)}.pem"
    if not path.exists():
        _write(path, certificate.public_bytes(Encoding.PEM))


def known_certificates() -> list[x509.Certificate]:
    """Return the certificates that sealed here, without asking a token or a service.

    Raises:
        CannotSeal: the configured file cannot be read.
    """
    own = settings.DATA_DIR / "seal"
    known = [_pkcs12().certificate] if settings.SEAL_PKCS12_FILE else []
    if own.exists():
        known.append(identities.own(own).certificate)
    for file in sorted(_folder().glob("*.pem")):
        known += x509.load_pem_x509_certificates(file.read_bytes())
    return list(dict.fromkeys(known))


def certificates_in(path: str, setting: str) -> list[x509.Certificate]:
    """Return the certificates in a PEM file that a setting names; none when it names no file.

    Raises:
        CannotSeal: they cannot be read.
    """
    if not path:
        return []
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise CannotSeal(
            _("The certificates in %(setting)s cannot be read: %(reason)s.")
            % {"setting": setting, "reason": error}
        ) from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".incoming-")
    with os.fdopen(handle, "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    Path(beside).replace(path)
