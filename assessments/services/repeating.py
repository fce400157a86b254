"""One answer that says what another says, with its evidence and its authors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from assessments.models import Answer, Authorship, EvidenceLink

# What of an answer is taken over into another one, with its evidence and its authors.
TEXT = ("verdict", "justification", "justification_html", "answered_by_id", "answered_at")
# What may change in an answer when the one it inherits from does.
INHERITED: Final = (
    *TEXT,
    *("evidence_count", "inherited_from_id", "revision"),
    *("state", "accepted_by_id", "accepted_at", "reopened_reason"),
)


def repeat(source: Answer, answer: Answer) -> None:
    """Let ``answer`` say what ``source`` says; sets fields, the caller saves."""
    for name in TEXT:
        setattr(answer, name, getattr(source, name))
    answer.evidence_count = source.evidence_count


def joined_by_code(texts: Iterable[tuple[str, str]]) -> str:
    """Return texts as one, each under its code; what two say alike stands once."""
    said = [(code, text.strip()) for code, text in texts if text.strip()]
    if len({text for _code, text in said}) < 2:  # noqa: PLR2004 -- nothing to tell apart
        return said[0][1] if said else ""
    return "\n\n".join(f"**{code}**\n\n{text}" for code, text in said)


def take_along(pairs: Sequence[tuple[Answer, Answer]]) -> None:
    """Let each second answer cite what the first cites, and have its authors too."""
    if not pairs:
        return
    organisation_id = pairs[0][0].organisation_id
    heirs: dict[UUID, list[Answer]] = defaultdict(list)
    for source, answer in pairs:
        heirs[source.pk].append(answer)
    own = {"organisation_id": organisation_id, "answer__in": list(heirs)}
    EvidenceLink.objects.bulk_create(
        [
            EvidenceLink(
                organisation_id=organisation_id,
                answer=answer,
                evidence_id=evidence_id,
                linked_by_id=linked_by_id,
            )
            for source_id, evidence_id, linked_by_id in EvidenceLink.objects.filter(**own)
            .order_by("pk")
            .values_list("answer_id", "evidence_id", "linked_by_id")
            for answer in heirs[source_id]
        ],
        ignore_conflicts=True,
    )
    Authorship.objects.bulk_create(
        [
            Authorship(organisation_id=organisation_id, answer=answer, user_id=user_id)
            for source_id, user_id in Authorship.objects.filter(**own)
            .order_by("pk")
            .values_list("answer_id", "user_id")
            for answer in heirs[source_id]
        ],
        ignore_conflicts=True,
    )


def cited_by(answers: Collection[Answer]) -> dict[UUID, set[UUID]]:
    """Return the keys of the evidence that each of ``answers`` cites, in one query."""
    cited: dict[UUID, set[UUID]] = defaultdict(set)
    links = EvidenceLink.objects.filter(answer__in=[answer.pk for answer in answers])
    for answer_id, evidence_id in links.order_by().values_list("answer_id", "evidence_id"):
        cited[answer_id].add(evidence_id)
    return cited


def difference(
    source: Answer, answer: Answer, cited: Mapping[UUID, Collection[UUID]]
) -> dict[str, list[Any]]:
    """Return what ``answer`` says and would say, field by field, if it repeated ``source``.

    Of evidence: the keys of what it would no longer cite, and of what it would cite. A source
    that does not apply is repeated by nobody.
    """
    if not source.is_applicable:
        return {"inherited_from": [str(source.pk), None]}
    fields = {
        name: [getattr(answer, name), getattr(source, name)]
        for name in ("verdict", "justification")
        if getattr(answer, name) != getattr(source, name)
    }
    now, then = set(cited.get(answer.pk, ())), set(cited.get(source.pk, ()))
    if now != then:
        fields["evidence"] = [sorted(map(str, now - then)), sorted(map(str, then - now))]
    return fields


def cite_alike(
    pairs: Sequence[tuple[Answer, Answer]], cited: Mapping[UUID, Collection[UUID]]
) -> None:
    """Let each second answer cite what the first cites and nothing else, and have its authors."""
    extra = {
        (answer.pk, evidence_id)
        for source, answer in pairs
        for evidence_id in set(cited.get(answer.pk, ())) - set(cited.get(source.pk, ()))
    }
    if extra:
        links = EvidenceLink.objects.filter(answer__in={answer_id for answer_id, _piece in extra})
        rows = links.order_by().values_list("pk", "answer_id", "evidence_id")
        gone = [pk for pk, answer_id, piece in rows if (answer_id, piece) in extra]
        EvidenceLink.objects.filter(pk__in=gone).delete()
    take_along(pairs)


def behind(answers: Iterable[Answer]) -> list[Answer]:
    """Return those of ``answers`` that inherit and do not say what their source says now."""
    heirs = [answer for answer in answers if answer.is_inherited and answer.is_applicable]
    if not heirs:
        return []
    sources = Answer.objects.in_bulk({heir.inherited_from_id for heir in heirs})
    cited = cited_by([*heirs, *sources.values()])
    pairs = [(sources[heir.inherited_from_id], heir) for heir in heirs if heir.inherited_from_id]
    return [
        heir for source, heir in pairs if not source.to_confirm and difference(source, heir, cited)
    ]


def told_of(heir: Answer, fields: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what an event says of an answer that changed with its source."""
    return {
        "answer": str(heir.pk),
        "code": heir.code,
        "of": heir.assessment.full_name,
        "revision": heir.revision,
        "fields": dict(fields),
    }
