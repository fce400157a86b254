"""Plots of pages, drawn as those of the dossier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessments.dossier.charts import NARROW, Chart, Series, stacked_bars
from assessments.dossier.palette import verdict_series
from assessments.dossier.view import Label
from assessments.enums import Verdict
from assessments.models import PhaseReview


@dataclass(frozen=True, slots=True)
class Plot:
    """The same plot twice; a page shows the one there is room for."""

    wide: Chart
    narrow: Chart


def plot_of(
    name: str, title: str, rows: Sequence[tuple[str, Mapping[str, int]]], series: Sequence[Series]
) -> Plot:
    """Return a plot of stacked bars, ``rows`` as :func:`stacked_bars` takes them."""
    return Plot(
        stacked_bars(name, title, rows, series),
        stacked_bars(f"{name}-narrow", title, rows, series, NARROW),
    )


def verdicts_by_phase(reviews: Iterable[PhaseReview]) -> Plot:
    """Return the counters of each phase as stacked bars."""
    labels = {key: Label(key, str(label)) for key, label in Verdict.choices}
    rows = [
        (
            review.get_phase_display(),
            {verdict.value: count for verdict, count in review.verdict_counts.items()},
        )
        for review in reviews
    ]
    return plot_of("verdicts", _("Verdicts by phase"), rows, verdict_series(labels))


def localized(thing: Any, name: str) -> str:
    """Return ``name_fr`` or ``name_en`` of a row, by the language of the page."""
    return str(getattr(thing, f"{name}_{'en' if get_language() == 'en' else 'fr'}"))
