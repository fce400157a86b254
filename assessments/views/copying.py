"""Copying an answer from elsewhere in the organisation."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.generic import DetailView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission
from ansm_portal.views import PortalView
from assessments import finding
from assessments.editions import entries_in_use
from assessments.forms_carrying import CopyForm, SearchForm
from assessments.models import Answer
from assessments.search import asked_for
from assessments.services.changes import ReasonNeeded
from assessments.services.copying import copy_answer
from assessments.views.answer import WITH_SUBJECT

MOST: Final = 50  # a longer list is not read: search instead


class CopyAnswer(PortalView, DetailView[Answer]):
    """Answers to the same recommendation, or those that say what is looked for; copy one."""

    access = Permission.ASSESSMENT_EDIT
    template_name = "assessments/answer_copy.html"
    context_object_name = "answer"
    queryset = WITH_SUBJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        search = SearchForm(self.request.GET)
        words = search.cleaned_data.get("q", "") if search.is_valid() else ""
        answered = Answer.objects.answered().select_related(
            "recommendation", "assessment__version", "assessment__device", "answered_by"
        )
        if words:
            found = answered.filter(*self._saying(words)).exclude(pk=self.object.pk)
        else:
            found = answered.to_the_same(self.object)
        rows = list(found.order_by("-assessment_id", "position")[: MOST + 1])
        kwargs.setdefault("form", CopyForm(initial={"revision": self.object.revision}))
        return super().get_context_data(
            rows=rows[:MOST], more=len(rows) > MOST, words=words, search=search, **kwargs
        )

    def _saying(self, words: str) -> list[Q]:
        organisation = self.request.organisation
        entries = entries_in_use(organisation)
        return finding.conditions(asked_for(words), organisation=organisation, entries=entries)

    def post(self, request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        form = CopyForm(request.POST)
        status = 422
        if form.is_valid():
            source: Answer = form.cleaned_data["source"]
            try:
                copy_answer(
                    self.object.pk,
                    source_id=source.pk,
                    revision=form.cleaned_data["revision"],
                    actor=request.user,
                    reason=form.cleaned_data["reason"],
                )
            except ReasonNeeded as refusal:
                form.add_error("reason", str(refusal))
            except PortalError as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(
                    request, _("The answer is copied. Read it: does it hold for this version?")
                )
                return redirect(self.object)
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = status
        return response
