"""The part of the record that is the organisation's own: requirements that are not the ANSM's."""

from __future__ import annotations

from dataclasses import dataclass

from assessments.dossier.edition import Text


@dataclass(frozen=True, slots=True)
class OwnRequirement:
    """A requirement that the organisation set itself, and the answer to it."""

    code: str
    phase: str
    title: Text
    statement: Text
    is_applicable: bool
    verdict: str
    justification: str
    owner: str
    state: str
    accepted_by: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnRequirements:
    """One edition of requirements of the organisation, beside the ANSM’s and counted apart."""

    key: str
    edition: str
    title: Text
    content_sha256: str
    requirements: tuple[OwnRequirement, ...]
