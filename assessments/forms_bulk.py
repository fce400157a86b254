"""Input of a change of many answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ansm_portal.accounts.models import Organisation
from ansm_portal.forms import DayInput, PortalForm
from assessments.bulk import Wish
from assessments.enums import AnswerState, BulkKind, Verdict
from assessments.filters import EvidenceFilter
from assessments.forms import REASON_MAX_LENGTH, members
from assessments.models import Answer, Evidence
from assessments.models.assessment import JUSTIFICATION_MAX_LENGTH
from assessments.services.bulk import Expected, Order, Reference
from assessments.services.evidence import Document

MOST_AT_ONCE: Final = 1000
MOST_FOUND: Final = 12
SUBMIT: Final = "submit"
NOBODY: Final = "nobody"


class SelectionField(forms.CharField):
    """Answers as they were seen: ``key:revision:state``, with a space between."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        found: dict[UUID, Expected] = {}
        for word in (super().to_python(value) or "").split():
            try:
                key, revision, state = word.split(":")
                found[UUID(key)] = Expected(int(revision), AnswerState(state).value)
            except ValueError as error:
                raise forms.ValidationError(_("Choose the answers again.")) from error
        if len(found) > MOST_AT_ONCE:
            raise forms.ValidationError(too_many())
        return found

    def validate(self, value: Any) -> None:
        if not value:
            raise forms.ValidationError(_("Choose at least one answer."))

    def run_validators(self, value: Any) -> None:
        """Nothing more: what was read is no text any longer."""


def too_many() -> str:
    """Say how many answers can be changed at once."""
    return _("At most %(most)s answers at once. Narrow the filter, then choose again.") % {
        "most": MOST_AT_ONCE
    }


def selection(answers: Iterable[Answer]) -> str:
    """Return answers as :class:`SelectionField` reads them."""
    return " ".join(f"{answer.pk}:{answer.revision}:{answer.state}" for answer in answers)


class BulkForm(PortalForm):
    """What is to be done to the answers that were chosen."""

    answers = SelectionField(label=gettext_lazy("Answers"))
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    do = forms.ChoiceField(
        label=gettext_lazy("What is to be done"),
        choices=[
            (BulkKind.ASSIGN.value, gettext_lazy("Set the owner or the due day")),
            (BulkKind.VERDICT.value, gettext_lazy("Set a verdict with a justification")),
            (BulkKind.EVIDENCE.value, gettext_lazy("Cite a piece of evidence")),
            (BulkKind.EXCLUDE.value, gettext_lazy("Mark as not applicable")),
            (SUBMIT, gettext_lazy("Submit the phases they are in")),
        ],
        widget=forms.RadioSelect,
        initial=BulkKind.ASSIGN.value,
    )
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    due_on = forms.DateField(label=gettext_lazy("Due day"), required=False, widget=DayInput)
    clear_due = forms.BooleanField(label=gettext_lazy("Remove the due day"), required=False)
    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"),
        choices=[choice for choice in Verdict.choices if choice[0] != Verdict.NOT_ASSESSED],
        widget=forms.RadioSelect,
        required=False,
    )
    justification = forms.CharField(
        label=gettext_lazy("Justification, the same for all"),
        required=False,
        max_length=JUSTIFICATION_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Markdown. Left empty, justifications stay as they are."),
    )
    exclusion = forms.CharField(
        label=gettext_lazy("Why they are not applicable"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    how = forms.ChoiceField(
        label=gettext_lazy("Where there is a justification already"),
        choices=[
            ("append", gettext_lazy("Put the text below it; what is there stays")),
            ("replace", gettext_lazy("Replace it: what is there is no longer shown")),
        ],
        widget=forms.RadioSelect,
        initial="append",
        required=False,
    )
    everywhere = forms.BooleanField(
        label=gettext_lazy("Also change answers that have a verdict already"), required=False
    )
    evidence = forms.ModelChoiceField(
        label=gettext_lazy("Evidence of the register"),
        queryset=Evidence.objects.standing(),
        required=False,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("Search the register"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Number, title, reference, file name or SHA-256."),
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference of a document that is not in the register"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("In your quality system. It enters the register."),
    )
    title = forms.CharField(
        label=gettext_lazy("Title of that document"), required=False, max_length=200
    )
    reason = forms.CharField(
        label=gettext_lazy("Why accepted answers change"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        help_text=gettext_lazy(
            "Left empty, accepted answers stay. With a reason they go back to review, and "
            "signatures on their phases become void."
        ),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: list[Evidence] = []
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", pgettext_lazy("owner in a bulk change", "leave as it is")),
            (NOBODY, gettext_lazy("nobody")),
            *((str(person.pk), str(person)) for person in members(organisation)),
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        check = {
            BulkKind.ASSIGN.value: self._check_assignment,
            BulkKind.VERDICT.value: self._check_verdict,
            BulkKind.EVIDENCE.value: self._check_evidence,
            BulkKind.EXCLUDE.value: self._check_exclusion,
        }.get(data.get("do", ""))
        if check is not None:
            check(data)
        return data

    def _check_assignment(self, data: dict[str, Any]) -> None:
        if data.get("due_on") and data.get("clear_due"):
            self.add_error("clear_due", _("Set a due day, or remove it: not both."))
        given = {"owner", "due_on", "clear_due"}
        if not any(data.get(name) for name in given) and given.isdisjoint(self.errors):
            self.add_error("owner", _("Choose an owner, a due day or both."))

    def _check_verdict(self, data: dict[str, Any]) -> None:
        if not data.get("verdict") and "verdict" not in self.errors:
            self.add_error("verdict", _("Choose a verdict."))

    def _check_exclusion(self, data: dict[str, Any]) -> None:
        if not data.get("exclusion") and "exclusion" not in self.errors:
            self.add_error("exclusion", _("Say why they are not applicable."))

    def _check_evidence(self, data: dict[str, Any]) -> None:
        if data.get("evidence") or not {"evidence", "words", "reference"}.isdisjoint(self.errors):
            return
        if data.get("reference"):
            if not data.get("title") and "title" not in self.errors:
                self.add_error("title", _("Give it a title."))
        elif data.get("words"):
            self._search(data)
        else:
            self.add_error("words", _("Choose a piece of evidence, or give a reference."))

    def _search(self, data: dict[str, Any]) -> None:
        """Take the piece that the words mean; of several, let the person choose."""
        found = Evidence.objects.standing()
        words = data["words"]
        number = words.upper().removeprefix("EV-")
        if number.isdecimal() and len(number) < MOST_FOUND:
            self.found = list(found.filter(number=int(number))[:1])
        if not self.found:
            self.found = list(EvidenceFilter({"q": words}).apply(found)[: MOST_FOUND + 1])
        if len(self.found) == 1:
            data["evidence"] = self.found[0]
        elif not self.found:
            self.add_error("words", _("No evidence of the register matches these words."))
        elif len(self.found) > MOST_FOUND:
            self.found = self.found[:MOST_FOUND]
            self.add_error("words", _("More than these match. Choose one, or add a word."))
        else:
            self.add_error("words", _("Several pieces match. Choose one."))

    @property
    def order(self) -> Order:
        """What is to be done, as the service takes it; not for a submission."""
        data = self.cleaned_data
        kind = BulkKind(data["do"])
        texts = {BulkKind.VERDICT: data["justification"], BulkKind.EXCLUDE: data["exclusion"]}
        evidence: Evidence | Reference | None = None
        if kind is BulkKind.EVIDENCE:
            evidence = data["evidence"] or Reference(
                data["reference"], Document(title=data["title"])
            )
        wish = Wish(
            values=dict(self._values(kind)),
            text=texts.get(kind, "").strip(),
            is_appended=data["how"] != "replace",
            is_everywhere=data["everywhere"],
            cites=evidence is not None,
            reason=data["reason"],
            text_max_length=JUSTIFICATION_MAX_LENGTH,
        )
        return Order(kind=kind, wish=wish, evidence=evidence)

    def _values(self, kind: BulkKind) -> Iterator[tuple[str, Any]]:
        data = self.cleaned_data
        if kind is BulkKind.VERDICT:
            yield "verdict", data["verdict"]
        elif kind is BulkKind.EXCLUDE:
            yield "verdict", Verdict.NOT_APPLICABLE.value
        elif kind is BulkKind.ASSIGN:
            if data["owner"]:
                yield "owner_id", None if data["owner"] == NOBODY else UUID(data["owner"])
            if data["due_on"] or data["clear_due"]:
                yield "due_on", data["due_on"]

    def carried(self, *, answers: str, token: UUID) -> list[tuple[str, str]]:
        """Return what the next page sends again: what was chosen, for these answers."""
        sent = {
            name: self.data.get(name, "")
            for name in self.fields
            if name not in {"answers", "token", "evidence", "words"}
        }
        if evidence := self.cleaned_data.get("evidence"):
            sent["evidence"] = str(evidence.pk)
        sent |= {"answers": answers, "token": str(token)}
        return [(name, value) for name, value in sent.items() if value]
