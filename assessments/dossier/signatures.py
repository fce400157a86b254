"""Signatures of people before the seal: what the record says of them, and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from cryptography import x509
from pyhanko.pdf_utils.misc import PdfError

from assessments.dossier.contents import Contents
from assessments.dossier.envelope import Envelope, Level, Signature
from assessments.dossier.filling import is_only_signed
from assessments.dossier.identity import sha256_of, subject_of
from assessments.dossier.report import Check, Outcome, Sentence, SignedBy, compare, gettext_noop
from assessments.dossier.revisions import fields_of
from assessments.dossier.snapshot import SEAL_FIELD, Signatory
from assessments.dossier.trust import is_signature_vouched_for

_OTHERS: Final = gettext_noop(
    "The signatures in the file are not those that its record names, each once, before the seal."
)


def signatures(
    contents: Contents,
    envelope: Envelope,
    signatories: Sequence[Signatory],
    trusted: Sequence[x509.Certificate],
) -> tuple[list[Check], tuple[SignedBy, ...]]:
    """Compare the signatures before the seal with the record; say who signed.

    For a file whose seal holds: it covers every one of them, and whoever sealed it let each
    person sign. ``trusted`` vouch for the certificates of people.
    """
    named = {one.field: one for one in signatories}
    try:
        found = fields_of(contents.reader)
    except (PdfError, LookupError, ValueError):
        return [Check(Outcome.FAILED, Sentence(_OTHERS))], ()
    *signed, last = found.signed
    if (
        last != SEAL_FIELD
        or len(signed) != len(envelope.signatures)
        or not _are_named([*signed, *found.empty], named)
    ):
        return [Check(Outcome.FAILED, Sentence(_OTHERS))], ()
    made = dict(zip(signed, envelope.signatures, strict=True))
    checks = [
        check
        for field, signatory in named.items()
        for check in _of(signatory, made.get(field), envelope.level, trusted)
    ]
    if signed:
        checks.append(
            compare(
                is_only_signed(contents.whole),
                gettext_noop("Nothing but signatures was filled in after the first of them."),
                gettext_noop("The document was changed after somebody signed it."),
                {},
            )
        )
    return checks, tuple(_signed_by(named[field], each) for field, each in made.items())


def _are_named(fields: Sequence[str], named: Mapping[str, Signatory]) -> bool:
    """Tell whether every field is that of somebody in the record, and nobody has two."""
    return len(fields) == len(set(fields)) and set(fields) == set(named)


def _signed_by(signatory: Signatory, signature: Signature) -> SignedBy:
    return SignedBy(
        signatory.name,
        signatory.meaning,
        subject_of(signature.certificate),
        sha256_of(signature.certificate),
        signature.held_at,
    )


def _of(
    signatory: Signatory,
    signature: Signature | None,
    level: Level,
    trusted: Sequence[x509.Certificate],
) -> Iterator[Check]:
    values: dict[str, object] = {"name": signatory.name}
    if signature is None:
        text = gettext_noop("%(name)s was asked to sign and did not: the field is empty.")
        yield Check(Outcome.NOT_CHECKED, Sentence(text, values))
        return
    certificate = signature.certificate
    values |= {"subject": subject_of(certificate), "at": signature.held_at}
    was_valid = (
        certificate.not_valid_before_utc <= signature.held_at <= certificate.not_valid_after_utc
    )
    yield compare(
        was_valid,
        gettext_noop("%(name)s signed with the certificate of %(subject)s on %(at)s."),
        gettext_noop(
            "The certificate of %(subject)s, with which %(name)s signed, was not valid on %(at)s."
        ),
        values,
    )
    if (signature.stamp is None) != (level is Level.B):
        text = gettext_noop("The signature of %(name)s has another level than the seal.")
        yield Check(Outcome.FAILED, Sentence(text, values))
    if is_signature_vouched_for(signature, trusted):
        text = gettext_noop("The certificate of %(name)s is trusted.")
        yield Check(Outcome.OK, Sentence(text, values))
    else:
        text = gettext_noop(
            "Nothing here tells whether to trust the certificate of %(name)s; who sealed the "
            "dossier took the signature."
        )
        yield Check(Outcome.NOT_CHECKED, Sentence(text, values))
