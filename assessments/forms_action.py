"""Input of actions, and the filter of their list."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.db.models import Case, DateField, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from ansm_portal.accounts.models import User
from ansm_portal.forms import DayInput, PortalForm, chip
from assessments.enums import ActionState
from assessments.forms import TEXT_MAX_LENGTH
from assessments.models import Action
from assessments.models.action import ActionQuerySet
from devices.models import Device

ANY: Final = ("", _("any"))
ME: Final = "me"


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PersonField(forms.ChoiceField):
    """One of the people the view knows already: showing them asks no database."""

    people: Mapping[str, User] = {}

    def offer(self, people: Iterable[User]) -> None:
        """Set who can be chosen."""
        self.people = {str(person.pk): person for person in people}
        self.choices = [("", "–"), *((key, str(one)) for key, one in self.people.items())]

    def clean(self, value: Any) -> Any:
        return self.people.get(super().clean(value))


class ActionForm(PortalForm):
    """What will be done, by whom, until when. ``revision`` is what was read."""

    title = forms.CharField(label=_("What will be done"), max_length=200)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=TEXT_MAX_LENGTH, widget=_text(4)
    )
    owner = PersonField(label=_("Owner"))
    due_on = forms.DateField(label=_("Due day"), widget=DayInput)
    device = forms.ModelChoiceField(
        label=_("Device"),
        queryset=Device.objects.order_by("name"),
        required=False,
        empty_label=_("none"),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)

    def __init__(self, *args: Any, people: Iterable[User], free: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].offer(people)  # type: ignore[attr-defined]
        if not free:
            del self.fields["device"]


class FinishForm(PortalForm):
    """What was done, and when to look whether it helped."""

    outcome = forms.CharField(label=_("What was done"), max_length=TEXT_MAX_LENGTH, widget=_text(3))
    check_on = forms.DateField(
        label=_("Day of the effectiveness check"),
        widget=DayInput,
        help_text=_("Late enough to see whether it helped."),
    )


class CheckForm(PortalForm):
    """Whether what was done helped."""

    result = forms.ChoiceField(
        label=_("Did it help?"),
        choices=[
            ("effective", _("Yes: the action is over.")),
            ("not_effective", _("No: it is open again.")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What the check found"), max_length=TEXT_MAX_LENGTH, widget=_text(3)
    )
    due_on = forms.DateField(
        label=_("New due day"),
        required=False,
        widget=DayInput,
        help_text=_("Needed when it is open again."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        needs_day = data.get("result") == "not_effective" and "due_on" not in self.errors
        if needs_day and not data.get("due_on"):
            self.add_error("due_on", _("Give the day until which it is done again."))
        return data


class CancelForm(PortalForm):
    """Why an action is given up."""

    reason = forms.CharField(
        label=_("Why it will not be done"), max_length=TEXT_MAX_LENGTH, widget=_text(3)
    )


class ActionFilter(PortalForm):
    """Owner, state, device, overdue, words; and the order."""

    STATES: Final = {
        "unfinished": Q(state__in=[ActionState.OPEN, ActionState.DONE]),
        **{state.value: Q(state=state) for state in ActionState},
    }
    SORTS: Final[dict[str, str]] = {
        "number": "number",
        "title": "title",
        "owner": "owner__last_name",
        "due": "deadline",
    }

    q = forms.CharField(label=_("Number or words"), max_length=100, required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[ANY, ("unfinished", _("not finished")), *ActionState.choices],
        required=False,
    )
    device = forms.ChoiceField(label=_("Device"), required=False)
    overdue = forms.BooleanField(label=_("Overdue"), required=False)

    def __init__(
        self,
        *args: Any,
        people: Sequence[User],
        devices: Iterable[tuple[Any, str]],
        user: User,
        day: dt.date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.day = user, day
        named = [(str(person.pk), str(person)) for person in people]
        kept = [(str(pk), name) for pk, name in devices]
        self.fields["owner"].choices = [ANY, (ME, _("me")), *named]  # type: ignore[attr-defined]
        self.fields["device"].choices = [ANY, *kept]  # type: ignore[attr-defined]

    def apply(self, actions: ActionQuerySet, *, sort: str) -> QuerySet[Action]:
        """Return the actions that match what could be read; overdue first unless sorted."""
        self.is_valid()
        chosen = self.cleaned_data
        for word in chosen.get("q", "").split():
            actions = actions.filter(_matching(word))
        if owner := chosen.get("owner"):
            actions = actions.filter(owner=self.user.pk if owner == ME else owner)
        if chosen.get("state"):
            actions = actions.filter(self.STATES[chosen["state"]])
        if chosen.get("device"):
            actions = actions.filter(device=chosen["device"])
        if chosen.get("overdue"):
            actions = actions.overdue(self.day)
        rows = actions.annotate(
            deadline=Case(
                When(state=ActionState.OPEN, then=F("due_on")),
                When(state=ActionState.DONE, then=F("check_on")),
                default=None,
                output_field=DateField(),
            ),
            over=Case(
                When(self.STATES["unfinished"], then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            ),
        )
        field = self.SORTS.get(sort.removeprefix("-"))
        if field is None:
            # What is late has the earliest days: it comes first, what is over last.
            return rows.order_by("over", F("deadline").asc(nulls_last=True), "-number")
        key = (
            F(field).desc(nulls_last=True)
            if sort.startswith("-")
            else F(field).asc(nulls_last=True)
        )
        return rows.order_by(key, "-number")

    def chips(self) -> list[tuple[str, str]]:
        """List name and text of the filters that are set."""
        shown = []
        for name, value in self.cleaned_data.items():
            field = self.fields[name]
            if value is True:
                shown.append((name, str(field.label)))
            elif value:
                choices = dict(getattr(field, "choices", []))
                shown.append((name, chip(field.label, choices.get(value, value))))
        return shown


def _matching(word: str) -> Q:
    """Return the condition that an action has ``word`` in a text, or as its number."""
    pattern = re.escape(word)  # as in DeviceQuerySet.matching
    found = Q(title__iregex=pattern) | Q(description__iregex=pattern)
    if number := re.fullmatch(r"(?:A-)?0*([1-9][0-9]{0,8})", word, re.IGNORECASE):
        found |= Q(number=int(number[1]))
    return found
