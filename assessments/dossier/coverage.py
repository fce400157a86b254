"""What a seal and its time stamps cover, and which instants somebody confirms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cryptography import x509

from assessments.dossier.contents import Contents
from assessments.dossier.envelope import Envelope, Level
from assessments.dossier.identity import subject_of
from assessments.dossier.report import Check, Outcome, Sentence, compare, gettext_noop
from assessments.dossier.revisions import is_only_kept_alive
from assessments.dossier.timestamp import Timestamp
from assessments.dossier.trust import is_stamp_vouched_for

_CLOCK: Final = gettext_noop(
    "The instant of the seal is that of the sealer’s clock: no time-stamping authority confirms it."
)


def covering(envelope: Envelope) -> list[Check]:
    """Say what the seal and the last time stamp cover."""
    if envelope.archive:
        text = gettext_noop("The seal holds, and the last time stamp covers the whole file.")
        return [Check(Outcome.OK, Sentence(text))]
    return [
        Check(Outcome.OK, Sentence(gettext_noop("The seal holds and covers the whole file."))),
        Check(Outcome.OK, Sentence(gettext_noop("Nothing was added after the seal."))),
    ]


def additions(contents: Contents, envelope: Envelope) -> list[Check]:
    """Say whether what stands between the seal and the last time stamp changes the document.

    The first thing that reads the file as PDF: for a seal that somebody trusted set.
    """
    if not envelope.archive:
        return []
    return [
        compare(
            is_only_kept_alive(contents, envelope.sealed_bytes),
            gettext_noop("Only time stamps, and what validates them, were added after the seal."),
            gettext_noop("The seal holds, but the document was changed by an addition after it."),
            {},
        )
    ]


def instants(envelope: Envelope, clocks: Sequence[x509.Certificate]) -> list[Check]:
    """Say which instants an authority confirms: of the seal, and of the last time stamp."""
    if not envelope.stamps:
        return [Check(Outcome.NOT_CHECKED, Sentence(_CLOCK))]
    return [_instant(stamp, clocks) for stamp in envelope.stamps]


def _instant(stamp: Timestamp, clocks: Sequence[x509.Certificate]) -> Check:
    values = {"at": stamp.at, "authority": subject_of(stamp.certificate)}
    if is_stamp_vouched_for(stamp, clocks):
        text = gettext_noop("A trusted authority confirms the instant %(at)s: %(authority)s.")
        return Check(Outcome.OK, Sentence(text, values))
    if clocks:
        text = gettext_noop(
            "A time stamp is by somebody else, whom nothing here vouches for: %(authority)s."
        )
        return Check(Outcome.FAILED, Sentence(text, values))
    text = gettext_noop(
        "A time stamp says %(at)s; nothing here tells whether to trust its authority "
        "(%(authority)s)."
    )
    return Check(Outcome.NOT_CHECKED, Sentence(text, values))


def of_level(named: str, found: Level) -> Check:
    """Say whether the seal has the level that the record, which it covers, names.

    Time stamps that were cut off are missed here; only the record's portal misses one that
    was added to keep the seal alive.
    """
    return compare(
        named == found.value,
        gettext_noop("The seal has the level that the record names: %(level)s."),
        gettext_noop("The seal has the level %(level)s, but the record names %(named)s."),
        {"level": found.value, "named": named},
    )
