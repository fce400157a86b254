"""An entry as it will look in an assessment and in a dossier, from the templates of both."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from assessments.dossier.snapshot import Answer, Applicability
from assessments.dossier.view import Label
from assessments.enums import (
    AnswerState,
    Confidence,
    Criterion,
    ProvenanceStatus,
    Stakeholder,
    Verdict,
)
from assessments.models import Recommendation

LANGUAGES: Final = ("fr", "en")
_UNANSWERED: Final = Answer(
    verdict=Verdict.NOT_ASSESSED.value,
    justification="",
    owner="",
    due_on=None,
    state=AnswerState.OPEN.value,
    answered_by="",
    answered_at=None,
    authors=(),
    accepted_by="",
    accepted_at=None,
    reopened_reason="",
    evidence=(),
    origin=None,
    revision=0,
)


def preview(page: Any, request: HttpRequest, entry: Recommendation) -> HttpResponse:
    """Return the page: French and English side by side."""
    return page.page(  # type: ignore[no-any-return]
        request,
        "recommendation/preview",
        _("%(code)s as it will look") % {"code": entry.code},
        original=entry,
        looks=[_looks(entry, language) for language in LANGUAGES],
    )


def _looks(entry: Recommendation, language: str) -> dict[str, str]:
    with translation.override(language):
        told = render_to_string("dossier/_entry.html", {"entry": unanswered(entry, language)})
        return {
            "language": language,
            "title": getattr(entry, f"title_{language}"),
            "in_assessment": render_to_string("assessments/_recommendation.html", {"entry": entry}),
            "in_dossier": told,
        }


def unanswered(entry: Recommendation, language: str) -> dict[str, Any]:
    """Return what the template of a dossier asks of an entry that nobody has answered.

    Call it under ``language``: labels are in the language that is active.
    """

    def text(name: str) -> Any:
        return getattr(entry, f"{name}_{language}")

    return {
        "recommendation": {"references": entry.references},
        "applicability": Applicability(
            is_applicable=True,
            missing_facts=(),
            inclusion_reason="",
            included_by="",
            is_set_aside=False,
        ),
        "answer": _UNANSWERED,
        "anchor": f"{language}-{entry.code}",
        "code": entry.code,
        "title": text("title"),
        "statement": text("statement"),
        "rationale": text("rationale"),
        "expected_evidence": text("expected_evidence"),
        "stakeholders": [Stakeholder(key).label for key in entry.stakeholders],
        "criteria": [Criterion(key).label for key in entry.criteria],
        "provenance": ProvenanceStatus(entry.provenance_status).label,
        "confidence": Confidence(entry.confidence).label,
        "provenance_note": text("provenance_note"),
        "missing_facts": (),
        "verdict": Label(Verdict.NOT_ASSESSED.value, str(Verdict.NOT_ASSESSED.label)),
        "state": AnswerState.OPEN.label,
        "justification": "",
        "evidence": (),
        "remarks": (),
        "actions": (),
    }
