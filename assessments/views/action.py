"""Actions: the list, one of them with its history, and its steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import ListView

from ansm_portal.accounts.models import User
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.reading import read
from ansm_portal.errors import PortalError
from ansm_portal.forms import PortalForm
from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Permission, granted, requires
from ansm_portal.views import PortalView
from assessments.enums import ActionState
from assessments.forms_action import ActionFilter, ActionForm, CancelForm, CheckForm, FinishForm
from assessments.models import Action, Answer, Remark
from assessments.services import action as services
from assessments.services.team import team_of
from devices.models import Device

WITH_ROWS = Action.objects.select_related(
    "organisation",
    "device",
    "owner",
    "answer__assessment__version",
    "remark__raised_by",
    "created_by",
    "done_by",
    "checked_by",
)
FORMS: dict[str, type[PortalForm]] = {
    "finish": FinishForm,
    "check": CheckForm,
    "cancel": CancelForm,
}


class ActionList(PortalView, ListView[Action]):
    """What is planned in the organisation; what is late comes first."""

    access = Permission.ASSESSMENT_VIEW
    fragment = "actions"
    template_name = "assessments/action_list.html"
    context_object_name = "actions"
    paginate_by = 50

    def get_queryset(self) -> Any:
        self.today = timezone.localdate()
        organisation = self.request.organisation
        self.filter = ActionFilter(
            self.request.GET,
            people=list(team_of(organisation.pk, on=self.today)),
            devices=Device.objects.order_by("name").values_list("pk", "name"),
            user=self.request.user,
            day=self.today,
        )
        actions = Action.objects.select_related("owner", "device", "answer")
        return self.filter.apply(actions, sort=self.request.GET.get("sort", ""))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(filter=self.filter, today=self.today, **kwargs)
        context["rows"] = [
            (action, action.is_overdue(self.today)) for action in context["page_obj"].object_list
        ]
        return context


@requires(Permission.ASSESSMENT_VIEW)
@require_GET
def detail(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Show an action, its history, and what can be done with it."""
    return _page(request, get_object_or_404(WITH_ROWS, pk=pk))


def listed(actions: QuerySet[Action], *, on: dt.date) -> list[tuple[Action, bool]]:
    """Return ``actions`` as ``_actions.html`` shows them: each with whether it is late."""
    rows = actions.select_related("owner").order_by("number")
    return [(action, action.is_overdue(on)) for action in rows]


def _page(
    request: PortalRequest, action: Action, *, status: int = 200, refusal: str = "", **forms: Any
) -> HttpResponse:
    events = (
        AuditEvent.objects.filter(
            organisation=request.organisation, target=f"{Action._meta.label_lower}:{action.pk}"
        )
        .select_related("actor")
        .order_by("-sequence")
    )
    team = list(team_of(request.organisation.pk, on=timezone.localdate()))
    people = {str(person.pk): str(person) for person in team}
    people.setdefault(str(action.owner_id), str(action.owner))
    context = {
        "action": action,
        "late": action.is_overdue(timezone.localdate()),
        "events": read(events, organisation=request.organisation, people=people),
        "form": _form(action, team),
        **{f"{step}_form": made(auto_id=f"{step}_%s") for step, made in FORMS.items()},
        "may_change": action.state == ActionState.OPEN
        and granted(Permission.ACTION_EDIT, request.roles),
        "may_check": action.state == ActionState.DONE
        and granted(Permission.ACTION_CHECK, request.roles)
        and action.done_by_id != request.user.pk,
        "refusal": refusal,
        **forms,
    }
    return render(request, "assessments/action_detail.html", context, status=status)


def _form(action: Action, team: list[User], data: Any = None) -> ActionForm:
    """Return the form with what ``action`` says; its owner stays a choice, whoever left."""
    people = team if action.owner in team else [*team, action.owner]
    initial = {
        "title": action.title,
        "description": action.description,
        "owner": action.owner_id,
        "due_on": action.due_on,
        "revision": action.revision,
    }
    return ActionForm(data, initial=initial, people=people, free=False)


@requires(Permission.ACTION_EDIT)
def add(request: PortalRequest) -> HttpResponse:
    """Plan an action that is about no answer."""
    return _add(request)


@requires(Permission.ACTION_EDIT)
def add_to_answer(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Plan an action about an answer."""
    answers = Answer.objects.select_related("recommendation", "assessment__version__device")
    return _add(request, answer=get_object_or_404(answers, pk=pk))


@requires(Permission.ACTION_EDIT)
def add_to_remark(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Plan an action that follows from a remark."""
    remarks = Remark.objects.select_related(
        "answer__recommendation", "answer__assessment__version__device"
    )
    remark = get_object_or_404(remarks, pk=pk)
    return _add(request, answer=remark.answer, remark=remark)


def _add(
    request: PortalRequest, *, answer: Answer | None = None, remark: Remark | None = None
) -> HttpResponse:
    form = ActionForm(
        request.POST if request.method == "POST" else None,
        people=team_of(request.organisation.pk, on=timezone.localdate()),
        free=answer is None,
        initial={"owner": answer.owner_id if answer else None},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            data.pop("revision")
            try:
                action = services.plan(
                    organisation=request.organisation,
                    answer=answer,
                    remark=remark,
                    actor=request.user,
                    **data,
                )
            except PortalError as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, _("%(label)s is planned.") % {"label": action.label})
                return redirect(action)
    context = {"form": form, "answer": answer, "remark": remark}
    return render(request, "assessments/action_form.html", context, status=status)


@requires(Permission.ACTION_EDIT)
@require_POST
def change(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Plan an open action otherwise; over a later change both are shown."""
    action = get_object_or_404(WITH_ROWS, pk=pk)
    form = _form(
        action, list(team_of(request.organisation.pk, on=timezone.localdate())), request.POST
    )
    form.fields["revision"].required = True
    if not form.is_valid():
        return _page(request, action, status=422, form=form)
    try:
        services.change(pk, actor=request.user, **form.cleaned_data)
    except services.ActionMoved as moved:
        data = request.POST.copy()
        data["revision"] = str(moved.theirs.revision)
        form.data = data
        return _page(request, action, status=409, form=form, moved=moved)
    except PortalError as refusal:
        return _page(request, action, status=409, form=form, refusal=str(refusal))
    messages.success(request, _("%(label)s is saved.") % {"label": action.label})
    return redirect(action)


def _check(pk: UUID, *, actor: User, result: str, note: str, due_on: Any) -> Action:
    if result == "effective":
        return services.confirm_effective(pk, note=note, actor=actor)
    return services.reopen(pk, note=note, due_on=due_on, actor=actor)


def _step(
    name: str, permission: Permission, act: Callable[..., Any], done: Callable[[], str]
) -> Callable[..., HttpResponse]:
    """Make a view of one step; what was typed stays when it is refused."""

    @requires(permission)
    @require_POST
    def view(request: PortalRequest, pk: UUID) -> HttpResponse:
        action = get_object_or_404(WITH_ROWS, pk=pk)
        form = FORMS[name](request.POST, auto_id=f"{name}_%s")
        shown: dict[str, Any] = {f"{name}_form": form}
        if not form.is_valid():
            return _page(request, action, status=422, **shown)
        try:
            act(pk, actor=request.user, **form.cleaned_data)
        except PortalError as refusal:
            return _page(request, action, status=409, refusal=str(refusal), **shown)
        messages.success(request, done())
        return redirect(action)

    return view


finish = _step("finish", Permission.ACTION_EDIT, services.finish, lambda: _("The action is done."))
check = _step("check", Permission.ACTION_CHECK, _check, lambda: _("The check is recorded."))
cancel = _step(
    "cancel", Permission.ACTION_EDIT, services.cancel, lambda: _("The action is cancelled.")
)
