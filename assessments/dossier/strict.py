"""Signed data as it must stand in a dossier: one form, nothing that no signature covers.

CMS has fields outside what is signed. Each has one right value here, so that a changed byte
is found wherever it stands.
"""

from __future__ import annotations

from typing import Any, Final

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.sign.general import SignedDataCerts

# What is signed needs a few kilobytes; whoever sends more wants them to be worked on.
_MOST_DIGITS: Final = 512 * 1024
_MOST_CERTIFICATES: Final = 32
# What parsers of ASN.1 raise on a structure that somebody else made.
PARSING: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
)


def read_container(gap: bytes) -> cms.ContentInfo:
    """Read signed data from its place in a PDF: upper-case hexadecimal digits, then zeros.

    Raises:
        ValueError: something else stands there.
    """
    if not (gap.startswith(b"<") and gap.endswith(b">")):
        raise ValueError("the seal is not where it should be")
    if len(gap) > _MOST_DIGITS:
        raise ValueError("no seal is so long")
    digits = gap[1:-1].decode("ascii")
    container = cms.ContentInfo.load(bytes.fromhex(digits))
    if container.dump().hex().upper().ljust(len(digits), "0") != digits:
        raise ValueError("the seal is followed by something")
    return container


def seal_as_written(signer: cms.SignerInfo, certificates: SignedDataCerts) -> bytes:
    """Write a seal again, as pyHanko writes it, from what its signature covers.

    The token of a time stamp is taken over as it is: it is judged by itself.
    """
    digest_algorithm = {"algorithm": "sha256", "parameters": core.Null()}
    fields = {
        "version": "v1",
        "sid": issuer_and_serial(certificates),
        "digest_algorithm": digest_algorithm,
        "signature_algorithm": plain(signer["signature_algorithm"]),
        "signed_attrs": signer["signed_attrs"].untag(),
        "signature": signer["signature"].native,
    }
    if token := timestamp_token(signer):
        attribute = {"type": "signature_time_stamp_token", "values": [token]}
        fields["unsigned_attrs"] = cms.CMSAttributes([cms.CMSAttribute(attribute)])
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest_algorithm],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificates.signer_cert, *certificates.other_certs],
            "signer_infos": [cms.SignerInfo(fields)],
        }
    )
    container = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return bytes(container.dump())


def timestamp_token(signer: cms.SignerInfo) -> cms.ContentInfo | None:
    """Return the token that an authority gave for the signature, if there is one."""
    for attribute in signer["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            return attribute["values"][0]
    return None


def issuer_and_serial(certificates: SignedDataCerts) -> cms.SignerIdentifier:
    """Name the signer's certificate the way CMS does."""
    certificate = certificates.signer_cert
    return cms.SignerIdentifier(
        {
            "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
            )
        }
    )


def plain(algorithm: cms.SignedDigestAlgorithm) -> dict[str, Any]:
    """Write a signature algorithm again: RSA has empty parameters, ECDSA none."""
    name, parameters = algorithm["algorithm"].native, algorithm["parameters"].native
    if parameters is None and algorithm.signature_algo == "rsassa_pkcs1v15":
        parameters = core.Null()
    return {"algorithm": name, **({"parameters": parameters} if parameters else {})}


def as_x509(certificates: SignedDataCerts) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """Return the signer's certificate and those beside it."""
    if len(certificates.other_certs) > _MOST_CERTIFICATES:
        raise ValueError("no signature needs so many certificates")
    return (
        x509.load_der_x509_certificate(certificates.signer_cert.dump()),
        tuple(x509.load_der_x509_certificate(other.dump()) for other in certificates.other_certs),
    )
