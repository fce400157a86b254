"""Requirements of the organisation's own, as the dossier prints them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from assessments.dossier.own import OwnRequirement
from assessments.dossier.view import Label


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A requirement and its answer, in the language of the dossier."""

    requirement: OwnRequirement
    title: str
    statement: str
    phase: Label
    verdict: Label
    state: Label
    justification: SafeString


@dataclass(frozen=True, slots=True)
class OwnView:
    """One edition of requirements, in the language of the dossier."""

    key: str
    edition: str
    title: str
    content_sha256: str
    rows: tuple[OwnRow, ...]
