"""The filter of answers, read from the address; what cannot be read is said and left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.forms import PortalForm, chip
from assessments import finding
from assessments.editions import Entry, entries_in_use
from assessments.enums import AnswerState, Criterion, Stakeholder, Verdict
from assessments.models import Answer, Assessment, Remark
from assessments.models.assessment import NOTHING_TO_DO
from assessments.search import Asked, asked_for
from assessments.services.people import members_of
from devices.enums import LifecyclePhase
from devices.models import Device

ANY: Final = ("", _("any"))
GAP: Final = "gap"  # not a verdict: every verdict that leaves something to do
LISTS: Final = {"criterion": "criteria", "stakeholder": "stakeholders"}


class AnswerFilter(PortalForm):
    """Which answers: every field narrows what the others leave.

    What a recommendation says (its section, criteria, stakeholders, words) is looked up among
    those of the editions in use; answers are then found by its key. What hangs on an answer is
    asked by a subquery: no join, so no row comes twice, and none leads away from the order in
    which answers are listed.
    """

    SIMPLE: Final[dict[str, Callable[[Any], Q]]] = {
        "phase": lambda value: Q(phase=value),
        "verdict": lambda value: Q(turn__lt=NOTHING_TO_DO) if value == GAP else Q(verdict=value),
        "state": lambda value: Q(state=value),
        "device": lambda value: Q(device=value),
        "without_evidence": lambda _value: Q(evidence_count=0),
        "to_confirm": lambda _value: Q(to_confirm=True),
    }

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    phase = forms.ChoiceField(
        label=_("Phase"), choices=[ANY, *LifecyclePhase.choices], required=False
    )
    section = forms.ChoiceField(label=_("Section"), required=False)
    criterion = forms.ChoiceField(
        label=_("Criterion"), choices=[ANY, *Criterion.choices], required=False
    )
    stakeholder = forms.ChoiceField(
        label=_("Stakeholder"), choices=[ANY, *Stakeholder.choices], required=False
    )
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=[ANY, (GAP, _("any that leaves something to do")), *Verdict.choices],
        required=False,
    )
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *AnswerState.choices], required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    device = forms.ChoiceField(label=_("Device"), required=False)
    overdue = forms.BooleanField(label=_("Overdue"), required=False)
    without_evidence = forms.BooleanField(label=_("Without evidence"), required=False)
    open_remarks = forms.BooleanField(label=_("With open remarks"), required=False)
    to_confirm = forms.BooleanField(label=_("To be confirmed"), required=False)
    current = forms.BooleanField(label=_("Current assessments only"), required=False)
    excluded = forms.BooleanField(label=_("With those that do not apply"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        organisation: Organisation,
        user: User,
        on: dt.date | None = None,
    ) -> None:
        super().__init__(data)
        self.organisation, self.user = organisation, user
        self.on = on or timezone.localdate()
        self._set_choices("section", lambda: [ANY, *self._sections.items()])
        self._set_choices(
            "owner", lambda: [ANY, ("me", _("me")), ("nobody", _("nobody")), *self.people]
        )
        self._set_choices("device", lambda: [ANY, *self.devices])

    def _set_choices(self, name: str, choices: Callable[[], list[Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Who may own an answer: key and name."""
        members = members_of(self.organisation.pk)
        return [(str(member.pk), str(member)) for member in members]

    @cached_property
    def devices(self) -> list[tuple[str, str]]:
        """The devices of the organisation: key and name. Values, for there may be hundreds."""
        devices = Device.objects.filter(organisation=self.organisation).order_by("name", "pk")
        return [(str(pk), name) for pk, name in devices.values_list("pk", "name")]

    @cached_property
    def entries(self) -> list[Entry]:
        """Recommendations of the editions that the organisation uses, in their order."""
        return entries_in_use(self.organisation)

    @cached_property
    def _sections(self) -> dict[str, str]:
        language = get_language() or ""
        return {
            entry.section: f"{entry.section} {entry.section_title(language)}"
            for entry in self.entries
        }

    def apply(self, answers: QuerySet[Answer]) -> QuerySet[Answer]:
        """Return the answers that match what could be read; the rest is in ``errors``."""
        self.is_valid()
        answers = answers.filter(organisation=self.organisation)
        for condition in self._conditions():
            answers = answers.filter(condition)
        return answers

    def _conditions(self) -> list[Q | Exists]:
        chosen = self._chosen
        conditions: list[Q | Exists] = [
            self.SIMPLE[name](value) for name, value in chosen.items() if name in self.SIMPLE
        ]
        if "excluded" not in chosen:
            conditions.append(Q(is_applicable=True))
        if "owner" in chosen:
            conditions.append(self._owned_by(chosen["owner"]))
        if "overdue" in chosen:
            conditions.append(Q(turn__lt=self.on))
        if not chosen.keys().isdisjoint({"section", *LISTS}):
            conditions.append(Q(recommendation__in=self._recommended(chosen)))
        if "current" in chosen:
            conditions.append(
                Exists(
                    Assessment.objects.filter(
                        organisation_id=OuterRef("organisation_id"),
                        pk=OuterRef("assessment_id"),
                        is_current=True,
                    )
                )
            )
        if "open_remarks" in chosen:
            # Few answers have one: they are gathered first.
            open_ones = Remark.objects.filter(organisation=self.organisation, closed_at=None)
            conditions.append(Q(pk__in=open_ones.values("answer")))
        if "q" in chosen:
            conditions += finding.conditions(
                self.asked, organisation=self.organisation, entries=self.entries
            )
        return conditions

    def _owned_by(self, owner: str) -> Q:
        return Q(owner=None) if owner == "nobody" else Q(owner=self._owner_key(owner))

    def _owner_key(self, owner: str) -> UUID:
        return self.user.pk if owner == "me" else UUID(owner)

    def _recommended(self, chosen: Mapping[str, Any]) -> list[UUID]:
        """Return the keys of the recommendations of that section, criterion and stakeholder."""
        return [
            entry.pk
            for entry in self.entries
            if chosen.get("section", entry.section) == entry.section
            and all(
                chosen[name] in getattr(entry, lists)
                for name, lists in LISTS.items()
                if name in chosen
            )
        ]

    @property
    def asked(self) -> list[Asked]:
        """The words that are searched for."""
        return asked_for(self._chosen.get("q", ""))

    @property
    def _chosen(self) -> dict[str, Any]:
        """What is set and could be read."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chips(self) -> list[tuple[str, str]]:
        """List name and text of the filters that are set."""
        shown = []
        for name, value in self._chosen.items():
            field = self.fields[name]
            if isinstance(field, forms.BooleanField):
                shown.append((name, str(field.label)))
            else:
                choices = dict(getattr(field, "choices", []))
                shown.append((name, chip(field.label, choices.get(value, value))))
        return shown

    def query(self, *, without: str = "") -> str:
        """Return what is set as in an address, in one order; ``without`` one of the fields."""
        return urlencode(
            {
                name: "1" if value is True else value
                for name, value in self._chosen.items()
                if name != without
            }
        )
