"""Submitting, returning, accepting and signing a phase."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, requires
from ansm_portal.views import PortalView
from assessments.forms import CommentForm, SignForm
from assessments.models import Answer, PhaseReview
from assessments.services import review as services
from assessments.services.nonconformities import Finding, findings_of
from assessments.services.open_remarks import OpenRemarks, open_remarks, sentence_on

WITH_SUBJECT = PhaseReview.objects.select_related(
    "assessment__device", "assessment__version", "assessment__catalogue", "organisation"
)


def _phase_page(request: PortalRequest, review: PhaseReview) -> HttpResponse:
    return redirect(
        "assessments:assessment-phase",
        request.organisation.slug,
        review.assessment_id,
        review.phase,
    )


def _refused(request: PortalRequest, review: PhaseReview, sentence: str) -> HttpResponse:
    context = {"review": review, "sentence": sentence, "comment_form": CommentForm()}
    return render(request, "assessments/phase_refused.html", context, status=409)


class SubmitPhase(PortalView, DetailView[PhaseReview]):
    """List what is missing, or submit."""

    access = Permission.ASSESSMENT_EDIT
    template_name = "assessments/phase_submit.html"
    context_object_name = "review"
    queryset = WITH_SUBJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            missing=services.missing(self.object), found=self._found(), **kwargs
        )

    def _found(self) -> list[Finding]:
        """Return the typical non-conformities that answers of this phase are about."""
        of_phase = set(
            Answer.objects.of_phase(self.object.assessment, self.object.phase).values_list(
                "pk", flat=True
            )
        )
        findings = findings_of(self.object.assessment, on=timezone.localdate())
        return [
            each
            for each in findings
            if each.is_found and not of_phase.isdisjoint(pk for _code, pk in each.answers)
        ]

    def post(self, request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        try:
            services.submit(self.object.pk, actor=request.user)
        except PortalError as refusal:
            context = self.get_context_data(refusal=str(refusal))
            response = self.render_to_response(context)
            response.status_code = 409
            return response
        messages.success(request, _("The phase is submitted to the reviewers."))
        return _phase_page(request, self.object)


@requires(Permission.ASSESSMENT_EDIT)
@require_POST
def withdraw_phase(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Take a submission back."""
    review = get_object_or_404(WITH_SUBJECT, pk=pk)
    try:
        services.withdraw(pk, actor=request.user)
    except PortalError as refusal:
        return _refused(request, review, str(refusal))
    messages.success(request, _("The submission was taken back: answers can be changed."))
    return _phase_page(request, review)


@requires(Permission.ASSESSMENT_REVIEW)
@require_POST
def accept_whole(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Accept a phase; say which non-conformities stand in the way of a signature."""
    review = get_object_or_404(WITH_SUBJECT, pk=pk)
    try:
        services.accept_phase(pk, actor=request.user)
    except PortalError as refusal:
        return _refused(request, review, str(refusal))
    messages.success(request, _("The phase is accepted."))
    if remarks := open_remarks(review):
        still = _("They are closed before the phase is signed, or a reason is given.")
        messages.warning(request, f"{sentence_on(remarks)} {still}")
    return _phase_page(request, review)


@requires(Permission.ASSESSMENT_REVIEW)
@require_POST
def return_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Return a phase with a comment."""
    review = get_object_or_404(WITH_SUBJECT, pk=pk)
    form = CommentForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            services.return_phase(pk, comment=form.cleaned_data["comment"], actor=request.user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("The phase was returned to its authors."))
            return _phase_page(request, review)
    context = {"review": review, "comment_form": form}
    return render(request, "assessments/phase_refused.html", context, status=status)


@requires(Permission.ASSESSMENT_REVIEW)
@require_POST
def accept_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Accept one answer."""
    answer = get_object_or_404(Answer.objects.select_related("organisation"), pk=pk)
    try:
        services.accept_answer(pk, actor=request.user)
    except PortalError as refusal:
        review = WITH_SUBJECT.get(assessment_id=answer.assessment_id, phase=answer.phase)
        return _refused(request, review, str(refusal))
    messages.success(request, _("%(code)s is accepted.") % {"code": answer.code})
    return redirect(answer)


class SignPhase(PortalView, DetailView[PhaseReview]):
    """Show what is signed, with its digest; sign it."""

    access = Permission.ASSESSMENT_SIGN
    template_name = "assessments/phase_sign.html"
    context_object_name = "review"
    queryset = WITH_SUBJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        content = services.content_of(self.object)
        kwargs.setdefault("form", SignForm(initial={"sha256": content.sha256}))
        answers = Answer.objects.of_phase(self.object.assessment, self.object.phase)
        return super().get_context_data(
            content=content,
            answers=answers.applicable().select_related("recommendation", "accepted_by"),
            signable="sign" in {step.value for step in services.steps(self.object)},
            **kwargs,
        )

    def post(self, request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        form = SignForm(request.POST)
        if not form.is_valid():
            return self._again(form, status=422)
        # Guessing the password here is limited as it is at the sign-in.
        if not ratelimit.consume(request, action="reauthenticate", user=request.user):
            form.add_error(None, _("Too many attempts. Wait a minute, then try again."))
            return self._again(form, status=429)
        try:
            services.sign(
                self.object.pk,
                actor=request.user,
                password=form.cleaned_data["password"],
                role=form.cleaned_data["role"],
                meaning=form.meaning_text,
                sha256=form.cleaned_data["sha256"],
                open_remarks_reason=form.cleaned_data["open_remarks_reason"],
            )
        except services.WrongPassword as refusal:
            form.add_error("password", str(refusal))
            return self._again(form, status=422)
        except OpenRemarks as refusal:
            form.add_error("open_remarks_reason", str(refusal))
            return self._again(form, status=409)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            return self._again(form, status=409)
        messages.success(request, _("The phase is signed."))
        return _phase_page(request, self.object)

    def _again(self, form: SignForm, *, status: int) -> HttpResponse:
        """Show the page with what was typed and the digest of what is there now."""
        data = self.request.POST.copy()
        data["sha256"] = services.content_of(self.object).sha256
        form.data = data
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = status
        return response
