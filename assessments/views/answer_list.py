"""Answers of the whole organisation, narrowed by what the address says: one's own, to start."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.views.generic import ListView

from ansm_portal.permissions import Permission
from ansm_portal.views import PortalView
from assessments.answer_filters import GAP, AnswerFilter
from assessments.forms_bulk import MOST_AT_ONCE
from assessments.models import Answer, SavedFilter
from assessments.search import where

OWN: Final = {"owner": "me", "current": "1"}  # what is shown when nothing is asked for
ALWAYS_SEEN: Final = ("owner", "verdict", "state", "device")
TEXTS: Final = ["justification", "justification_html"]
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
    def counts(self) -> dict[str, int]:
        """How many match, and how many of them ask for something."""
        return self.matching.aggregate(
            total=Count("pk"),
            gaps=Count("pk", filter=Q(is_gap=True)),
            overdue=Count("pk", filter=Q(is_gap=True, due_on__lt=self.filter.on)),
            without_evidence=Count("pk", filter=Q(evidence_count=0)),
            to_confirm=Count("pk", filter=Q(to_confirm=True)),
            assessments=Count("assessment", distinct=True),
        )

    def get_queryset(self) -> QuerySet[Answer]:
        is_late = When(is_gap=True, due_on__lt=self.filter.on, then=Value(0))
        unread = ["justification_html"] if self.filter.asked else TEXTS
        return (
            self.matching.select_related("recommendation", "assessment__version", "device", "owner")
            .defer(*unread)
            .order_by(
                Case(is_late, default=Value(1), output_field=IntegerField()),
                F("due_on").asc(nulls_last=True),
                "assessment_id",
                "position",
            )
        )

    def get_paginator(self, *args: Any, **kwargs: Any) -> Paginator[Answer]:
        paginator = super().get_paginator(*args, **kwargs)
        paginator.count = self.counts["total"]  # counted with the rest, in one query
        return paginator

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
            narrower={
                name: self._address(without=field, add=(field, value))
                for name, (field, value) in COUNTED.items()
            },
            most_at_once=MOST_AT_ONCE,
            today=self.filter.on,
            **kwargs,
        )
        asked = self.filter.asked
        context["rows"] = [
            (answer, where(answer.justification, asked) if asked else None)
            for answer in context["answers"]
        ]
        return context

    def _address(self, *, without: str, add: tuple[str, str] = ("q", "")) -> str:
        """Return the address of this list without one of the filters, or with it set so."""
        parts = [self.filter.query(without=without), urlencode([add])]
        return "?" + "&".join(part for part in parts if part)
