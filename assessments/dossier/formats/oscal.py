"""OSCAL assessment results (NIST, 1.2.1) of a record.

Each recommendation is a control that was reviewed. What the manufacturer says of it is an
observation with the evidence it cites; where there is a verdict, a finding says whether the
recommendation is followed (``satisfied``, also by other means) or not wholly
(``not-satisfied``). The verdict itself is a property: OSCAL has only the two. Requirements of the
organisation's own are a further result each.
"""

from __future__ import annotations

from typing import Any, Final

from assessments.dossier.formats.oscal_own import OwnResult
from assessments.dossier.formats.oscal_parts import (
    NS,
    control,
    properties,
    relevant_evidence,
    target,
)
from assessments.dossier.formats.words import (
    ASSESSED,
    PRODUCT,
    Keys,
    Words,
    address,
    instant,
    line,
    midnight,
)
from assessments.dossier.snapshot import SNAPSHOT_NAME, Approval, Entry, Evidence, Snapshot

VERSION: Final = "1.2.1"
MANUFACTURER: Final = "manufacturer"


def assessment_results(snapshot: Snapshot, snapshot_sha256: str) -> dict[str, Any]:
    """Return the document, valid against NIST's JSON Schema of OSCAL 1.2.1."""
    return {"assessment-results": _Document(snapshot, snapshot_sha256).whole()}


class _Document:
    def __init__(self, snapshot: Snapshot, sha256: str) -> None:
        self.snapshot, self.sha256 = snapshot, sha256
        self.words, self.keys = Words(snapshot), Keys(sha256)
        self.pieces = {piece.number: piece for piece in snapshot.evidence}

    def whole(self) -> dict[str, Any]:
        return {
            "uuid": self.keys.of("assessment-results"),
            "metadata": self._metadata(),
            "import-ap": {
                "href": f"#{self.keys.of('edition')}",
                "remarks": "There is no separate plan: all entries of the edition are assessed.",
            },
            "results": [
                self._result(),
                *(
                    OwnResult(own, self.snapshot, self.keys, self.pieces).whole()
                    for own in self.snapshot.own_requirements
                ),
            ],
            "back-matter": {"resources": self._resources()},
        }

    def _metadata(self) -> dict[str, Any]:
        snapshot = self.snapshot
        return {
            "title": line(
                f"{snapshot.number}: {snapshot.device.name} {snapshot.version.label} – "
                f"{self.words(snapshot.catalogue.title)}"
            ),
            "published": instant(snapshot.issued_at),
            "last-modified": instant(snapshot.issued_at),
            "version": line(snapshot.number),
            "oscal-version": VERSION,
            "props": properties(
                snapshot_sha256=self.sha256,
                language=snapshot.language,
                provisional=str(snapshot.is_provisional).lower(),
                device=snapshot.device.name,
                device_reference=snapshot.device.reference,
                basic_udi_di=snapshot.device.basic_udi_di,
                device_version=snapshot.version.label,
                udi_di=snapshot.version.udi_di,
                generator=PRODUCT,
            ),
            "roles": [{"id": MANUFACTURER, "title": "Manufacturer"}],
            "parties": [
                {
                    "uuid": self.keys.of("organisation"),
                    "type": "organization",
                    "name": line(snapshot.organisation.name) or "-",
                    "props": properties(srn=snapshot.organisation.srn)
                    or properties(srn="not given"),
                },
                *(
                    {"uuid": self._person(name), "type": "person", "name": line(name)}
                    for name in self._people()
                ),
            ],
            "responsible-parties": [
                {"role-id": MANUFACTURER, "party-uuids": [self.keys.of("organisation")]}
            ],
            "remarks": self.words.disclaimer,
        }

    def _people(self) -> list[str]:
        names = [
            name
            for entry in self.snapshot.entries
            for name in (*entry.answer.authors, entry.answer.accepted_by)
        ]
        names += [approval.name for approval in self.snapshot.approvals]
        return list(dict.fromkeys(name for name in names if line(name)))

    def _person(self, name: str) -> str:
        return self.keys.of("person", name)

    def _result(self) -> dict[str, Any]:
        applicable = [e for e in self.snapshot.entries if e.applicability.is_applicable]
        excluded = [e for e in self.snapshot.entries if not e.applicability.is_applicable]
        assessed = [e for e in applicable if e.answer.verdict in ASSESSED]
        answered = [e.answer.answered_at for e in assessed if e.answer.answered_at]
        selection: dict[str, Any] = {}
        if applicable:
            selection["include-controls"] = [control(e.recommendation.code) for e in applicable]
        else:
            selection["include-all"] = {}
        if excluded:
            selection["exclude-controls"] = [control(e.recommendation.code) for e in excluded]
            selection["remarks"] = "Excluded: what the profile of the version leaves out."
        result: dict[str, Any] = {
            "uuid": self.keys.of("result"),
            "title": line(self.words(self.snapshot.catalogue.title)),
            "description": self.words.disclaimer,
            "start": instant(min([*answered, self.snapshot.issued_at])),
            "end": instant(self.snapshot.issued_at),
            "reviewed-controls": {"control-selections": [selection]},
        }
        if self.snapshot.approvals:
            result["attestations"] = [self._attestation(each) for each in self.snapshot.approvals]
        if assessed:
            result["observations"] = [self._observation(entry) for entry in assessed]
            result["findings"] = [self._finding(entry) for entry in assessed]
        return result

    def _attestation(self, approval: Approval) -> dict[str, Any]:
        return {
            "responsible-parties": [
                {"role-id": MANUFACTURER, "party-uuids": [self._person(approval.name)]}
            ],
            "parts": [
                {
                    "name": "approval",
                    "ns": NS,
                    "title": line(
                        f"{self.words.term('phase', approval.phase)}: {approval.name}, "
                        f"{approval.role}"
                    ),
                    "props": properties(
                        phase=approval.phase,
                        signed_at=instant(approval.signed_at),
                        content_sha256=approval.content_sha256,
                        voided_at=instant(approval.voided_at) if approval.voided_at else "",
                        void_reason=approval.void_reason,
                        open_remarks_reason=approval.open_remarks_reason,
                    ),
                    "prose": approval.meaning or "-",
                }
            ],
        }

    def _observation(self, entry: Entry) -> dict[str, Any]:
        answer, code = entry.answer, entry.recommendation.code
        pieces = [self.pieces[number] for number in answer.evidence if number in self.pieces]
        days = [piece.expires_on for piece in pieces if piece.expires_on]
        found: dict[str, Any] = {
            "uuid": self.keys.of("observation", code),
            "title": line(f"{code} {self.words(entry.recommendation.title)}"),
            "description": answer.justification or self.words.term("verdict", answer.verdict),
            "props": properties(
                verdict=answer.verdict,
                state=answer.state,
                accepted_by=answer.accepted_by,
                accepted_at=instant(answer.accepted_at) if answer.accepted_at else "",
                provenance=entry.recommendation.provenance.status,
            ),
            "methods": ["EXAMINE"],
            "types": ["control-objective"],
            "collected": instant(answer.answered_at or self.snapshot.issued_at),
        }
        if answer.answered_by:
            found["origins"] = [
                {"actors": [{"type": "party", "actor-uuid": self._person(answer.answered_by)}]}
            ]
        if pieces:
            found["relevant-evidence"] = relevant_evidence(pieces, self.keys)
        if days:
            found["expires"] = midnight(min(days))
        return found

    def _finding(self, entry: Entry) -> dict[str, Any]:
        answer, code = entry.answer, entry.recommendation.code
        label = self.words.term("verdict", answer.verdict)
        return {
            "uuid": self.keys.of("finding", code),
            "title": line(f"{code} {self.words(entry.recommendation.title)}"),
            "description": label,
            "target": target(code, answer.verdict, remarks=self.words.disclaimer),
            "related-observations": [{"observation-uuid": self.keys.of("observation", code)}],
        }

    def _resources(self) -> list[dict[str, Any]]:
        catalogue = self.snapshot.catalogue
        return [
            {
                "uuid": self.keys.of("edition"),
                "title": line(self.words(catalogue.title)),
                "description": self.words(catalogue.disclaimer) or "-",
                "document-ids": [{"identifier": line(f"{catalogue.key} {catalogue.edition}")}],
                "props": properties(
                    issuer=catalogue.issuer,
                    published_on=catalogue.source_published_on.isoformat(),
                    content_sha256=catalogue.content_sha256,
                ),
            },
            {
                "uuid": self.keys.of("snapshot"),
                "title": "Canonical record of the dossier",
                "rlinks": [
                    {
                        "href": SNAPSHOT_NAME,
                        "media-type": "application/json",
                        "hashes": [_hash(self.sha256)],
                    }
                ],
            },
            *(self._resource(piece) for piece in self.snapshot.evidence),
        ]

    def _resource(self, piece: Evidence) -> dict[str, Any]:
        found: dict[str, Any] = {
            "uuid": self.keys.of("evidence", piece.number),
            "title": line(piece.title) or piece.number,
            "props": properties(
                number=piece.number,
                kind=piece.kind,
                document_revision=piece.document_revision,
                document_on=piece.document_on.isoformat() if piece.document_on else "",
                expires_on=piece.expires_on.isoformat() if piece.expires_on else "",
                superseded_by=piece.superseded_by,
                file_name=piece.file_name,
                size_bytes="" if piece.size_bytes is None else str(piece.size_bytes),
                added_by=piece.added_by,
                added_at=instant(piece.added_at),
            ),
            "document-ids": [{"identifier": line(piece.reference) or piece.number}],
        }
        if piece.sha256:
            link: dict[str, Any] = {"href": f"evidence/{piece.sha256}"}
            if piece.media_type:
                link["media-type"] = line(piece.media_type)
            found["rlinks"] = [link | {"hashes": [_hash(piece.sha256)]}]
        elif piece.url:
            found["rlinks"] = [{"href": address(piece.url)}]
        return found


def _hash(sha256: str) -> dict[str, str]:
    return {"algorithm": "SHA-256", "value": sha256}
