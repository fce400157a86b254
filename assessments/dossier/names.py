"""Whether a certificate names a person. Never proof of who they are: they may sign anyway."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

_NAMES: Final = (NameOID.COMMON_NAME, NameOID.GIVEN_NAME, NameOID.SURNAME, NameOID.PSEUDONYM)


def names_person(certificate: x509.Certificate, *, name: str, email: str) -> bool:
    """Tell whether a certificate names somebody: by address, or with every word of the name."""
    if email.casefold() in _addresses(certificate):
        return True
    wanted = _words(name)
    said = " ".join(
        str(one.value) for oid in _NAMES for one in certificate.subject.get_attributes_for_oid(oid)
    )
    return bool(wanted) and wanted <= _words(said)


def _addresses(certificate: x509.Certificate) -> set[str]:
    found = [
        str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    ]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        pass
    else:
        found += names.get_values_for_type(x509.RFC822Name)
    return {address.casefold() for address in found}


def _words(text: str) -> set[str]:
    """Split a text into words, without accents or case: certificates often have none."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return set(re.findall(r"\w+", "".join(one for one in plain if not unicodedata.combining(one))))
