"""A key with a remote signing service: the API of the Cloud Signature Consortium, version 1.

The service never sees the dossier: it is sent the digest of what it is to sign, and the
authorization is for that digest alone where the service can do so.
"""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from cryptography import x509
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import Signer
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCCredentialInfo,
    CSCServiceSessionInfo,
    CSCSigner,
    base64_digest,
    fetch_certs_in_csc_credential,
)

from assessments.dossier.identity import ChainOnly, Identity, KeyProblem, KeyUnavailable, sha256_of
from assessments.dossier.strict import PARSING


@dataclass(frozen=True, slots=True)
class Service:
    """Where the key is. ``token`` signs in there, ``pin`` lets the key sign; in seconds."""

    url: str
    credential: str
    token: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)
    timeout: float = 30.0

    @property
    def session(self) -> CSCServiceSessionInfo:
        """The same, as pyHanko takes it."""
        return CSCServiceSessionInfo(
            self.url.rstrip("/"), self.credential, oauth_token=self.token or None
        )


@dataclass(frozen=True)
class RemoteIdentity(Identity):
    """A key that never leaves its service."""

    service: Service
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @asynccontextmanager
    async def signer(self) -> AsyncIterator[Signer]:
        async with aiohttp.ClientSession() as session:
            told = await _told(session, self.service)
            if sha256_of(_as_x509(told.signing_cert)) != self.sha256:
                raise KeyUnavailable(KeyProblem.RUBBISH, "another certificate than before")
            manager = _Authorization(session, self.service, told)
            signer = _CheckedSigner(session, manager)
            signer.chain = self.chain
            yield signer


def read_service(service: Service, chain: tuple[x509.Certificate, ...] = ()) -> RemoteIdentity:
    """Return whose key a service keeps; ``chain`` is added to the certificates it names.

    Raises:
        KeyUnavailable: it does not answer, refuses, or answers something else.
    """
    return asyncio.run(_read(service, chain))


async def _read(service: Service, chain: tuple[x509.Certificate, ...]) -> RemoteIdentity:
    async with aiohttp.ClientSession() as session:
        told = await _told(session, service)
    above = tuple(dict.fromkeys([*map(_as_x509, told.chain), *chain]))
    return RemoteIdentity(service, _as_x509(told.signing_cert), above)


async def _told(session: aiohttp.ClientSession, service: Service) -> CSCCredentialInfo:
    try:
        return await fetch_certs_in_csc_credential(
            session, service.session, timeout=math.ceil(service.timeout)
        )
    except TimeoutError as error:
        raise KeyUnavailable(KeyProblem.SILENT) from error
    except SigningError as error:
        raise _unavailable(error) from error
    except (*PARSING, aiohttp.ClientError) as error:
        raise KeyUnavailable(KeyProblem.RUBBISH) from error


def _as_x509(certificate: Any) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(certificate.dump())
    except PARSING as error:
        raise KeyUnavailable(KeyProblem.RUBBISH) from error


def _unavailable(error: SigningError) -> KeyUnavailable:
    """Say why: what pyHanko says in one class has three reasons."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientResponseError):
        if isinstance(cause, aiohttp.ContentTypeError):
            return KeyUnavailable(KeyProblem.RUBBISH)
        return KeyUnavailable(KeyProblem.REFUSED, f"{cause.status} {cause.message}".strip())
    if isinstance(cause, aiohttp.ClientError | TimeoutError):
        return KeyUnavailable(KeyProblem.SILENT)
    return KeyUnavailable(KeyProblem.RUBBISH, str(error))


class _Authorization(CSCAuthorizationManager):
    """Asks for the right to sign one digest."""

    def __init__(
        self, session: aiohttp.ClientSession, service: Service, told: CSCCredentialInfo
    ) -> None:
        super().__init__(service.session, told)
        self._session, self._service = session, service
        self.timeout = aiohttp.ClientTimeout(total=service.timeout)

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        request = self.format_csc_auth_request(pin=self._service.pin or None, hash_b64s=hash_b64s)
        told = await _post(self._session, self, "credentials/authorize", request)
        return self.parse_csc_auth_response(told)


class _CheckedSigner(ChainOnly, CSCSigner):
    """pyHanko logs why a signature failed and raises something else: this says why."""

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 -- pyHanko's signature
    ) -> bytes:
        if dry_run:
            return bytes(self.est_raw_signature_size)
        digest = base64_digest(data, digest_algorithm)
        try:
            request = await self.format_csc_signing_req([digest], digest_algorithm)
            told = await _post(self.session, self.auth_manager, "signatures/signHash", request)
            (signature,) = told["signatures"]
            return base64.b64decode(signature, validate=True)
        except TimeoutError as error:
            raise KeyUnavailable(KeyProblem.SILENT) from error
        except SigningError as error:
            raise _unavailable(error) from error
        except PARSING as error:
            raise KeyUnavailable(KeyProblem.RUBBISH) from error


async def _post(
    session: aiohttp.ClientSession, manager: Any, endpoint: str, request: dict[str, Any]
) -> Any:
    """Return what the service answers.

    Raises:
        SigningError: it does not, or with an error; the cause says which.
    """
    try:
        async with session.post(
            manager.csc_session_info.endpoint_url(endpoint),
            headers=manager.auth_headers,
            json=request,
            raise_for_status=True,
            timeout=manager.timeout,
        ) as response:
            return await response.json()
    except aiohttp.ClientError as error:
        raise SigningError(f"{endpoint} failed") from error
