"""The list that a person works through: one filter of one assessment, and the way along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django_htmx.http import push_url, replace_url

from ansm_portal.http import PortalRequest
from assessments.answer_filters import AnswerFilter
from assessments.enums import Verdict
from assessments.models import Answer, Assessment
from assessments.outline import PhaseLine, SectionCount, outline
from assessments.worklines import Line, counts, said

PANE = "pane"


@dataclass(frozen=True)
class Worklist:
    """The answers of one assessment that match a filter, in the order of the edition.

    ``read`` says where those answers are, and their keys, where the page has read them already.
    """

    assessment_id: UUID
    filter: AnswerFilter
    address: str
    read: tuple[tuple[int, UUID], ...] | None = None

    @cached_property
    def answers(self) -> QuerySet[Answer]:
        """The answers of the list."""
        return self.filter.apply(Answer.objects.filter(assessment=self.assessment_id)).order_by(
            "position"
        )

    @cached_property
    def _places(self) -> Sequence[tuple[int, UUID]]:
        if self.read is not None:
            return self.read
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


def lines_of(answers: QuerySet[Answer]) -> list[Line]:
    """Return what the list says of each of ``answers``: values, for models take their time."""
    language = _language()
    return [
        Line(*values)
        for values in answers.values_list(
            "pk",
            "position",
            "code",
            "verdict",
            "state",
            "to_confirm",
            "evidence_count",
            "due_on",
            "owner__first_name",
            "owner__last_name",
            "owner__email",
            f"recommendation__title_{language}",
            "recommendation__section__key",
            f"recommendation__section__title_{language}",
        )
    ]


def _language() -> str:
    return "en" if get_language() == "en" else "fr"


def swaps(assessment: Assessment, *keys: UUID | None) -> SafeString:
    """Return what goes with the pane into the rest of the page: what may have changed there.

    ``keys`` are those of the answers whose lines are drawn again.
    """
    lines = lines_of(Answer.objects.filter(assessment=assessment, pk__in=[*filter(None, keys)]))
    return format_html(
        "{}{}",
        format_html_join("", "{}", ((said(line, swap=True),) for line in lines)),
        counts(outline_of(assessment)),
    )


def outline_of(assessment: Assessment) -> tuple[PhaseLine, ...]:
    """Return phases and sections with their progress, counted in one query."""
    title = f"recommendation__section__title_{_language()}"
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
