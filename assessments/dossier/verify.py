"""Sealed bytes to a report: who, when, intact? No Django, no database, no network.

Sentences are in English and marked for translation; who shows them translates them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from pyhanko.pdf_utils.misc import PdfError

from assessments.dossier.canonical import NotCanonical
from assessments.dossier.contents import Content, Contents, salvage
from assessments.dossier.coverage import additions, covering, instants, of_level
from assessments.dossier.envelope import Broken, Envelope, Flaw, open_envelope
from assessments.dossier.formats.files import derived
from assessments.dossier.identity import is_test, sha256_of, subject_of
from assessments.dossier.report import (
    Check,
    Outcome,
    Report,
    Sentence,
    SignedBy,
    Verdict,
    compare,
    gettext_noop,
)
from assessments.dossier.signatures import signatures
from assessments.dossier.snapshot import (
    SCHEMA,
    SEAL_FIELD,
    SNAPSHOT_NAME,
    Snapshot,
    digest,
    from_json,
)
from assessments.dossier.trust import Trust, is_vouched_for

# Each stands, uncompressed, in another part of the file: one changed byte leaves the rest.
_MARKS: Final = (
    b"%PDF-",
    f">{SCHEMA}/".encode(),
    f"({SCHEMA}/".encode(),
    f"({SNAPSHOT_NAME})".encode(),
    f"({SEAL_FIELD})".encode(),
)
_MARKS_NEEDED: Final = 2


_FLAWS: Final = {
    Flaw.MISSING: gettext_noop("The file bears no seal: it was removed or destroyed."),
    Flaw.SEVERAL: gettext_noop("The file bears more than one seal; a dossier has one."),
    Flaw.UNREADABLE: gettext_noop("The seal itself was changed: it cannot be read any more."),
    Flaw.FOREIGN: gettext_noop("The seal itself was changed, outside what its signature covers."),
    Flaw.ALTERED: gettext_noop("The content under the seal was changed after it was sealed."),
    Flaw.FORGED: gettext_noop("The seal was not made with the key of its certificate."),
    Flaw.APPENDED: gettext_noop(
        "The seal holds, but something was added after it (bytes: %(appended)d)."
    ),
    Flaw.CUT: gettext_noop("The end of the file is missing."),
    Flaw.STAMP: gettext_noop(
        "A time stamp does not hold: it was changed, or what it covers was changed after it."
    ),
}
_NOT_PROVEN: Final = (
    gettext_noop("Whether the certificate was revoked was not looked up."),
    gettext_noop(
        "Whether a later dossier supersedes this one, or whether it was withdrawn, only its "
        "portal knows."
    ),
)


def verify(content: Content, *, trust: Trust) -> Report:
    """Say whether ``content`` is a dossier that nobody changed.

    Without somebody trusted who vouches for the seal nothing is intact: anybody can seal
    anything. Without a trusted authority, time stamps prove no instant.
    """
    file_sha256 = hashlib.sha256(content).hexdigest()
    if sum(content.find(mark) >= 0 for mark in _MARKS) < _MARKS_NEEDED:
        sentence = Sentence(gettext_noop("This file is not a dossier of this portal."))
        return Report(Verdict.NOT_A_DOSSIER, sentence, file_sha256=file_sha256)
    try:
        envelope = open_envelope(content)
    except Broken as broken:
        finding = Sentence(_FLAWS[broken.flaw], {"appended": broken.appended})
        return Report(
            Verdict.ALTERED,
            Sentence(gettext_noop("This dossier was altered: %(finding)s"), {"finding": finding}),
            (Check(Outcome.FAILED, finding), *_salvaged(content), *_unproven()),
            file_sha256=file_sha256,
        )
    return _opened(content, envelope, trust, file_sha256)


def _opened(content: Content, envelope: Envelope, trust: Trust, file_sha256: str) -> Report:
    checks = covering(envelope)
    sealed_by = subject_of(envelope.certificate)
    certificate = sha256_of(envelope.certificate)
    inside = _Inside("", [])
    if is_vouched_for(envelope, trust.sealers):
        checks.append(
            Check(
                Outcome.OK,
                Sentence(
                    gettext_noop("The certificate of the seal is trusted: %(subject)s."),
                    {"subject": sealed_by},
                ),
            )
        )
        checks += additions(content, envelope)
        if not any(check.outcome is Outcome.FAILED for check in checks):
            inside = _look_inside(content, envelope, trust)
            checks += inside.checks
    else:
        checks.append(_nobody_vouches(sealed_by, known=bool(trust.sealers)))
    checks += instants(envelope, trust.clocks)
    failed = [check for check in checks if check.outcome is Outcome.FAILED]
    return Report(
        Verdict.ALTERED if failed else Verdict.INTACT,
        failed[0].finding if failed else _intact(inside.number),
        (*checks, *_unproven()),
        inside.number,
        sealed_by,
        is_test(envelope.certificate),
        envelope.held_at,
        certificate,
        file_sha256,
        envelope.level.value,
        inside.signatures,
    )


def _intact(number: str) -> Sentence:
    return Sentence(
        gettext_noop("Dossier %(number)s is intact: nothing in it changed since it was sealed."),
        {"number": number},
    )


def _nobody_vouches(subject: str, *, known: bool) -> Check:
    text = (
        gettext_noop("The seal is by somebody else, whom nothing here vouches for: %(subject)s.")
        if known
        else gettext_noop(
            "Nothing tells whether to trust the certificate of the seal (%(subject)s): give the "
            "certificate of the manufacturer."
        )
    )
    return Check(Outcome.FAILED, Sentence(text, {"subject": subject}))


def _salvaged(content: Content) -> list[Check]:
    """Say whether the attached record is what was changed, as far as it can be told."""
    record, named = salvage(content)
    if record is None or not named:
        text = gettext_noop("The attached record cannot be compared any more.")
        return [Check(Outcome.NOT_CHECKED, Sentence(text))]
    return [
        compare(
            digest(record) == named,
            gettext_noop("The attached record still has the digest that the document names."),
            gettext_noop("The attached record, or the digest the document names, was changed."),
            {},
        )
    ]


def _unproven() -> list[Check]:
    return [Check(Outcome.NOT_CHECKED, Sentence(text)) for text in _NOT_PROVEN]


@dataclass(frozen=True, slots=True)
class _Inside:
    number: str
    checks: list[Check]
    signatures: tuple[SignedBy, ...] = ()


def _look_inside(content: Content, envelope: Envelope, trust: Trust) -> _Inside:
    """Compare the attached record with what the document says of it, and who signed it."""
    try:
        contents = Contents(content)
        record = contents.attachment(SNAPSHOT_NAME)
        snapshot = from_json(record)
        keywords, cover = contents.keywords, contents.cover_text()
        beside = [_follows(contents, *each) for each in derived(snapshot, digest(record))]
    except (PdfError, NotCanonical, LookupError) as error:
        finding = Sentence(
            gettext_noop("The attached record cannot be read: %(reason)s."), {"reason": error}
        )
        return _Inside("", [Check(Outcome.FAILED, finding)])
    certificate = sha256_of(envelope.certificate)
    agreement = _agreement(snapshot, digest(record), keywords, cover, certificate)
    named, signed = signatures(content, envelope, snapshot.signatories, trust.people)
    level = of_level(snapshot.seal.level, envelope.level)
    return _Inside(snapshot.number, [*agreement, level, *named, *beside], signed)


def _follows(contents: Contents, name: str, _description: str, content: Content) -> Check:
    """Say whether an attached file is what the record gives today.

    The seal covers it either way: another edition of the portal may have written it otherwise.
    """
    try:
        is_same = contents.attachment(name) == content
    except KeyError:
        is_same = False
    if is_same:
        text = gettext_noop("The attached file %(name)s says what the record says.")
        return Check(Outcome.OK, Sentence(text, {"name": name}))
    text = gettext_noop(
        "The attached file %(name)s was not compared with the record: another edition of the "
        "portal wrote it, or it is not there."
    )
    return Check(Outcome.NOT_CHECKED, Sentence(text, {"name": name}))


def _agreement(
    snapshot: Snapshot, computed: str, keywords: str, cover: str, certificate: str
) -> list[Check]:
    values = {"digest": computed, "number": snapshot.number}
    return [
        compare(
            computed in cover and snapshot.number in cover,
            gettext_noop(
                "The attached record of dossier %(number)s has the digest printed on the cover: "
                "%(digest)s."
            ),
            gettext_noop("The digest or the number on the cover is not that of the record."),
            values,
        ),
        compare(
            keywords == f"sha256:{computed}",
            gettext_noop("The properties of the document name the same digest."),
            gettext_noop("The properties of the document name another digest."),
            values,
        ),
        compare(
            certificate == snapshot.seal.certificate_sha256,
            gettext_noop("The record names the certificate that sealed it."),
            gettext_noop("The record names another certificate than the one that sealed it."),
            values,
        ),
    ]
