"""Whether a certificate is revoked, asked where it says that this can be learnt.

pyHanko signs with a revoked certificate in silence. Speaks to the network.
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from assessments.dossier.identity import Identity, as_asn1, top_of
from assessments.dossier.network import session

_TIMEOUT: Final = 10.0  # seconds for each answer


async def refuse_revoked(identity: Identity) -> None:
    """Ask about the certificate of ``identity`` and those above it that it carries.

    Those that name no list of revoked ones and no service are taken as they are, and so is one
    whose issuer it does not carry: nothing could be believed that is said of it.

    Raises:
        PathError, ValidationError: one was revoked, or nothing tells.
    """
    certificates = (identity.certificate, *identity.chain)
    if not any(map(_can_be_asked_about, certificates)):
        return
    async with session() as opened:
        context = ValidationContext(
            trust_roots=[as_asn1(top_of(identity.certificate, identity.chain))],
            other_certs=list(map(as_asn1, identity.chain)),
            allow_fetching=True,
            fetcher_backend=AIOHttpFetcherBackend(opened, per_request_timeout=_TIMEOUT),
            revocation_mode="hard-fail",
        )
        await CertificateValidator(
            as_asn1(identity.certificate), validation_context=context
        ).async_validate_path()


def _can_be_asked_about(certificate: x509.Certificate) -> bool:
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.CRLDistributionPoints):
            return True
        if isinstance(value, x509.AuthorityInformationAccess) and any(
            each.access_method == AuthorityInformationAccessOID.OCSP for each in value
        ):
            return True
    return False
