"""What the parts of the OSCAL document share: how properties, keys and states are written."""

from __future__ import annotations

import re
from typing import Any, Final

from assessments.dossier.formats.words import NAMESPACE, Keys, line
from assessments.dossier.snapshot import Evidence

NS: Final = f"{NAMESPACE}:oscal"
SATISFIED: Final = frozenset({"followed", "adapted"})
_NOT_IN_TOKENS: Final = re.compile(r"[^\w.-]")


def token(code: str) -> str:
    """Return a code as OSCAL writes keys."""
    found = _NOT_IN_TOKENS.sub("_", code)
    return found if found[:1].isalpha() or found[:1] == "_" else f"_{found}"


def properties(**values: str) -> list[dict[str, str]]:
    """Return the properties that say something."""
    return [
        {"name": name.replace("_", "-"), "ns": NS, "value": line(text)}
        for name, text in values.items()
        if line(text)
    ]


def control(code: str) -> dict[str, str]:
    """Name a recommendation or a requirement."""
    return {"control-id": token(code)}


def relevant_evidence(pieces: list[Evidence], keys: Keys) -> list[dict[str, str]]:
    """Refer to pieces of evidence, which are among the resources."""
    return [
        {
            "href": f"#{keys.of('evidence', piece.number)}",
            "description": f"{piece.number} {piece.title}",
        }
        for piece in pieces
    ]


def target(code: str, verdict: str, *, remarks: str) -> dict[str, Any]:
    """Say whether something is followed, in the two words that OSCAL has for it."""
    return {
        "type": "objective-id",
        "target-id": token(code),
        "status": {
            "state": "satisfied" if verdict in SATISFIED else "not-satisfied",
            "reason": "other",
            "remarks": remarks,
        },
    }
