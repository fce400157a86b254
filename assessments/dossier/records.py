"""The attached record, of whatever schema version: what verification needs of it.

The current version is read whole. What was issued before, or is issued by a later edition of
the portal, keeps the few fields below where they are; nothing is printed again from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from assessments.dossier.canonical import NotCanonical
from assessments.dossier.formats.files import DERIVED
from assessments.dossier.snapshot import (
    SCHEMA,
    SCHEMA_VERSION,
    SNAPSHOT_NAME,
    Signatory,
    Snapshot,
    from_json,
)

_JSON: Final = (ArithmeticError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Record:
    """What every version says. ``evidence`` has the digest of each numbered file.

    ``snapshot`` is the whole, where the version is the one that this edition writes.
    """

    schema_version: str
    number: str
    certificate_sha256: str
    level: str
    evidence: Mapping[str, str]
    signatories: tuple[Signatory, ...] = ()  # there are none before version 4
    snapshot: Snapshot | None = None

    @property
    def file_names(self) -> frozenset[str]:
        """The names of what is attached beside the evidence, in each version so far."""
        schema = f"{SCHEMA}-{self.schema_version}.schema.json"
        return frozenset({SNAPSHOT_NAME, schema, *(file.name for file in DERIVED)})


def read(content: bytes) -> Record:
    """Read a record of any version.

    Raises:
        NotCanonical: it is none, not in its canonical form, or lacks one of these fields.
    """
    plain = _canonical(content)
    if plain.get("schema_version") == SCHEMA_VERSION:
        return _current(from_json(content))
    try:
        return Record(
            schema_version=_text(plain["schema_version"]),
            number=_text(plain["number"]),
            certificate_sha256=_text(plain["seal"]["certificate_sha256"]),
            level=_text(plain["seal"]["level"]),
            evidence={_text(one["number"]): _text(one["sha256"]) for one in plain["evidence"]},
            signatories=tuple(
                Signatory(*(_text(one[name]) for name in ("field", "name", "meaning")))
                for one in plain.get("signatories", ())
            ),
        )
    except (LookupError, TypeError) as error:
        raise NotCanonical(f"$: {error!r} is missing") from error


def _current(snapshot: Snapshot) -> Record:
    return Record(
        snapshot.schema_version,
        snapshot.number,
        snapshot.seal.certificate_sha256,
        snapshot.seal.level,
        {piece.number: piece.sha256 for piece in snapshot.evidence},
        snapshot.signatories,
        snapshot,
    )


def _canonical(content: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(content)
        is_canonical = rfc8785.dumps(plain) == content
    except _JSON as error:
        raise NotCanonical(f"not JSON: {error}") from error
    if not is_canonical:
        raise NotCanonical("$: not the canonical form")
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        raise NotCanonical("$.schema: another schema")
    return plain


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
