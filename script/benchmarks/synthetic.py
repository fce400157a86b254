"""The sample's dossier with as many recommendations as wanted, three pieces of evidence each.

And the same content as a document of Typst, as near as one comes to the pages of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any, Final

EVIDENCE_EACH: Final = 3


def grown(snapshot: Any, recommendations: int) -> Any:
    """Return ``snapshot`` with so many recommendations: those it has, again and again."""
    share = -(-recommendations // len(snapshot.phases))
    pieces = cycle(piece for piece in snapshot.evidence if piece.sha256)
    register: list[Any] = []
    phases = []
    left = recommendations
    for phase in snapshot.phases:
        again = cycle(_applicable(phase))
        entries = []
        for number in range(min(share, left)):
            _register_more(register, pieces)
            entries.append(_entry(next(again), len(register), number))
        left -= len(entries)
        section = replace(phase.sections[0], entries=tuple(entries))
        phases.append(replace(phase, sections=(section,)))
    return replace(snapshot, phases=tuple(phases), evidence=tuple(register), remarks=(), actions=())


def _applicable(phase: Any) -> list[Any]:
    found = [each for each in phase.entries if each.applicability.is_applicable]
    return [each for each in found if each.answer.justification] or found


def _register_more(register: list[Any], pieces: Iterator[Any]) -> None:
    for _ in range(EVIDENCE_EACH):
        number = f"EV-{len(register) + 1:04d}"
        register.append(replace(next(pieces), number=number, superseded_by=""))


def _entry(entry: Any, evidence: int, number: int) -> Any:
    """Return the entry with a code of its own, citing the last pieces of the register."""
    cited = tuple(f"EV-{evidence - n:04d}" for n in range(EVIDENCE_EACH))
    recommendation = entry.recommendation
    code = f"{recommendation.code}-{number}"
    return replace(
        entry,
        recommendation=replace(recommendation, code=code),
        answer=replace(entry.answer, evidence=cited),
    )


def typst(snapshot: Any) -> str:
    """Return the content of the dossier in the language of Typst."""
    title, author = _text(snapshot.number), _text(snapshot.organisation.name)
    parts = [
        f"#set document(title: {title}, author: {author})",
        f'#set text(lang: "{snapshot.language}", font: "Source Sans 3", size: 9.5pt)',
        "#set text(hyphenate: true)",
        '#let foot = context [#counter(page).display("1 / 1", both: true)]',
        '#set page(paper: "a4", margin: 20mm, footer: foot)',
        '#pdf.attach("snapshot.json", relationship: "source", mime-type: "application/json",'
        ' description: "record")',
        f"= #{_text(snapshot.device.name)}",
        "#outline(depth: 2)",
    ]
    for phase in snapshot.phases:
        parts.append(f"= #{_text(phase.key)}")
        parts += [_typst_entry(entry) for entry in phase.entries]
    parts += ["= Evidence", _register(snapshot)]
    return "\n\n".join(parts)


def _typst_entry(entry: Any) -> str:
    recommendation, answer = entry.recommendation, entry.answer
    lines = [
        f"== #{_text(recommendation.code + ' ' + recommendation.title.fr)}",
        f"#{_text(recommendation.statement.fr)}",
        f"#emph({_text(recommendation.rationale.fr)})",
        f"#{_text(' · '.join(recommendation.expected_evidence.fr))}",
        f"#{_text(', '.join((*recommendation.criteria, *recommendation.stakeholders)))}",
        f"#{_text(recommendation.provenance.status + ' ' + recommendation.provenance.note.fr)}",
        "#block(stroke: (left: 2pt), inset: (left: 6pt))["
        f"#strong({_text(answer.verdict)}) #{_text(answer.accepted_by)}\n\n"
        f"#{_text(answer.justification)}]",
        *(f"- #link(label({_text(number)}), {_text(number)})" for number in answer.evidence),
    ]
    return "\n\n".join(lines)


def _register(snapshot: Any) -> str:
    rows = [
        f"[#{_text(piece.number)} #label({_text(piece.number)})], "
        f"[#strong({_text(piece.title)})\n\n#{_text(piece.file_name)}"
        f" · #{_text(str(piece.size_bytes))}"
        f"\n\n#{_text(piece.added_by)}\n\n#{_text(piece.sha256)}], [#{_text(piece.kind)}],"
        for piece in snapshot.evidence
    ]
    return (
        "#table(columns: (14%, 56%, 30%), table.header([Number], [Evidence], [Cited by]),\n"
        + "\n".join(rows)
        + ")"
    )


def _text(text: str) -> str:
    """Return a string of Typst: nothing in it is read as markup."""
    return json.dumps(text, ensure_ascii=False)
