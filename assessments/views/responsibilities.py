"""What others have to do for a version to stay safe: to hand over to them, on paper or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Prefetch
from django.views.generic import DetailView

from ansm_portal.permissions import Permission
from ansm_portal.views import PortalView
from assessments.enums import AnswerState, Stakeholder
from assessments.models import Answer, Assessment, EvidenceLink

OTHERS: Final = (Stakeholder.HEALTHCARE_ESTABLISHMENT, Stakeholder.USER, Stakeholder.PATIENT)


@dataclass(frozen=True, slots=True)
class Share:
    """What one of the others has a share in, in the order of the catalogue."""

    stakeholder: Stakeholder
    answers: list[Answer]


def shares(answers: Iterable[Answer], *, of: str = "") -> list[Share]:
    """Return the share of each of the others, or ``of`` one of them; nobody without one."""
    answers = list(answers)
    found = [
        Share(other, [each for each in answers if other in each.recommendation.stakeholders])
        for other in OTHERS
        if of in {"", other}
    ]
    return [share for share in found if share.answers]


class Responsibilities(PortalView, DetailView[Assessment]):
    """The recommendations that establishment, users and patients have a share in."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/assessment_responsibilities.html"
    context_object_name = "assessment"
    queryset = Assessment.objects.select_related("device", "version", "catalogue", "organisation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("for", "")
        chosen = asked if asked in OTHERS else ""
        links = EvidenceLink.objects.select_related("evidence").order_by("evidence__number")
        answers = list(
            Answer.objects.applicable()
            .filter(organisation_id=self.object.organisation_id, assessment=self.object)
            .select_related("recommendation")
            .prefetch_related(Prefetch("evidence_links", links))
            .order_by("position")
        )
        shown = shares(answers, of=chosen)
        concerned = {answer for share in shown for answer in share.answers}
        return super().get_context_data(
            shares=shown,
            others=[(share.stakeholder, len(share.answers)) for share in shares(answers)],
            chosen=chosen,
            unaccepted=sum(answer.state != AnswerState.ACCEPTED for answer in concerned),
            **kwargs,
        )
