"""Sealed bytes to a report: who, when, intact? No Django, no database, no network.

Sentences are in English and marked for translation; who shows them translates them.
"""

from __future__ import annotations

import hashlib
from typing import Final

from assessments.dossier.contents import Content, Contents, salvage
from assessments.dossier.coverage import additions, covering, instants
from assessments.dossier.envelope import Broken, Envelope, Flaw, open_envelope
from assessments.dossier.identity import is_test, sha256_of, subject_of
from assessments.dossier.inside import Inside, look_inside
from assessments.dossier.report import (
    Check,
    Outcome,
    Report,
    Sentence,
    Verdict,
    compare,
    gettext_noop,
)
from assessments.dossier.snapshot import (
    SCHEMA,
    SEAL_FIELD,
    SNAPSHOT_NAME,
    digest,
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
_REVOCATION: Final = gettext_noop("Whether the certificate was revoked was not looked up.")
# Stands until the register of a portal was asked.
ONLY_THE_PORTAL_KNOWS: Final = gettext_noop(
    "Whether a later dossier supersedes this one, whether it was withdrawn, or whether a later "
    "part of it was cut off, only its portal knows."
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
        record_sha256, salvaged = _salvaged(content)
        return Report(
            Verdict.ALTERED,
            Sentence(gettext_noop("This dossier was altered: %(finding)s"), {"finding": finding}),
            (Check(Outcome.FAILED, finding), salvaged, *_unproven()),
            file_sha256=file_sha256,
            record_sha256=record_sha256,
        )
    return _opened(content, envelope, trust, file_sha256)


def _opened(content: Content, envelope: Envelope, trust: Trust, file_sha256: str) -> Report:
    checks = covering(envelope)
    sealed_by = subject_of(envelope.certificate)
    inside = Inside()
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
        contents = Contents(content)
        checks += additions(contents, envelope)
        if not any(check.outcome is Outcome.FAILED for check in checks):
            inside = look_inside(contents, envelope, trust)
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
        sha256_of(envelope.certificate),
        file_sha256,
        envelope.level.value,
        inside.signatures,
        inside.record_sha256,
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


def _salvaged(content: Content) -> tuple[str, Check]:
    """Say whether the attached record is what was changed, as far as it can be told."""
    record, named = salvage(content)
    if record is None or not named:
        text = gettext_noop("The attached record cannot be compared any more.")
        return "", Check(Outcome.NOT_CHECKED, Sentence(text))
    is_same = digest(record) == named
    return named if is_same else "", compare(
        is_same,
        gettext_noop("The attached record still has the digest that the document names."),
        gettext_noop("The attached record, or the digest the document names, was changed."),
        {},
    )


def _unproven() -> list[Check]:
    texts = (_REVOCATION, ONLY_THE_PORTAL_KNOWS)
    return [Check(Outcome.NOT_CHECKED, Sentence(text)) for text in texts]
