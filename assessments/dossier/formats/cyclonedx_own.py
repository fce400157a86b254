"""Requirements of the organisation's own in CycloneDX: a standard beside the ANSM's edition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from assessments.dossier.formats.words import ASSESSED, NAMESPACE, Words
from assessments.dossier.own import OwnRequirement, OwnRequirements
from assessments.dossier.snapshot import Snapshot

SCORES: Final = {"followed": 1, "adapted": 1, "partly_followed": 0.5, "not_followed": 0}


def own_standards(snapshot: Snapshot, words: Words) -> list[dict[str, Any]]:
    """Return a standard for each edition of them; the organisation is its owner."""
    return [
        {
            "bom-ref": _standard(own),
            "name": words(own.title),
            "version": own.edition,
            "owner": snapshot.organisation.name,
            "requirements": [_requirement(own, each, words) for each in own.requirements],
        }
        for own in snapshot.own_requirements
    ]


def own_claims(snapshot: Snapshot, words: Words, *, about: str) -> Iterator[dict[str, Any]]:
    """Yield what the organisation says of them; ``about`` is the component."""
    for own in snapshot.own_requirements:
        for each in _assessed(own):
            verdict = words.term("verdict", each.verdict)
            claim: dict[str, Any] = {
                "bom-ref": _claim(own, each),
                "target": about,
                "predicate": f"{each.code} {words(each.title)}: {verdict}",
                "reasoning": each.justification,
            }
            if each.evidence:
                claim["evidence"] = list(each.evidence)
            yield claim


def own_attestations(
    snapshot: Snapshot, words: Words, *, assessor: str
) -> Iterator[dict[str, Any]]:
    """Yield an attestation for each edition of them, apart from that of the ANSM's."""
    for own in snapshot.own_requirements:
        yield {
            "summary": words.disclaimer,
            "assessor": assessor,
            "map": [_mapped(own, each, words) for each in _assessed(own)],
        }


def _assessed(own: OwnRequirements) -> Iterator[OwnRequirement]:
    for each in own.requirements:
        if each.is_applicable and each.verdict in ASSESSED:
            yield each


def _requirement(own: OwnRequirements, each: OwnRequirement, words: Words) -> dict[str, Any]:
    return {
        "bom-ref": _name(own, each),
        "identifier": each.code,
        "title": words(each.title),
        "text": words(each.statement),
        "properties": [
            {"name": f"{NAMESPACE}:own-requirement", "value": "true"},
            {"name": f"{NAMESPACE}:applicable", "value": str(each.is_applicable).lower()},
        ],
    }


def _mapped(own: OwnRequirements, each: OwnRequirement, words: Words) -> dict[str, Any]:
    score = SCORES[each.verdict]
    return {
        "requirement": _name(own, each),
        "claims" if score else "counterClaims": [_claim(own, each)],
        "conformance": {"score": score, "rationale": words.term("verdict", each.verdict)},
    }


def _standard(own: OwnRequirements) -> str:
    return f"own:{own.key}:{own.edition}"


def _name(own: OwnRequirements, each: OwnRequirement) -> str:
    return f"{_standard(own)}:{each.code}"


def _claim(own: OwnRequirements, each: OwnRequirement) -> str:
    return f"claim:{_name(own, each)}"
