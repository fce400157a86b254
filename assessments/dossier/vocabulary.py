"""What the keys in a record mean, in both languages, as the portal and the edition say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import TextChoices
from django.utils import translation

from ansm_portal.audit.reading import EVENTS
from assessments import enums
from assessments.dossier.course import VERBS
from assessments.dossier.edition import Term, Text
from devices.enums import Fact, LifecyclePhase, Regulation

_LISTS: Final[Mapping[str, type[TextChoices]]] = {
    "phase": LifecyclePhase,
    "fact": Fact,
    "regulation": Regulation,
    "verdict": enums.Verdict,
    "criterion": enums.Criterion,
    "stakeholder": enums.Stakeholder,
    "provenance": enums.ProvenanceStatus,
    "confidence": enums.Confidence,
    "answer_state": enums.AnswerState,
    "origin": enums.Origin,
    "review_state": enums.ReviewState,
    "remark_kind": enums.RemarkKind,
    "action_state": enums.ActionState,
    "evidence_kind": enums.EvidenceKind,
    "framework_nature": enums.FrameworkNature,
    "mapping_relation": enums.MappingRelation,
    "mapping_status": enums.MappingStatus,
    "support": enums.Support,
}
# Where an edition says more than a label: its list, and the fields of a definition.
_DEFINED: Final = {
    "criterion": ("criteria", "definition_"),
    "provenance": ("provenance_statuses", ""),
}


def vocabulary(of_edition: Mapping[str, Any]) -> tuple[Term, ...]:
    """Return every term; ``of_edition`` is the vocabulary that came with the catalogue."""
    terms = (
        Term(name, key, _both(choices(key).label), _definition(of_edition, name, key))
        for name, choices in _LISTS.items()
        for key in choices.values
    )
    events = (Term("event", verb, _both(EVENTS[verb]), Text(fr="", en="")) for verb in VERBS)
    return (*terms, *events)


def _both(label: Any) -> Text:
    """Return a label in both languages."""
    labels = {}
    for language in ("fr", "en"):
        with translation.override(language):
            labels[language] = str(label)
    return Text(**labels)


def _definition(of_edition: Mapping[str, Any], name: str, key: str) -> Text:
    list_name, prefix = _DEFINED.get(name, ("", ""))
    for term in of_edition.get(list_name, ()):
        if term["key"] == key:
            return Text(fr=term.get(f"{prefix}fr", ""), en=term.get(f"{prefix}en", ""))
    return Text(fr="", en="")
