"""CycloneDX attestations (OWASP, 1.6; ECMA-424) of a record.

The edition is a standard, a recommendation one of its requirements; what the manufacturer says
of it is a claim about the device version, with its evidence. ``conformance`` scores what is
*followed*: 1 wholly or by other means, 0.5 partly, 0 not. Without a verdict there is no claim.
Requirements of the organisation's own are standards of its own, attested apart.
"""

from __future__ import annotations

from typing import Any, Final

from assessments.dossier.formats.cyclonedx_own import (
    SCORES,
    own_attestations,
    own_claims,
    own_standards,
)
from assessments.dossier.formats.words import (
    ASSESSED,
    NAMESPACE,
    PRODUCT,
    Keys,
    Words,
    address,
    instant,
    line,
    midnight,
    named_information,
)
from assessments.dossier.snapshot import Approval, Entry, Evidence, Snapshot

TARGET: Final = "device-version"
STANDARD: Final = "edition"
ASSESSOR: Final = "manufacturer"


def attestations(snapshot: Snapshot, snapshot_sha256: str) -> dict[str, Any]:
    """Return the document, valid against the strict JSON Schema of CycloneDX 1.6."""
    words, keys = Words(snapshot), Keys(snapshot_sha256)
    applicable = [entry for entry in snapshot.entries if entry.applicability.is_applicable]
    assessed = [entry for entry in applicable if entry.answer.verdict in ASSESSED]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "serialNumber": keys.uuid("cyclonedx").urn,
        "metadata": {
            "timestamp": instant(snapshot.issued_at),
            "tools": {"components": [{"type": "application", "name": PRODUCT}]},
            "manufacturer": {"name": snapshot.organisation.name},
            "component": _device(snapshot),
            "properties": [
                {"name": f"{NAMESPACE}:dossier", "value": snapshot.number},
                {"name": f"{NAMESPACE}:snapshot-sha256", "value": snapshot_sha256},
                {
                    "name": f"{NAMESPACE}:provisional",
                    "value": str(snapshot.is_provisional).lower(),
                },
            ],
        },
        "definitions": {"standards": [_standard(snapshot, words), *own_standards(snapshot, words)]},
        "declarations": {
            "assessors": [
                {
                    "bom-ref": ASSESSOR,
                    "thirdParty": False,
                    "organization": {"name": snapshot.organisation.name},
                }
            ],
            "targets": {"components": [_device(snapshot, bom_ref=TARGET)]},
            "evidence": [_evidence(piece) for piece in snapshot.evidence],
            "claims": [
                *(_claim(entry, words) for entry in assessed),
                *own_claims(snapshot, words, about=TARGET),
            ],
            "attestations": [
                {
                    "summary": words.disclaimer,
                    "assessor": ASSESSOR,
                    "map": [_mapped(entry, words) for entry in assessed],
                },
                *own_attestations(snapshot, words, assessor=ASSESSOR),
            ],
            "affirmation": {
                "statement": words.disclaimer,
                "signatories": [
                    _signatory(approval, snapshot, words)
                    for approval in snapshot.approvals
                    if approval.voided_at is None
                ],
            },
        },
    }


def _device(snapshot: Snapshot, *, bom_ref: str = "device") -> dict[str, Any]:
    device = snapshot.device
    values = {
        "reference": device.reference,
        "basic-udi-di": device.basic_udi_di,
        "udi-di": snapshot.version.udi_di,
        "regulation": device.regulation,
        "device-class": device.device_class,
    }
    return {
        "type": "device",
        "bom-ref": bom_ref,
        "name": device.name,
        "version": snapshot.version.label,
        "properties": [
            {"name": f"{NAMESPACE}:{name}", "value": value}
            for name, value in values.items()
            if value
        ],
    }


def _standard(snapshot: Snapshot, words: Words) -> dict[str, Any]:
    catalogue = snapshot.catalogue
    return {
        "bom-ref": STANDARD,
        "name": words(catalogue.title),
        "version": catalogue.edition,
        "description": words(catalogue.disclaimer),
        "owner": catalogue.issuer,
        "requirements": [
            {
                "bom-ref": _requirement(entry),
                "identifier": entry.recommendation.code,
                "title": words(entry.recommendation.title),
                "text": words(entry.recommendation.statement),
                "properties": [
                    {
                        "name": f"{NAMESPACE}:provenance",
                        "value": entry.recommendation.provenance.status,
                    },
                    {
                        "name": f"{NAMESPACE}:applicable",
                        "value": str(entry.applicability.is_applicable).lower(),
                    },
                ],
            }
            for entry in snapshot.entries
        ],
    }


def _evidence(piece: Evidence) -> dict[str, Any]:
    found: dict[str, Any] = {
        "bom-ref": piece.number,
        "propertyName": f"{NAMESPACE}:evidence:{piece.kind}",
        "description": line(f"{piece.number} {piece.title} {piece.reference}"),
        "created": instant(piece.added_at),
        "author": {"name": piece.added_by},
    }
    if piece.expires_on:
        found["expires"] = midnight(piece.expires_on)
    if piece.sha256:
        content = named_information(piece.sha256)
        found["data"] = [{"name": piece.file_name, "contents": {"url": content}}]
    elif piece.url:
        found["data"] = [{"name": piece.title, "contents": {"url": address(piece.url)}}]
    return found


def _claim(entry: Entry, words: Words) -> dict[str, Any]:
    verdict = words.term("verdict", entry.answer.verdict)
    found: dict[str, Any] = {
        "bom-ref": _name_of_claim(entry),
        "target": TARGET,
        "predicate": f"{entry.recommendation.code} {words(entry.recommendation.title)}: {verdict}",
        "reasoning": entry.answer.justification,
    }
    if entry.answer.evidence:
        found["evidence"] = list(entry.answer.evidence)
    return found


def _mapped(entry: Entry, words: Words) -> dict[str, Any]:
    answer = entry.answer
    claims = {"claims": [_name_of_claim(entry)]}
    found: dict[str, Any] = {
        "requirement": _requirement(entry),
        **(claims if SCORES[answer.verdict] else {"counterClaims": claims["claims"]}),
        "conformance": {
            "score": SCORES[answer.verdict],
            "rationale": words.term("verdict", answer.verdict),
        },
    }
    if answer.accepted_by and answer.accepted_at:
        found["confidence"] = {"rationale": f"{answer.accepted_by}, {instant(answer.accepted_at)}"}
    return found


def _signatory(approval: Approval, snapshot: Snapshot, words: Words) -> dict[str, Any]:
    return {
        "name": approval.name,
        "role": f"{approval.role} ({words.term('phase', approval.phase)})",
        "organization": {"name": snapshot.organisation.name},
        "externalReference": {
            "type": "attestation",
            "url": named_information(approval.content_sha256),
            "comment": f"{approval.meaning} ({instant(approval.signed_at)})",
        },
    }


def _requirement(entry: Entry) -> str:
    return f"requirement:{entry.recommendation.code}"


def _name_of_claim(entry: Entry) -> str:
    return f"claim:{entry.recommendation.code}"
