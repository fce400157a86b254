"""The journal in words: what happened, to which row, and what changed in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ansm_portal.accounts.models import Membership, Organisation
from ansm_portal.audit.catalogue_events import CATALOGUE_EVENTS
from ansm_portal.audit.models import AuditEvent
from ansm_portal.tenancy import OrganisationOwned

Row: TypeAlias = OrganisationOwned | Membership

EVENTS: Final[Mapping[str, Any]] = {
    **CATALOGUE_EVENTS,
    "device.register": pgettext_lazy("event", "Device registered"),
    "device.change": pgettext_lazy("event", "Device changed"),
    "version.register": pgettext_lazy("event", "Version registered"),
    "version.change": pgettext_lazy("event", "Version changed"),
    "version.change_profile": pgettext_lazy("event", "Profile changed"),
    "version.choose_platform": pgettext_lazy("event", "Platform of the version chosen"),
    "version.confirm_phase": pgettext_lazy("event", "Phase of the version confirmed"),
    "assessment.start": pgettext_lazy("event", "Assessment started"),
    "assessment.confirm": pgettext_lazy("event", "Carried answers confirmed"),
    "assessment.move": pgettext_lazy("event", "Moved to another edition"),
    "assessment.move_back": pgettext_lazy("event", "Move to another edition undone"),
    "assessment.leave_out": pgettext_lazy("event", "Choice of inferred recommendations changed"),
    "organisation.leave_out": pgettext_lazy("event", "Choice of inferred recommendations changed"),
    "answer.save": pgettext_lazy("event", "Answer written"),
    "answer.confirm": pgettext_lazy("event", "Carried answer confirmed"),
    "answer.copy": pgettext_lazy("event", "Answer copied"),
    "answer.override": pgettext_lazy("event", "Answered differently than the platform"),
    "answer.inherit": pgettext_lazy("event", "Answer of the platform taken over again"),
    "answer.include": pgettext_lazy("event", "Recommendation included all the same"),
    "answer.exclude": pgettext_lazy("event", "Recommendation left out again"),
    "answer.accept": pgettext_lazy("event", "Answer accepted"),
    "answer.cite": pgettext_lazy("event", "Evidence cited"),
    "answer.uncite": pgettext_lazy("event", "Evidence no longer cited"),
    "answers.bulk": pgettext_lazy("event", "Many answers changed at once"),
    "answers.undo": pgettext_lazy("event", "Change of many answers undone"),
    "evidence.add": pgettext_lazy("event", "Evidence added"),
    "evidence.supersede": pgettext_lazy("event", "Evidence superseded"),
    "evidence.expire": pgettext_lazy("event", "Evidence no longer valid"),
    "remark.raise": pgettext_lazy("event", "Remark raised"),
    "remark.reply": pgettext_lazy("event", "Remark replied to"),
    "remark.close": pgettext_lazy("event", "Remark closed"),
    "remark.reopen": pgettext_lazy("event", "Remark opened again"),
    "remark.change_kind": pgettext_lazy("event", "Kind of the remark changed"),
    "action.plan": pgettext_lazy("event", "Action planned"),
    "action.change": pgettext_lazy("event", "Action changed"),
    "action.finish": pgettext_lazy("event", "Action done"),
    "action.check": pgettext_lazy("event", "Action found effective"),
    "action.reopen": pgettext_lazy("event", "Action not effective, open again"),
    "action.cancel": pgettext_lazy("event", "Action cancelled"),
    "calendar.create": pgettext_lazy("event", "Calendar address made"),
    "calendar.revoke": pgettext_lazy("event", "Calendar address revoked"),
    "phase.submit": pgettext_lazy("event", "Phase submitted"),
    "phase.withdraw": pgettext_lazy("event", "Submission taken back"),
    "phase.return": pgettext_lazy("event", "Phase returned"),
    "phase.accept": pgettext_lazy("event", "Phase accepted"),
    "phase.sign": pgettext_lazy("event", "Phase signed"),
    "phase.reopen": pgettext_lazy("event", "Phase reopened"),
    "dossier.request": pgettext_lazy("event", "Dossier requested"),
    "dossier.issue": pgettext_lazy("event", "Dossier issued"),
    "dossier.fail": pgettext_lazy("event", "Dossier not issued"),
    "dossier.retry": pgettext_lazy("event", "Dossier tried again"),
    "dossier.cancel": pgettext_lazy("event", "Making of a dossier cancelled"),
    "dossier.recover": pgettext_lazy("event", "Dossier taken up again after its process died"),
    "dossier.batch": pgettext_lazy("event", "Dossiers requested at once"),
    "dossier.wait": pgettext_lazy("event", "Dossier waits for signatures"),
    "dossier.sign": pgettext_lazy("event", "Dossier signed with a certificate"),
    "dossier.decline": pgettext_lazy("event", "Signature on a dossier declined"),
    "dossier.go_on": pgettext_lazy("event", "Dossier goes on without a signature"),
    "dossier.give_up": pgettext_lazy("event", "Dossier given up before its seal"),
    "dossier.renew": pgettext_lazy("event", "Dossier stamped again"),
    "dossier.withdraw": pgettext_lazy("event", "Dossier withdrawn"),
    "link.create": pgettext_lazy("event", "Link for an auditor made"),
    "link.mail": pgettext_lazy("event", "Link for an auditor mailed"),
    "link.extend": pgettext_lazy("event", "Last day of a link changed"),
    "link.revoke": pgettext_lazy("event", "Link for an auditor revoked"),
    "link.open": pgettext_lazy("event", "Link for an auditor opened"),
    "link.download": pgettext_lazy("event", "File taken through a link"),
    "link.verify": pgettext_lazy("event", "Dossier verified through a link"),
    "link.compare": pgettext_lazy("event", "Dossiers compared through a link"),
    "filter.share": pgettext_lazy("event", "Filter shared"),
    "filter.change": pgettext_lazy("event", "Shared filter changed"),
    "filter.remove": pgettext_lazy("event", "Shared filter removed"),
    "check.silence": pgettext_lazy("event", "Check turned off"),
    "check.heed": pgettext_lazy("event", "Check turned on again"),
    "sheet.upload": pgettext_lazy("event", "Spreadsheet uploaded"),
    "sheet.confirm": pgettext_lazy("event", "Spreadsheet confirmed"),
    "sheet.discard": pgettext_lazy("event", "Spreadsheet discarded"),
    "sheet.fail": pgettext_lazy("event", "Spreadsheet not read"),
    "sheet.retry": pgettext_lazy("event", "Spreadsheet tried again"),
    "member.add": pgettext_lazy("event", "Role given"),
    "member.change": pgettext_lazy("event", "Role changed"),
    "member.remove": pgettext_lazy("event", "Role taken away"),
}
# These say of each field what it was and what it is.
CHANGES: Final = frozenset(
    {
        "device.change",
        "version.change",
        "version.confirm_phase",
        "answer.save",
        "answer.confirm",
        "remark.change_kind",
        "answer.copy",
        "answer.override",
        "answer.inherit",
        "answer.include",
        "answer.exclude",
        "action.change",
        "link.extend",
        "filter.change",
        "member.change",
    }
)
# These list rows under "changes", each with its fields as above: of this model.
MANY: Final = dict.fromkeys(
    (
        *("answers.bulk", "answers.undo", "evidence.supersede", "version.change_profile"),
        *("assessment.move", "assessment.move_back", "assessment.leave_out"),
    ),
    "assessments.answer",
)
MOST_ALIKE: Final = 6
# Details that are no field of the row.
DETAILS: Final[Mapping[str, Any]] = {
    "reason": gettext_lazy("Reason"),
    "comment": gettext_lazy("Comment"),
    "text": gettext_lazy("Text"),
    "mentions": gettext_lazy("Mentioned"),
    "answer": gettext_lazy("Recommendation"),
    "answers": gettext_lazy("Recommendations"),
    "reopened": gettext_lazy("Reopened"),
    "kept": gettext_lazy("Kept"),
    "elsewhere": gettext_lazy("Moved, kept"),
    "reworded": gettext_lazy("Reworded"),
    "split": gettext_lazy("Split"),
    "merged": gettext_lazy("Merged"),
    "added": gettext_lazy("Added"),
    "gone": gettext_lazy("Retired"),
    "begins": gettext_lazy("Begin to apply"),
    "ceases": gettext_lazy("No longer apply"),
    "edition": gettext_lazy("Catalogue edition"),
    "leaves_out": gettext_lazy("Inferred recommendations left out"),
    "entry": gettext_lazy("Entry"),
    "section": gettext_lazy("Section"),
    "fields": gettext_lazy("Fields"),
    "followed": gettext_lazy("Followed"),
    "succeeded_by": gettext_lazy("Succeeded by"),
    "based_on": gettext_lazy("Follows the edition"),
    "reason_fr": gettext_lazy("Reason (French)"),
    "reason_en": gettext_lazy("Reason (English)"),
    "started_from": gettext_lazy("Started from"),
    "copied_from": gettext_lazy("Copied from"),
    "built_on": gettext_lazy("Built on"),
    "inherited": gettext_lazy("Inherited"),
    "differing": gettext_lazy("Differing from the platform"),
    "heirs": gettext_lazy("Changed with the platform"),
    "carried": gettext_lazy("Answers carried over"),
    "changes": gettext_lazy("Changes"),
    "catalogue": gettext_lazy("Catalogue edition"),
    "number": gettext_lazy("Number"),
    "numbers": gettext_lazy("Numbers"),
    "missing_facts": gettext_lazy("Missing in the profile"),
    "before": gettext_lazy("Before"),
    "after": gettext_lazy("After"),
    "meaning": gettext_lazy("Meaning of the signature"),
    "role": gettext_lazy("Role"),
    "sha256": "SHA-256",
    "snapshot_sha256": "SHA-256",
    "size_bytes": gettext_lazy("Size in bytes"),
    "language": gettext_lazy("Language"),
    "undrawable": gettext_lazy("Characters printed as codes"),
    "filter": gettext_lazy("Filter"),
    "guest": gettext_lazy("Auditor"),
    "file": gettext_lazy("File"),
    "changes_since": gettext_lazy("Changes since"),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing an event says, or one field that changed."""

    label: str
    value: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An event as people read it."""

    event: AuditEvent
    what: str
    kind: str
    about: str
    url: str
    details: tuple[Detail, ...]


def read(
    events: Iterable[AuditEvent], *, organisation: Organisation, people: Mapping[str, str]
) -> list[Reading]:
    """Return ``events`` in words, one query for each kind of row they are about."""
    events = list(events)
    rows = rows_of({event.target for event in events}, organisation)
    return [_reading(event, rows.get(event.target), people) for event in events]


def rows_of(targets: Iterable[str], organisation: Organisation) -> dict[str, Row]:
    """Return the rows that ``targets`` name, by target; one query for each kind of row."""
    keys: dict[type[Row], list[str]] = defaultdict(list)
    for target in targets:
        if model := _model(target):
            keys[model].append(target.partition(":")[2])
    rows: dict[str, Row] = {}
    for model, pks in keys.items():
        found = model._default_manager.filter(organisation=organisation, pk__in=pks)
        for row in found.select_related(*model.named_with) if model.named_with else found:
            row.organisation = organisation
            rows[f"{model._meta.label_lower}:{row.pk}"] = row
    return rows


def _model(target: str) -> type[Row] | None:
    """Return the kind of row an event is about; the journal outlives the kinds it tells of."""
    label, _colon, key = target.partition(":")
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    return model if issubclass(model, Row) and _is_key(key) else None


def _reading(event: AuditEvent, row: Row | None, people: Mapping[str, str]) -> Reading:
    model = _model(event.target)
    link = getattr(row, "get_absolute_url", None)
    said = (event.data.get("edition"), event.data.get("name"))  # a pair, where it changed
    named = next((one for one in said if one and isinstance(one, str)), event.target)
    return Reading(
        event=event,
        what=str(EVENTS.get(event.verb, event.verb)),
        kind=str(model._meta.verbose_name) if model else "",
        about=row.full_name if row else named,
        url=link() if link else "",
        details=tuple(_details(event, model, people)),
    )


def details_of(
    event: AuditEvent, people: Mapping[str, str], *, without: Container[str]
) -> tuple[Detail, ...]:
    """Return what an event says in words, some details left out; its row need not be there."""
    data = {name: value for name, value in event.data.items() if name not in without}
    told = AuditEvent(verb=event.verb, target=event.target, data=data)
    return tuple(_details(told, _model(event.target), people))


def _details(
    event: AuditEvent, model: type[models.Model] | None, people: Mapping[str, str]
) -> Iterable[Detail]:
    for name, value in event.data.items():
        if name == "changes" and event.verb in MANY:
            if value and "answers" not in event.data:
                yield from _alike(value, apps.get_model(MANY[event.verb]), people)
            continue
        if name in {"evidence", "made", "left"} and isinstance(value, list):
            continue  # keys; "numbers" and codes say which
        if name == "heirs":
            touched = dict.fromkeys(f"{heir['of']} ({heir['code']})" for heir in value)
            yield Detail(str(DETAILS[name]), ", ".join(touched))
            continue
        field = _field(model, name) if model else None
        label = str(field.verbose_name if field else DETAILS.get(name, name)).capitalize()
        match value:
            case [before, after] if event.verb in CHANGES and (field or name not in DETAILS):
                yield Detail(label, _text(after, field, people), _text(before, field, people))
            case str() if _is_key(value) and value not in people:
                continue
            case _ if text := _text(value, field, people):
                yield Detail(label, text)


def _alike(
    changes: Iterable[Mapping[str, Any]], model: type[models.Model], people: Mapping[str, str]
) -> Iterable[Detail]:
    """Say which rows changed, and each change that was made to several of them once."""
    changes = list(changes)
    codes = ", ".join(dict.fromkeys(str(change["code"]) for change in changes))
    yield Detail(str(DETAILS["answers"]), codes)
    made = Counter(
        (name, *(_text(value, _field(model, name), people) for value in pair))
        for change in changes
        for name, pair in change["fields"].items()
        if not any(_is_key(value) and str(value) not in people for value in pair)
    )
    for (name, before, after), times in made.most_common(MOST_ALIKE):
        field = _field(model, name)
        label = str(field.verbose_name if field else name).capitalize()
        yield Detail(f"{label} ({times} ×)", after, before)
    if len(made) > MOST_ALIKE:
        others = len(made) - MOST_ALIKE
        yield Detail(_("Other changes"), str(others))


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    if name in DETAILS and model is not Membership:
        return None
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None


def _is_key(value: Any) -> bool:
    try:
        UUID(value)
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def _text(value: Any, field: models.Field[Any, Any] | None, people: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(people.get(str(each), str(each)) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    choices = dict(field.flatchoices) if field else {}
    return str(choices.get(value, people.get(str(value), value)))
