"""The pages that are measured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.test import Client
from django.urls import reverse

from assessments.models import Answer, Assessment
from script.benchmarks.measuring import Work
from script.benchmarks.seed import Team
from script.benchmarks.words import COMMON, RARE

ONE_SCREEN, LIST, SEARCH = 12, 20, 25  # goals, milliseconds of processor time
FOUND: Final = (200, 302)


class Reader:
    """Somebody of a team, and what they look at."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.client = Client()
        self.client.force_login(team.assessor)
        current = Assessment.objects.filter(organisation=team.organisation, is_current=True)
        carried = Answer.objects.filter(organisation=team.organisation, to_confirm=True)
        waiting = carried.order_by("pk").values_list("assessment_id", flat=True)[0]
        self.confirming = current.get(pk=waiting)
        self.assessment = current.exclude(pk__in=carried.values("assessment")).order_by("pk")[0]
        self.answer = Answer.objects.filter(
            assessment=self.assessment, is_applicable=True
        ).order_by("position")[40]

    def address(self, name: str, *arguments: Any) -> str:
        """Return an address of the organisation."""
        return reverse(f"assessments:{name}", args=[self.team.organisation.slug, *arguments])

    def get(self, address: str, **options: Any) -> Any:
        """Open a page, which must be there."""
        return self.checked(self.client.get(address, **options))

    def checked(self, response: Any) -> Any:
        """Return ``response``; stop when it is a refusal: it would be measured for nothing."""
        if response.status_code not in FOUND:
            sys.exit(f"{response.request['PATH_INFO']} answered {response.status_code}.")
        return response

    def page(
        self,
        name: str,
        *arguments: Any,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        goal: float | None = None,
    ) -> Callable[[], Work]:
        """Return the work of opening a page."""
        address = self.address(name, *arguments)
        return lambda: Work(
            lambda _nothing: self.get(address, data=query, headers=headers), goal=goal
        )

    @property
    def in_pane(self) -> dict[str, str]:
        """The headers by which the workspace asks for its pane only."""
        work = self.address("assessment-work", self.assessment.pk)
        opened = f"http://testserver{work}?open={self.answer.pk}"
        return {"HX-Request": "true", "HX-Target": "pane", "HX-Current-URL": opened}

    def pages(self) -> dict[str, Callable[[], Work]]:
        """Return the work of opening each page."""
        assessment, answer = self.assessment.pk, self.answer.pk
        opened = {"open": answer}
        return {
            "device list": self.page("device-list", goal=ONE_SCREEN),
            "workspace": self.page("assessment-work", assessment, query=opened, goal=ONE_SCREEN),
            "workspace, pane": self.page(
                "assessment-work", assessment, query=opened, headers=self.in_pane
            ),
            "assessment": self.page("assessment-detail", assessment),
            "phase (design)": self.page("assessment-phase", assessment, "design"),
            "answer": self.page("answer-edit", answer),
            "history of an answer": self.page("answer-history", answer),
            "frameworks": self.page("assessment-coverage", assessment, goal=LIST),
            "one framework": self.page("assessment-framework", assessment, "iec-81001-5-1"),
            "auditors' questionnaire": self.page("assessment-questionnaire", assessment),
            "typical non-conformities": self.page("assessment-findings", assessment),
            "matrix, versions of a device": self.page(
                "device-matrix", self.assessment.device_id, goal=ONE_SCREEN
            ),
            "matrix, 50 devices": self.page("matrix"),
            "confirming what was carried over": self.page("assessment-confirm", self.confirming.pk),
            "my work": self.page("answer-list", goal=LIST),
            "gap list": self._answers(verdict="gap", current="1"),
            "gap list of a phase and section": self._answers(
                verdict="gap", phase="design", criterion="integrity", current="1"
            ),
            "gap list, only the rows": self._answers(
                headers={"HX-Request": "true", "HX-Target": "answers"}, verdict="gap", current="1"
            ),
            "overdue, of nobody": self._answers(overdue="1", owner="nobody"),
            "with open remarks": self._answers(open_remarks="1"),
            "search, common word": self._answers(goal=SEARCH, q=COMMON),
            "search, rare word": self._answers(goal=SEARCH, q=RARE),
            "search, two words": self._answers(goal=SEARCH, q=f"{COMMON} {RARE}"),
        }

    def _answers(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        goal: float = LIST,
        **query: str,
    ) -> Callable[[], Work]:
        return self.page("answer-list", query=query, headers=headers, goal=goal)
