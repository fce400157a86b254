"""The seal of a dossier as bytes: what it covers, and whether it holds.

Nothing is read as PDF here. What a stranger changed is recognised before any parser of
PDF sees it, and every byte counts, those of the seal itself too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.sign.general import SignedDataCerts, extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

_BYTE_RANGE: Final = re.compile(rb"/ByteRange \[0 (\d{1,12}) (\d{1,12}) (\d{1,12})\]")
_DATE: Final = re.compile(rb"/M \(D([^)]{15,40})\)")
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")
# What parsers of ASN.1 raise on a structure that somebody else made.
_PARSING: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
)


class Flaw(Enum):
    """What is wrong with a seal."""

    MISSING = "missing"
    SEVERAL = "several"
    UNREADABLE = "unreadable"
    FOREIGN = "foreign"
    ALTERED = "altered"
    FORGED = "forged"
    APPENDED = "appended"
    CUT = "cut"


class Broken(Exception):
    """The seal does not hold."""

    def __init__(self, flaw: Flaw, *, appended: int = 0) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.appended = appended


@dataclass(frozen=True, slots=True)
class Envelope:
    """A seal that holds, over the whole file; ``sealed_at`` is what the sealer's clock said."""

    sealed_at: dt.datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


def open_envelope(content: bytes) -> Envelope:
    """Check the one seal of a dossier, byte by byte.

    Raises:
        Broken: there is none, it does not hold, or it does not cover the whole file.
    """
    found = list(_BYTE_RANGE.finditer(content))
    if len(found) != 1:
        raise Broken(Flaw.SEVERAL if found else Flaw.MISSING)
    start, end, rest = map(int, found[0].groups())
    if end + rest > len(content):
        raise Broken(Flaw.CUT)
    digest = hashlib.sha256(content[:start] + content[end : end + rest]).digest()
    try:
        container = _container(content[start:end])
        signed = container["content"]
        certificates = extract_certificate_info(signed)
        signer = extract_signer_info(signed)
        intact, valid = validate_sig_integrity(signer, certificates.signer_cert, "data", digest)
        if not valid:
            raise Broken(Flaw.FORGED)
        if not intact:
            raise Broken(Flaw.ALTERED)
        if container.dump() != _as_written(signer, certificates):
            raise Broken(Flaw.FOREIGN)
        envelope = _envelope(certificates, _sealed_at(content[found[0].end() :]))
    except _PARSING as error:
        raise Broken(Flaw.UNREADABLE) from error
    if end + rest != len(content):
        raise Broken(Flaw.APPENDED, appended=len(content) - end - rest)
    return envelope


def _container(gap: bytes) -> cms.ContentInfo:
    """Read the seal from its place: upper-case hexadecimal digits, then zeros to the end."""
    if not (gap.startswith(b"<") and gap.endswith(b">")):
        raise ValueError("the seal is not where it should be")
    digits = gap[1:-1].decode("ascii")
    container = cms.ContentInfo.load(bytes.fromhex(digits))
    if container.dump().hex().upper().ljust(len(digits), "0") != digits:
        raise ValueError("the seal is followed by something")
    return container


def _as_written(signer: cms.SignerInfo, certificates: SignedDataCerts) -> bytes:
    """Write the seal again from what its signature covers.

    Outside its signed attributes CMS has fields that no signature covers. They have one
    right value each, so a seal that differs from this was changed.
    """
    digest_algorithm = {"algorithm": "sha256", "parameters": core.Null()}
    certificate = certificates.signer_cert
    written = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {
                            "issuer": certificate.issuer,
                            "serial_number": certificate.serial_number,
                        }
                    )
                }
            ),
            "digest_algorithm": digest_algorithm,
            "signature_algorithm": _plain(signer["signature_algorithm"]),
            "signed_attrs": signer["signed_attrs"].untag(),
            "signature": signer["signature"].native,
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest_algorithm],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate, *certificates.other_certs],
            "signer_infos": [written],
        }
    )
    container = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return bytes(container.dump())


def _plain(algorithm: cms.SignedDigestAlgorithm) -> dict[str, Any]:
    """Write a signature algorithm again: RSA has empty parameters, ECDSA none."""
    name, parameters = algorithm["algorithm"].native, algorithm["parameters"].native
    if parameters is None and algorithm.signature_algo == "rsassa_pkcs1v15":
        parameters = core.Null()
    return {"algorithm": name, **({"parameters": parameters} if parameters else {})}


def _sealed_at(after: bytes) -> dt.datetime:
    """Return the date of the seal, which follows its byte range: ``(D:20260302120000+01'00')``."""
    said = _DATE.search(after)
    if said is None:
        raise ValueError("the seal has no date")
    date = _OCTAL.sub(lambda octal: bytes([int(octal[1], 8)]), said[1]).decode("ascii")
    return dt.datetime.strptime(date.replace("'", ""), ":%Y%m%d%H%M%S%z")


def _envelope(certificates: SignedDataCerts, sealed_at: dt.datetime) -> Envelope:
    return Envelope(
        sealed_at,
        x509.load_der_x509_certificate(certificates.signer_cert.dump()),
        tuple(x509.load_der_x509_certificate(other.dump()) for other in certificates.other_certs),
    )
