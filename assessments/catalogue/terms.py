"""The terms that the portal itself knows, for files and drafts that bring none. No database."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import TextChoices
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from assessments.enums import Criterion, ProvenanceStatus, Stakeholder
from devices.enums import Fact, LifecyclePhase

ALL: Final = _("any device integrating software")
_LISTS: Final[dict[str, type[TextChoices]]] = {
    "phases": LifecyclePhase,
    "stakeholders": Stakeholder,
    "criteria": Criterion,
    "provenance_statuses": ProvenanceStatus,
    "section_title_statuses": ProvenanceStatus,
    "applies_when": Fact,
}
LISTS: Final = (*_LISTS, "provenance_basis")


def own_terms() -> dict[str, list[dict[str, Any]]]:
    """Return each list of terms that an edition needs, in both languages."""
    terms: dict[str, list[dict[str, Any]]] = {
        name: [_term(choice.value, choice.label) for choice in choices]
        for name, choices in _LISTS.items()
    }
    for order, phase in enumerate(terms["phases"], start=1):
        phase["order"] = order
    terms["applies_when"].insert(0, _term("all", ALL))
    terms["provenance_basis"] = []
    return terms


def _term(key: str, label: Any) -> dict[str, Any]:
    term = {"key": key}
    for language in ("fr", "en"):
        with override(language):
            term[language] = capfirst(str(label))
    return term
