"""The summary: figures, plots, and the same as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from assessments.dossier import charts
from assessments.dossier.palette import follow_up_series, verdict_series
from assessments.dossier.view import PhaseView, verdicts

if TYPE_CHECKING:
    from assessments.dossier.document import Document


class Summary:
    """What a reader wants to know first."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @property
    def verdict_table(self) -> Iterator[tuple[PhaseView, list[int]]]:
        """The counts of each phase, in the order of the verdicts."""
        for phase in self.document.phases:
            yield phase, [phase.counts[verdict] for verdict in self.document.vocabulary["verdict"]]

    @property
    def verdict_totals(self) -> list[int]:
        """The counts of all phases, in the order of the verdicts."""
        return [self.document.counts[verdict] for verdict in self.document.vocabulary["verdict"]]

    @property
    def by_phase(self) -> charts.Chart:
        """Verdicts by phase."""
        rows = [(phase.label.text, phase.counts) for phase in self.document.phases]
        series = verdict_series(self.document.vocabulary["verdict"])
        return charts.stacked_bars("by-phase", _("Positions by phase"), rows, series)

    @property
    def by_criterion(self) -> charts.Chart:
        """Verdicts by criterion; a recommendation counts for each of its criteria."""
        entries = self.document.entries
        rows = [
            (
                criterion.text,
                verdicts(e for e in entries if criterion.key in e.recommendation.criteria),
            )
            for criterion in self.document.vocabulary["criterion"].values()
        ]
        series = verdict_series(self.document.vocabulary["verdict"])
        return charts.stacked_bars("by-criterion", _("Positions by criterion"), rows, series)

    @property
    def follow_up(self) -> charts.Chart | None:
        """Remarks by kind and actions, those that are open first; None without any."""
        document = self.document
        rows = [
            (
                kind.text,
                Counter(
                    "open" if one.is_open else "closed"
                    for one in document.remarks
                    if one.kind.key == kind.key
                ),
            )
            for kind in document.vocabulary["remark_kind"].values()
        ]
        of_actions = Counter(action.state.key for action in document.actions)
        of_actions["closed"] = of_actions.pop("checked", 0) + of_actions.pop("cancelled", 0)
        rows.append((_("actions"), of_actions))
        told = [(label, counts) for label, counts in rows if counts.total()]
        if not told:
            return None
        return charts.stacked_bars("follow-up", _("Remarks and actions"), told, follow_up_series())
