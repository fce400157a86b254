"""Plots of pages, drawn as those of the dossier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessments.dossier.charts import Chart, stacked_bars
from assessments.dossier.palette import verdict_series
from assessments.dossier.view import Label
from assessments.enums import Verdict
from assessments.models import PhaseReview


def verdicts_by_phase(reviews: Iterable[PhaseReview]) -> Chart:
    """Return the counters of each phase as stacked bars."""
    labels = {key: Label(key, str(label)) for key, label in Verdict.choices}
    rows = [
        (
            review.get_phase_display(),
            {verdict.value: count for verdict, count in review.verdict_counts.items()},
        )
        for review in reviews
    ]
    return stacked_bars("verdicts", _("Verdicts by phase"), rows, verdict_series(labels))


def localized(thing: Any, name: str) -> str:
    """Return ``name_fr`` or ``name_en`` of a row, by the language of the page."""
    return str(getattr(thing, f"{name}_{'en' if get_language() == 'en' else 'fr'}"))
