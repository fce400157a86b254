"""Time stamps (RFC 3161): what an authority says existed at an instant.

No network, no Django, no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import cms, tsp
from cryptography import x509
from pyhanko.sign.general import SignedDataCerts, extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from assessments.dossier.algorithms import DIGESTS
from assessments.dossier.strict import as_x509


class NotAStamp(ValueError):
    """It is no time stamp of what it stands for, or not in the one form it may have."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time stamp that holds: ``at`` is what the clock of its authority said."""

    at: dt.datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


def open_timestamp(token: cms.ContentInfo, stamped: Callable[[str], bytes]) -> Timestamp:
    """Check a token against what it stamps; whether to trust its authority is not asked.

    ``stamped`` returns the digest of that, in the algorithm named to it ("sha256").

    Raises:
        NotAStamp: it does not hold.
        ValueError, LookupError, …: it cannot be read (``strict.PARSING``).
    """
    if token["content_type"].native != "signed_data":
        raise NotAStamp("no signed data")
    signed = token["content"]
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].native != "tst_info":
        raise NotAStamp("no time stamp")
    certificates, signer = extract_certificate_info(signed), extract_signer_info(signed)
    if not _is_in_the_one_form(signed, signer, certificates):
        raise NotAStamp("something in it is not signed")
    if signer["digest_algorithm"]["algorithm"].native not in DIGESTS:
        raise NotAStamp("a digest that is not taken any more")
    content = encapsulated["content"]
    intact, valid = validate_sig_integrity(
        signer,
        certificates.signer_cert,
        "tst_info",
        _digest(signer["digest_algorithm"]["algorithm"].native, content.contents),
    )
    if not (intact and valid):
        raise NotAStamp("the signature of the authority does not hold")
    told: tsp.TSTInfo = content.parsed
    imprint = told["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    if algorithm not in DIGESTS or imprint["hashed_message"].native != stamped(algorithm):
        raise NotAStamp("it is the stamp of something else")
    return Timestamp(told["gen_time"].native, *as_x509(certificates))


def _digest(algorithm: str, content: bytes) -> bytes:
    return bytes(DIGESTS[algorithm](content).digest())


def _is_in_the_one_form(
    signed: cms.SignedData, signer: cms.SignerInfo, certificates: SignedDataCerts
) -> bool:
    """Tell whether what the authority's signature does not cover has its one right value.

    RFC 3161, 2.4.2: one signer, version 3 (RFC 5652, 5.1, for content that is not *data*).
    """
    algorithms = [each.native for each in signed["digest_algorithms"]]
    return (
        signed["version"].native == "v3"
        and algorithms == [signer["digest_algorithm"].native]
        and len(signed["signer_infos"]) == 1
        and signer["version"].native == "v1"
        and _is_named(signer, certificates)
        and not signer["unsigned_attrs"]
        and not signed["crls"]
    )


def _is_named(signer: cms.SignerInfo, certificates: SignedDataCerts) -> bool:
    """Tell whether the signed attributes name the certificate (RFC 3161, 2.4.2; RFC 5816)."""
    names = {each["type"].native: each["values"][0] for each in signer["signed_attrs"]}
    certificate = certificates.signer_cert
    if second := names.get("signing_certificate_v2"):
        named = second["certs"][0]
        algorithm = named["hash_algorithm"]["algorithm"].native
        return bool(named["cert_hash"].native == _digest(algorithm, certificate.dump()))
    if first := names.get("signing_certificate"):
        return bool(first["certs"][0]["cert_hash"].native == certificate.sha1)
    return False
