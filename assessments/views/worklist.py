"""The list that a person works through: one filter of one assessment, and the way along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import get_language
from django_htmx.http import push_url, replace_url

from ansm_portal.http import PortalRequest
from assessments.answer_filters import AnswerFilter
from assessments.enums import Verdict
from assessments.models import Answer, Assessment
from assessments.outline import PhaseLine, SectionCount, outline

PANE = "pane"


@dataclass(frozen=True)
class Worklist:
    """The answers of one assessment that match a filter, in the order of the edition.

    ``read`` are those answers, where the page has read them already.
    """

    assessment_id: UUID
    filter: AnswerFilter
    address: str
    read: tuple[Answer, ...] | None = None

    @cached_property
    def answers(self) -> QuerySet[Answer]:
        """The answers of the list."""
        return self.filter.apply(Answer.objects.filter(assessment=self.assessment_id)).order_by(
            "position"
        )

    @cached_property
    def _places(self) -> list[tuple[int, UUID]]:
        if self.read is not None:
            return [(answer.position, answer.pk) for answer in self.read]
        return list(self.answers.values_list("position", "pk"))

    @property
    def query(self) -> str:
        """The filter as in an address."""
        return self.filter.query()

    def link(self, pk: UUID | None) -> str:
        """Return the address of the workspace with this answer open; "" for none."""
        if pk is None:
            return ""
        return f"{self.address}?{self.query}{'&' if self.query else ''}open={pk}"

    def before(self, answer: Answer) -> UUID | None:
        """Return the one before ``answer``, which need not be in the list itself."""
        return next((pk for at, pk in reversed(self._places) if at < answer.position), None)

    def after(self, answer: Answer) -> UUID | None:
        """Return the one after ``answer``, which need not be in the list itself."""
        return next((pk for at, pk in self._places if at > answer.position), None)


def worklist(request: PortalRequest, assessment_id: UUID, data: QueryDict) -> Worklist:
    """Return the list of an assessment that the filter in ``data`` describes."""
    return Worklist(
        assessment_id=assessment_id,
        filter=AnswerFilter(data, organisation=request.organisation, user=request.user),
        address=reverse(
            "assessments:assessment-work", args=[request.organisation.slug, assessment_id]
        ),
    )


def is_in_pane(request: PortalRequest) -> bool:
    """Tell whether the workspace asks, for its pane only."""
    return bool(request.htmx.target == PANE)


def worklist_of(request: PortalRequest, answer: Answer) -> Worklist | None:
    """Return the list that the person is working through, if they are in the workspace.

    The pane is asked for from the workspace's address, which htmx names; without scripts the
    form carries the filter.
    """
    if is_in_pane(request):
        query = urlsplit(request.htmx.current_url or "").query
    elif "work" in request.POST:
        query = request.POST["work"]
    else:
        return None
    return worklist(request, answer.assessment_id, query_dict(query))


def say_where(response: HttpResponse, request: PortalRequest, work: Worklist, pk: UUID) -> None:
    """Let the browser show the address of what the pane shows; the way back stays short."""
    address = work.link(pk)
    shown = urlsplit(request.htmx.current_url or "").query
    is_same = query_dict(shown).get("open") == str(pk)
    (replace_url if is_same else push_url)(response, address)


def query_dict(query: str) -> QueryDict:
    """Return the parameters of a query string; none when there are absurdly many."""
    return QueryDict(query) if query.count("&") < 50 else QueryDict()  # noqa: PLR2004


def outline_of(assessment: Assessment) -> tuple[PhaseLine, ...]:
    """Return phases and sections with their progress, counted in one query."""
    language = "en" if get_language() == "en" else "fr"
    title = f"recommendation__section__title_{language}"
    applies = Q(is_applicable=True)
    counted = (
        Answer.objects.filter(assessment=assessment)
        .values_list("phase", "recommendation__section__key", title)
        .annotate(
            applicable=Count("pk", filter=applies),
            assessed=Count("pk", filter=applies & ~Q(verdict=Verdict.NOT_ASSESSED)),
        )
        .order_by("recommendation__section__position")
    )
    return outline(SectionCount(*row) for row in counted)
