"""Changes of many answers that were made: their list, what each did, undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, Role, granted, requires
from ansm_portal.views import PortalView
from assessments.models import Answer, BulkChange, BulkEntry, Evidence
from assessments.services.bulk import Planned
from assessments.services.bulk_undo import may_undo, undo
from assessments.views.bulk_rows import changed_rows

MOST_NAMED = 12


def say_left(request: PortalRequest, left: Sequence[Planned]) -> None:
    """Name the answers that were left alone, by reason."""
    by_reason: dict[str, list[str]] = {}
    for each in left:
        if each.refused is not None:
            by_reason.setdefault(str(each.refused.label), []).append(each.answer.code)
    for sentence, codes in by_reason.items():
        named = ", ".join(codes[:MOST_NAMED]) + (", …" if len(codes) > MOST_NAMED else "")
        total = ngettext(
            "%(number)s answer was left as it is (%(codes)s): %(reason)s",
            "%(number)s answers were left as they are (%(codes)s): %(reason)s",
            len(codes),
        )
        messages.warning(
            request, total % {"number": len(codes), "codes": named, "reason": sentence}
        )


class BulkList(PortalView, ListView[BulkChange]):
    """The changes of many answers that one made, newest first; for a manager, those of all."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/bulk_list.html"
    context_object_name = "changes"
    paginate_by = 25

    def get_queryset(self) -> QuerySet[BulkChange]:
        entries = (
            BulkEntry.objects.filter(change=OuterRef("pk"))
            .order_by()
            .values("change")
            .annotate(n=Count("pk"))
            .values("n")
        )
        changes = BulkChange.objects.defer("changes").select_related("made_by", "undone_by")
        if Role.MANAGER not in self.request.roles:
            changes = changes.filter(made_by=self.request.user)
        return changes.annotate(answers=Subquery(entries, output_field=IntegerField())).order_by(
            "-made_at"
        )


class BulkDetail(PortalView, DetailView[BulkChange]):
    """What one change did to each answer, and the button that undoes it."""

    access = Permission.ASSESSMENT_VIEW
    template_name = "assessments/bulk_detail.html"
    context_object_name = "change"
    queryset = BulkChange.objects.select_related("made_by", "undone_by", "organisation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change = self.object
        answers = {
            str(answer.pk): answer
            for answer in Answer.objects.filter(bulk_entries__change=change)
            .select_related("device", "assessment__version")
            .defer("justification", "justification_html")
        }
        cited = [
            one["fields"]["evidence"][1] for one in change.changes if "evidence" in one["fields"]
        ]
        evidence = Evidence.objects.filter(pk__in=cited[:1]).first()
        return super().get_context_data(
            rows=changed_rows(
                change.changes,
                answers,
                people=_owners(change),
                evidence=evidence.full_name if evidence else "",
            ),
            undoable=_may_undo(self.request, change),
            **kwargs,
        )


def _owners(change: BulkChange) -> dict[str, str]:
    pairs = [one["fields"].get("owner_id", ()) for one in change.changes]
    people = User.objects.filter(pk__in={key for pair in pairs for key in pair if key})
    return {str(person.pk): str(person) for person in people}


def _may_undo(request: PortalRequest, change: BulkChange) -> bool:
    manages = Role.MANAGER in request.roles
    writes = granted(Permission.ASSESSMENT_EDIT, request.roles)
    return (manages or writes) and may_undo(change, actor=request.user, manages=manages)


@requires(Permission.ASSESSMENT_VIEW)
@require_POST
def undo_one(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Put back what the answers of a bulk change said before it."""
    change = get_object_or_404(BulkDetail.queryset, pk=pk)
    if change.undone_at is None and not _may_undo(request, change):
        refusal = _("Whoever made this change undoes it, or a manager.")
        return _detail(request, change, refusal=refusal, status=403)
    try:
        undone = undo(pk, actor=request.user, manages=Role.MANAGER in request.roles)
    except PortalError as refused:
        return _detail(request, change, refusal=str(refused), status=409)
    messages.success(
        request, _("The change is undone: the answers say again what they said before.")
    )
    say_left(request, undone.left)
    return redirect("assessments:bulk-detail", request.organisation.slug, pk)


def _detail(
    request: PortalRequest, change: BulkChange, *, refusal: str, status: int
) -> HttpResponse:
    view = BulkDetail()
    view.setup(request, pk=change.pk)
    view.object = change
    response = view.render_to_response(view.get_context_data(refusal=refusal))
    response.status_code = status
    return response
