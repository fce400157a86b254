"""Who signs: a certificate and a way to its key. From a PKCS#12 file, or made on first use.

Other ways to a key are in ``token`` (PKCS#11) and ``remote`` (CSC).

Knows neither Django nor the database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    PrivateKeyTypes,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

_Certificate = TypeVar("_Certificate", bound=Any)  # of cryptography, or as pyHanko takes it

TEST_NAME: Final = "ANSM portal (test seal, no legal value)"
_KEY_FILE: Final = "seal.p12"
_CERTIFICATE_FILE: Final = "seal.pem"
_TEST_YEARS: Final = 30  # dossiers are kept 15 years after the last device was sold


class IdentityUnusable(Exception):
    """The key file cannot be read; the message says why."""


class KeyProblem(Enum):
    """Why a key that is kept elsewhere does not sign."""

    NO_MODULE = "the PKCS#11 module cannot be loaded"
    NO_TOKEN = "there is no such token"  # noqa: S105 -- what is missing, no secret
    NO_KEY = "there is no such key with its certificate"
    HANGS = "the token does not answer"
    WRONG_PIN = "the PIN is wrong"
    LOCKED_PIN = "the PIN is locked"
    SILENT = "the signing service does not answer"
    REFUSED = "the signing service refused"
    RUBBISH = "the signing service answered something else"


class KeyUnavailable(Exception):
    """The key cannot be reached, or does not sign."""

    def __init__(self, problem: KeyProblem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail


class Identity(ABC):
    """A certificate, those above it, and a key that signs in its name."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @abstractmethod
    def signer(self) -> AbstractAsyncContextManager[Signer]:
        """Open the way to the key, for one signature.

        Raises:
            KeyUnavailable: there is none.
        """

    @property
    def key_matches(self) -> bool:
        """Tell whether the key is the one in the certificate, as far as it can be known."""
        return True

    @property
    def subject(self) -> str:
        """The name in the certificate."""
        return subject_of(self.certificate)

    @property
    def sha256(self) -> str:
        """The digest of the certificate, which a dossier names."""
        return sha256_of(self.certificate)

    @property
    def is_test(self) -> bool:
        """Tell whether the portal made it for itself."""
        return is_test(self.certificate)

    @property
    def is_self_signed(self) -> bool:
        """Tell whether nobody but its owner vouches for the certificate."""
        return self.certificate.issuer == self.certificate.subject


class ChainOnly:
    """A signer that writes each certificate once: its own is not among those above it.

    pyHanko's signers for tokens and services count it among them, and would write it twice.
    """

    chain: tuple[x509.Certificate, ...] = ()

    @property
    def cert_registry(self) -> SimpleCertificateStore:
        """The certificates above the signer's, as pyHanko asks for them."""
        store: SimpleCertificateStore = SimpleCertificateStore.from_certs(map(as_asn1, self.chain))
        return store


def top_of(certificate: _Certificate, others: Iterable[_Certificate]) -> _Certificate:
    """Return the highest certificate above one, as far as they are among ``others``."""
    top, left = certificate, list(others)
    while above := [one for one in left if one.subject == top.issuer]:
        top = above[0]
        left.remove(top)
    return top


def sha256_of(certificate: x509.Certificate) -> str:
    """Return the digest by which a dossier names a certificate."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def as_asn1(certificate: x509.Certificate) -> Certificate:
    """Return a certificate as pyHanko takes it."""
    return Certificate.load(certificate.public_bytes(Encoding.DER))


def public_of(key: object) -> bytes:
    """Return a public key as bytes that can be compared."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


@dataclass(frozen=True)
class SealingIdentity(Identity):
    """A key in memory, its certificate and the certificates above it."""

    key: PrivateKeyTypes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @property
    def key_matches(self) -> bool:
        return public_of(self.key.public_key()) == public_of(self.certificate.public_key())

    @asynccontextmanager
    async def signer(self) -> AsyncIterator[Signer]:
        key = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        yield SimpleSigner(
            signing_cert=as_asn1(self.certificate),
            signing_key=PrivateKeyInfo.load(key),
            cert_registry=SimpleCertificateStore.from_certs(map(as_asn1, self.chain)),
        )


def subject_of(certificate: x509.Certificate) -> str:
    """Return who a certificate names: common name, organisation, country, as far as given."""
    subject = certificate.subject
    wanted = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME)
    names = [str(name.value) for oid in wanted for name in subject.get_attributes_for_oid(oid)]
    return ", ".join(dict.fromkeys(names)) or subject.rfc4514_string()


def is_test(certificate: x509.Certificate) -> bool:
    """Tell whether a portal made the certificate for itself."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(name.value == TEST_NAME for name in names)


def load(file: Path, password: str = "") -> SealingIdentity:
    """Read an identity from a PKCS#12 file.

    Raises:
        IdentityUnusable: no such file, another format, another password, no key in it.
    """
    try:
        return opened(file.read_bytes(), password)
    except (OSError, ValueError) as error:
        raise IdentityUnusable(f"{file.name}: {error}") from error


def opened(archive: bytes, password: str) -> SealingIdentity:
    """Read an identity from the content of a PKCS#12 file.

    Raises:
        ValueError: another format, another password, no key with a certificate in it.
    """
    found = pkcs12.load_pkcs12(archive, password.encode() or None)
    if found.key is None or found.cert is None:
        raise ValueError("no key with a certificate in it")
    chain = tuple(additional.certificate for additional in found.additional_certs)
    return SealingIdentity(found.key, found.cert.certificate, chain)


def own(folder: Path) -> SealingIdentity:
    """Return the test identity in ``folder``, made on first use.

    It appears whole or not at all: two processes that start at once use the same one.
    """
    if not folder.exists():
        _make_folder(folder)
    return load(folder / _KEY_FILE)


def own_certificate(folder: Path) -> Path:
    """Return where the certificate of the test identity lies."""
    return folder / _CERTIFICATE_FILE


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        key, certificate = make_test_identity(dt.datetime.now(dt.UTC))
        archive = pkcs12.serialize_key_and_certificates(
            TEST_NAME.encode(), key, certificate, None, NoEncryption()
        )
        _write(made / _KEY_FILE, archive)
        _write(made / _CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM))
        # Fails when another process was first: a folder never replaces one with files in it.
        made.rename(folder)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not (folder / _KEY_FILE).exists():
            raise


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())


def make_test_identity(
    now: dt.datetime, *, days: int = _TEST_YEARS * 365, name: str = TEST_NAME
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return a new key (ECDSA P-256) with a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key: CertificateIssuerPrivateKeyTypes = key
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,  # nonRepudiation
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return key, certificate
