"""What a sealed file holds: the record, and what is said and attached beside it.

For files whose seal is trusted: nothing here is meant for the bytes of a stranger.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from assessments.dossier.contents import UNREADABLE, Contents
from assessments.dossier.coverage import of_level
from assessments.dossier.envelope import Envelope
from assessments.dossier.formats.files import attachments
from assessments.dossier.identity import sha256_of
from assessments.dossier.records import Record, read
from assessments.dossier.report import (
    Check,
    Outcome,
    Sentence,
    SignedBy,
    compare,
    gettext_noop,
)
from assessments.dossier.signatures import signatures
from assessments.dossier.snapshot import SCHEMA_VERSION, SNAPSHOT_NAME, digest
from assessments.dossier.trust import Trust

_OTHER_VERSION: Final = gettext_noop(
    "The record is of version %(version)s, another than this edition of the portal writes "
    "(%(current)s): the attached files that follow from it were not compared with it."
)


@dataclass(frozen=True, slots=True)
class Inside:
    """What was found in a file: the record, by number and digest, and who signed it."""

    number: str = ""
    record_sha256: str = ""
    checks: tuple[Check, ...] = ()
    signatures: tuple[SignedBy, ...] = ()


def look_inside(contents: Contents, envelope: Envelope, trust: Trust) -> Inside:
    """Compare the record with what the document says of it, who signed it, and what is attached."""
    certificate = sha256_of(envelope.certificate)
    try:
        attached = contents.attachment(SNAPSHOT_NAME)
        record, computed = read(attached), digest(attached)
        named, signed = signatures(contents, envelope, record.signatories, trust.people)
        checks = (
            *_agreement(record, computed, contents, certificate),
            of_level(record.level, envelope.level),
            *named,
            *_beside(record, contents),
        )
    except UNREADABLE as error:
        finding = Sentence(
            gettext_noop("The attached record cannot be read: %(reason)s."), {"reason": error}
        )
        return Inside(checks=(Check(Outcome.FAILED, finding),))
    return Inside(record.number, computed, checks, signed)


def _agreement(
    record: Record, computed: str, contents: Contents, certificate: str
) -> Iterator[Check]:
    values, cover = {"digest": computed, "number": record.number}, contents.cover_text()
    yield compare(
        computed in cover and record.number in cover,
        gettext_noop(
            "The attached record of dossier %(number)s has the digest printed on the cover: "
            "%(digest)s."
        ),
        gettext_noop("The digest or the number on the cover is not that of the record."),
        values,
    )
    yield compare(
        contents.keywords == f"sha256:{computed}",
        gettext_noop("The properties of the document name the same digest."),
        gettext_noop("The properties of the document name another digest."),
        values,
    )
    yield compare(
        certificate == record.certificate_sha256,
        gettext_noop("The record names the certificate that sealed it."),
        gettext_noop("The record names another certificate than the one that sealed it."),
        values,
    )


def _beside(record: Record, contents: Contents) -> Iterator[Check]:
    """Say of each attached file whether the record names it, or gives it."""
    found = Counter[str]()
    due = _due(record)
    pieces: list[str] = []
    for name, content in contents.attachments():
        found[name] += 1
        if found[name] > 1:
            text = gettext_noop("Two attached files have the same name: %(name)s.")
            yield Check(Outcome.FAILED, Sentence(text, {"name": name}))
        elif name in due:
            yield _follows(name, is_same=content == due[name])
        elif number := _evidence(record, name):
            if hashlib.sha256(content).hexdigest() == record.evidence[number]:
                pieces.append(name)
            else:
                text = gettext_noop(
                    "The attached evidence %(name)s has another digest than the record names."
                )
                yield Check(Outcome.FAILED, Sentence(text, {"name": name}))
        elif name not in record.file_names:
            text = gettext_noop("A file is attached that the record does not name: %(name)s.")
            yield Check(Outcome.FAILED, Sentence(text, {"name": name}))
        elif record.snapshot is not None and name != SNAPSHOT_NAME:
            yield _follows(name, is_same=False)
    yield from (_follows(name, is_same=False) for name in due if not found[name])
    yield from _other_version(record)
    yield from _of_evidence(record, pieces)


def _due(record: Record) -> Mapping[str, bytes]:
    """Return what the record gives, by name, as this edition writes it."""
    if record.snapshot is None:
        return {}
    try:
        given = attachments(record.snapshot)
    except ImportError:  # who verifies by itself may lack what the words of an extract need
        return {}
    return {each.name: each.content for each in given if each.name != SNAPSHOT_NAME}


def _evidence(record: Record, name: str) -> str:
    """Return the number of the evidence that a file is called by: EV-0001 for EV-0001.pdf."""
    number = name.partition(".")[0]
    return number if record.evidence.get(number) else ""


def _follows(name: str, *, is_same: bool) -> Check:
    """Say whether an attached file is what the record gives today.

    The seal covers it either way: another edition of the portal may have written it otherwise.
    """
    if is_same:
        text = gettext_noop("The attached file %(name)s says what the record says.")
        return Check(Outcome.OK, Sentence(text, {"name": name}))
    text = gettext_noop(
        "The attached file %(name)s was not compared with the record: another edition of the "
        "portal wrote it, or it is not there."
    )
    return Check(Outcome.NOT_CHECKED, Sentence(text, {"name": name}))


def _other_version(record: Record) -> Iterator[Check]:
    if record.snapshot is None:
        values = {"version": record.schema_version, "current": SCHEMA_VERSION}
        yield Check(Outcome.NOT_CHECKED, Sentence(_OTHER_VERSION, values))


def _of_evidence(record: Record, attached: list[str]) -> Iterator[Check]:
    if attached:
        text = gettext_noop(
            "Each attached piece of evidence has the digest that the record names: %(names)s."
        )
        yield Check(Outcome.OK, Sentence(text, {"names": ", ".join(attached)}))
    missing = sum(bool(sha256) for sha256 in record.evidence.values()) - len(attached)
    if missing > 0:
        text = gettext_noop(
            "Files of evidence that are named but not attached were not looked at: %(missing)d."
        )
        yield Check(Outcome.NOT_CHECKED, Sentence(text, {"missing": missing}))
