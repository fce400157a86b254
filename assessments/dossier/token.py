"""A key in a token: a smart card, a USB key or a hardware security module (PKCS#11).

The certificate is read without the PIN; the PIN is given once for each signature. The library
of the maker may hang: it is called in a thread that is left behind then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import pkcs11
from asn1crypto.keys import PublicKeyInfo, RSAPublicKey
from cryptography import x509
from pkcs11.exceptions import (
    NoSuchKey,
    NoSuchToken,
    PinIncorrect,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    TokenNotPresent,
)
from pkcs11.util.ec import encode_ec_public_key
from pkcs11.util.rsa import encode_rsa_public_key
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import PKCS11Signer, find_token
from pyhanko.sign.signers import Signer

from assessments.dossier.identity import (
    ChainOnly,
    Identity,
    KeyProblem,
    KeyUnavailable,
    as_asn1,
    public_of,
)
from assessments.dossier.patience import Here, in_time

T = TypeVar("T")

_SIGNATURE_ROOM: Final = 512  # bytes: RSA of 4096 bits


@dataclass(frozen=True, slots=True)
class Token:
    """Where the key is: the library of the maker, the label of the token and of the key.

    ``timeout``, in seconds, is how long it may take to answer.
    """

    module: str
    label: str
    key: str
    pin: str = field(repr=False)
    timeout: float = 10.0


@dataclass(frozen=True)
class TokenIdentity(Identity):
    """A key that never leaves its token. ``public`` is its public half, where the token has it."""

    token: Token
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    public: bytes | None

    @property
    def key_matches(self) -> bool:
        return self.public is None or self.public == public_of(self.certificate.public_key())

    @asynccontextmanager
    async def signer(self) -> AsyncIterator[Signer]:
        yield _Signer(self)


class _Signer(ChainOnly, Signer):
    """A key in a token, as pyHanko takes it; the token is opened for one signature."""

    def __init__(self, identity: TokenIdentity) -> None:
        super().__init__(signing_cert=as_asn1(identity.certificate))
        self.chain, self._token = identity.chain, identity.token

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 -- pyHanko's signature
    ) -> bytes:
        if dry_run:
            return bytes(_SIGNATURE_ROOM)

        def sign() -> bytes:
            return _signed(self._token, self.signing_cert, data, digest_algorithm)

        return _in_time(self._token, sign)


def _signed(token: Token, certificate: Any, data: bytes, digest_algorithm: str) -> bytes:
    with _session(token, pin=token.pin) as session:
        try:
            session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=token.key)
        except NoSuchKey as error:
            raise KeyUnavailable(KeyProblem.NO_KEY, token.key) from error
        signer = PKCS11Signer(session, signing_cert=certificate, key_label=token.key)
        with asyncio.Runner() as runner:
            runner.get_loop().set_default_executor(Here())
            signature: bytes = runner.run(signer.async_sign_raw(data, digest_algorithm))
        return signature


def _in_time(token: Token, work: Callable[[], T]) -> T:
    try:
        return in_time(token.timeout, work)
    except TimeoutError as error:
        raise KeyUnavailable(KeyProblem.HANGS, token.label) from error


def read_token(token: Token, chain: tuple[x509.Certificate, ...] = ()) -> TokenIdentity:
    """Return whose key a token holds; ``chain`` is added to the certificates on it.

    Raises:
        KeyUnavailable: there is no such module, token or certificate, or it does not answer.
    """
    return _in_time(token, lambda: _read(token, chain))


def _read(token: Token, chain: tuple[x509.Certificate, ...]) -> TokenIdentity:
    with _session(token) as session:
        found = list(_certificates(session))
        own = [certificate for label, certificate in found if label == token.key]
        if not own:
            raise KeyUnavailable(KeyProblem.NO_KEY, token.key)
        others = [certificate for label, certificate in found if label != token.key]
        above = tuple(dict.fromkeys([*_above(own[0], others), *chain]))
        return TokenIdentity(token, own[0], above, _public(session, token.key))


@contextmanager
def _session(token: Token, *, pin: str | None = None) -> Iterator[Any]:
    try:
        library = pkcs11.lib(token.module)
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise KeyUnavailable(KeyProblem.NO_MODULE, token.module) from error
    try:
        place = find_token(library.get_slots(), token_criteria=TokenCriteria(label=token.label))
        if place is None:
            raise KeyUnavailable(KeyProblem.NO_TOKEN, token.label)
        session = place.open(user_pin=pin)
    except (PinIncorrect, PinLenRange) as error:
        raise KeyUnavailable(KeyProblem.WRONG_PIN) from error
    except PinLocked as error:
        raise KeyUnavailable(KeyProblem.LOCKED_PIN) from error
    except (NoSuchToken, TokenNotPresent, PKCS11Error) as error:
        raise KeyUnavailable(KeyProblem.NO_TOKEN, f"{token.label} {error}".strip()) from error
    with session:
        yield session


def _certificates(session: Any) -> Iterator[tuple[str, x509.Certificate]]:
    wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}
    for found in session.get_objects(wanted):
        content = found[pkcs11.Attribute.VALUE]
        yield found[pkcs11.Attribute.LABEL], x509.load_der_x509_certificate(content)


def _above(
    certificate: x509.Certificate, others: list[x509.Certificate]
) -> Iterator[x509.Certificate]:
    """Yield the certificates above one, from near to far."""
    while certificate.issuer != certificate.subject:
        issuer = next((one for one in others if one.subject == certificate.issuer), None)
        if issuer is None:
            return
        yield issuer
        certificate = issuer


def _public(session: Any, label: str) -> bytes | None:
    try:
        key = session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, label=label)
        encode = {
            pkcs11.KeyType.RSA: encode_rsa_public_key,
            pkcs11.KeyType.EC: encode_ec_public_key,
        }[key.key_type]
        encoded: bytes = encode(key)
    except (PKCS11Error, KeyError):
        return None
    if key.key_type == pkcs11.KeyType.RSA:
        return _as_subject_public_key(encoded)
    return encoded


def _as_subject_public_key(encoded: bytes) -> bytes:
    info: bytes = PublicKeyInfo.wrap(RSAPublicKey.load(encoded), "rsa").dump()
    return info
