"""The algorithms of seals and time stamps, and until when each can be relied on, in one place.

When one ages: take it out of what is made first, and out of what is taken only when every
dossier has a newer time stamp over it. What is due follows from the days below.

Source of the days: ETSI TS 119 312 V1.5.1 (2024-12), which follows the SOG-IS Agreed
Cryptographic Mechanisms: RSA below 3000 bits until the end of 2028; no last day is named for
SHA-2, for RSA from 3000 bits on, nor for ECDSA on curves of 256 bits and more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

SEAL_DIGEST: Final = "sha256"
# What a time stamp may be made with.
DIGESTS: Final[dict[str, Callable[[bytes], Any]]] = {
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}


@dataclass(frozen=True, slots=True)
class Sunset:
    """Until when keys of a kind that are shorter than ``bits`` can be relied on."""

    kind: type[Any]
    bits: int
    last_day: dt.date


SUNSETS: Final = (Sunset(rsa.RSAPublicKey, 3000, dt.date(2028, 12, 31)),)


def reliable_until(certificate: x509.Certificate) -> dt.date:
    """Return the last day that what this certificate signed can be relied on by itself.

    It is the certificate's own, or that of its kind of key where that comes first.
    """
    key = certificate.public_key()
    days = [certificate.not_valid_after_utc.date()]
    days += [
        one.last_day for one in SUNSETS if isinstance(key, one.kind) and key.key_size < one.bits
    ]
    return min(days)
