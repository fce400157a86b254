"""Answers of the whole organisation, narrowed by what the address says: one's own, to start."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.views.generic import ListView

from ansm_portal.permissions import Permission, granted
from ansm_portal.views import PortalView
from assessments.answer_filters import GAP, AnswerFilter
from assessments.answerlines import Line, rows
from assessments.forms_bulk import MOST_AT_ONCE
from assessments.models import Answer, SavedFilter
from assessments.models.assessment import NOTHING_TO_DO

MOST_COUNTED: Final = 1000
BY_TURN: Final = ("turn", "assessment_id", "position")
OWN: Final = {"owner": "me", "current": "1"}  # what is shown when nothing is asked for
ALWAYS_SEEN: Final = ("owner", "verdict", "state", "device")
COUNTED: Final = {
    "gaps": ("verdict", GAP),
    "overdue": ("overdue", "1"),
    "without_evidence": ("without_evidence", "1"),
    "to_confirm": ("to_confirm", "1"),
}


class AnswerList(PortalView, ListView[Answer]):
    """Answers that match, what is overdue first, then by due day."""

    access = Permission.ASSESSMENT_VIEW
    fragment = "answers"
    template_name = "assessments/answer_list.html"
    context_object_name = "answers"
    paginate_by = 50

    @cached_property
    def filter(self) -> AnswerFilter:
        asked = self.request.GET
        return AnswerFilter(
            OWN if AnswerFilter.base_fields.keys().isdisjoint(asked) else asked,
            organisation=self.request.organisation,
            user=self.request.user,
        )

    @cached_property
    def matching(self) -> QuerySet[Answer]:
        return self.filter.apply(Answer.objects.all())

    @cached_property
    def most(self) -> int:
        """How many are counted: always enough to know of a next page."""
        page = self.request.GET.get(self.page_kwarg, "")
        number = int(page) if page.isdecimal() and len(page) < 6 else 1  # noqa: PLR2004 -- digits
        return max(MOST_COUNTED, number * self.paginate_by)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many match, and how many of them ask for something; not more than are counted."""
        counted = self.matching.values(
            "pk", "turn", "evidence_count", "to_confirm", "assessment_id"
        )
        return counted[: self.most + 1].aggregate(
            total=Count("pk"),
            gaps=Count("pk", filter=Q(turn__lt=NOTHING_TO_DO)),
            overdue=Count("pk", filter=Q(turn__lt=self.filter.on)),
            without_evidence=Count("pk", filter=Q(evidence_count=0)),
            to_confirm=Count("pk", filter=Q(to_confirm=True)),
            assessments=Count("assessment_id", distinct=True),
        )

    def get_queryset(self) -> QuerySet[Any]:
        """Return the keys in the order of the list: nothing is joined that could lead astray."""
        return self.matching.order_by(*BY_TURN).values("pk")

    def get_paginator(self, *args: Any, **kwargs: Any) -> Paginator[Any]:
        paginator = super().get_paginator(*args, **kwargs)
        paginator.count = self.counts["total"]  # counted with the rest, in one query
        return paginator

    def _lines(self, keys: QuerySet[Any]) -> list[Line]:
        language = "en" if get_language() == "en" else "fr"
        values = [
            "pk",
            "assessment_id",
            "code",
            f"recommendation__title_{language}",
            "is_applicable",
            "device__name",
            "assessment__version__label",
            "verdict",
            "evidence_count",
            "owner__first_name",
            "owner__last_name",
            "owner__email",
            "due_on",
            "is_gap",
            "state",
            "to_confirm",
        ]
        if self.filter.asked:
            values.append("justification")
        shown = Answer.objects.filter(pk__in=keys).order_by(*BY_TURN)
        return [Line(*line) for line in shown.values_list(*values)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.filter.query()
        context = super().get_context_data(
            filter=self.filter,
            fields=[self.filter[name] for name in ALWAYS_SEEN],
            more=[field for field in self.filter if field.name not in {"q", *ALWAYS_SEEN}],
            chips=[(text, self._address(without=name)) for name, text in self.filter.chips()],
            query=query,
            saved=SavedFilter.objects.filter(Q(owner=self.request.user) | Q(is_shared=True))
            .select_related("owner")
            .order_by(Lower("name"), "pk"),
            own_query=urlencode(OWN),
            counts=self.counts,
            is_more=self.counts["total"] > self.most,
            most=self.most,
            narrower={
                name: self._address(without=field, add=(field, value))
                for name, (field, value) in COUNTED.items()
            },
            most_at_once=MOST_AT_ONCE,
            today=self.filter.on,
            **kwargs,
        )
        context["lines"] = lines = self._lines(context["answers"])
        slug = self.request.organisation.slug
        context["rows"] = rows(
            lines,
            address=reverse("assessments:answer-edit", args=[slug, UUID(int=0)]),
            query=query,
            today=self.filter.on,
            can_tick=granted(Permission.ASSESSMENT_EDIT, self.request.roles),
            asked=self.filter.asked,
        )
        return context

    def _address(self, *, without: str, add: tuple[str, str] = ("q", "")) -> str:
        """Return the address of this list without one of the filters, or with it set so."""
        parts = [self.filter.query(without=without), urlencode([add])]
        return "?" + "&".join(part for part in parts if part)
