"""Requirements of the organisation's own in OSCAL: a result beside that of the ANSM's edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from assessments.dossier.formats.oscal_parts import (
    control,
    properties,
    relevant_evidence,
    target,
)
from assessments.dossier.formats.words import ASSESSED, Keys, Words, instant, line
from assessments.dossier.own import OwnRequirement, OwnRequirements
from assessments.dossier.snapshot import Evidence, Snapshot

_APART: Final = "Requirements of the organisation's own: not the ANSM's, and counted apart."


class OwnResult:
    """One edition of them, as a result of its own."""

    def __init__(
        self,
        own: OwnRequirements,
        snapshot: Snapshot,
        keys: Keys,
        pieces: Mapping[str, Evidence],
    ) -> None:
        self._own, self._snapshot, self._keys, self._pieces = own, snapshot, keys, pieces
        self._words = Words(snapshot)

    def whole(self) -> dict[str, Any]:
        """Return the result."""
        applicable = [each for each in self._own.requirements if each.is_applicable]
        excluded = [each for each in self._own.requirements if not each.is_applicable]
        assessed = [each for each in applicable if each.verdict in ASSESSED]
        selection: dict[str, Any] = {"props": self._origin(), "remarks": _APART}
        if applicable:
            selection["include-controls"] = [control(each.code) for each in applicable]
        else:
            selection["include-all"] = {}
        if excluded:
            selection["exclude-controls"] = [control(each.code) for each in excluded]
        found: dict[str, Any] = {
            "uuid": self._key("result"),
            "title": line(self._words(self._own.title)) or self._own.key,
            "description": f"{_APART} {self._words.disclaimer}",
            "start": instant(self._snapshot.issued_at),
            "end": instant(self._snapshot.issued_at),
            "props": self._origin(),
            "reviewed-controls": {"control-selections": [selection]},
        }
        if assessed:
            found["observations"] = [self._observation(each) for each in assessed]
            found["findings"] = [self._finding(each) for each in assessed]
        return found

    def _key(self, *names: str) -> str:
        return self._keys.of("own", self._own.key, self._own.edition, *names)

    def _origin(self) -> list[dict[str, str]]:
        return properties(
            own_requirements=f"{self._own.key} {self._own.edition}",
            content_sha256=self._own.content_sha256,
        )

    def _title(self, each: OwnRequirement) -> str:
        return line(f"{each.code} {self._words(each.title)}")

    def _observation(self, each: OwnRequirement) -> dict[str, Any]:
        pieces = [self._pieces[number] for number in each.evidence if number in self._pieces]
        found: dict[str, Any] = {
            "uuid": self._key("observation", each.code),
            "title": self._title(each),
            "description": each.justification or self._words.term("verdict", each.verdict),
            "props": properties(
                verdict=each.verdict,
                phase=each.phase,
                state=each.state,
                accepted_by=each.accepted_by,
                own_requirements=f"{self._own.key} {self._own.edition}",
            ),
            "methods": ["EXAMINE"],
            "types": ["control-objective"],
            "collected": instant(self._snapshot.issued_at),
        }
        if pieces:
            found["relevant-evidence"] = relevant_evidence(pieces, self._keys)
        return found

    def _finding(self, each: OwnRequirement) -> dict[str, Any]:
        return {
            "uuid": self._key("finding", each.code),
            "title": self._title(each),
            "description": self._words.term("verdict", each.verdict),
            "target": target(each.code, each.verdict, remarks=self._words.disclaimer),
            "related-observations": [{"observation-uuid": self._key("observation", each.code)}],
        }
