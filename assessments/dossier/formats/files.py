"""The files of a dossier beside its PDF: what is attached, and what can be downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from assessments.dossier.formats import schema
from assessments.dossier.formats.cyclonedx import attestations
from assessments.dossier.formats.manifest import manifest
from assessments.dossier.formats.oscal import assessment_results
from assessments.dossier.snapshot import SNAPSHOT_NAME, Snapshot, digest, to_canonical_json

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that the PDF carries; ``relationship`` as in ISO 19005-3, annex E."""

    name: str
    description: str
    relationship: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Derived:
    """A file that follows from the record alone."""

    name: str
    description: str
    media_type: str
    make: Callable[[Snapshot, str], Any]

    def content(self, snapshot: Snapshot, snapshot_sha256: str) -> bytes:
        """Return the file: equal records give equal bytes (RFC 8785)."""
        return rfc8785.dumps(self.make(snapshot, snapshot_sha256))


DERIVED: Final = (
    Derived(
        "cyclonedx-attestations.json",
        "CycloneDX 1.6 attestations, from the record",
        "application/vnd.cyclonedx+json; version=1.6",
        attestations,
    ),
    Derived("evidence-manifest.json", "Manifest of evidence, from the record", JSON, manifest),
    Derived(
        "oscal-assessment-results.json",
        "OSCAL 1.2.1 assessment results, from the record",
        JSON,
        assessment_results,
    ),
)


def attachments(snapshot: Snapshot) -> list[Attached]:
    """Return what goes into the PDF: the record, its schema, and what follows from it."""
    record = to_canonical_json(snapshot)
    return [
        Attached(SNAPSHOT_NAME, "Canonical record (RFC 8785) of this dossier", "Source", record),
        Attached(schema.NAME, "JSON Schema of the record", "Supplement", schema.encoded()),
        *(
            Attached(name, description, "Alternative", content)
            for name, description, content in derived(snapshot, digest(record))
        ),
    ]


def derived(snapshot: Snapshot, snapshot_sha256: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield name, description and content of each file that follows from the record."""
    for file in DERIVED:
        yield file.name, file.description, file.content(snapshot, snapshot_sha256)
