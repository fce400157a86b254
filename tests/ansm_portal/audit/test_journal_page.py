"""The journal as people read it."""

import ast
import datetime as dt
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ansm_portal.audit.catalogue_events import CATALOGUE_EVENTS
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.reading import CHANGES, EVENTS
from ansm_portal.audit.services import record
from ansm_portal.permissions import Role
from assessments.models import (
    Action,
    BulkChange,
    CalendarFeed,
    Dossier,
    DossierLink,
    SavedFilter,
    SheetImport,
    SilencedCheck,
)
from assessments.services.answer import save_answer
from assessments.services.own_requirements import create
from assessments.services.remark import raise_remark
from assessments.workflow import Transition
from devices.services import device as devices
from devices.services import version as versions
from tests.assessments.auditing.rows import issue
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    DeviceFactory,
    EvidenceFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    """Sign in a manager."""
    manager = MembershipFactory(role=Role.MANAGER)
    client.force_login(manager.user)
    return manager


@pytest.fixture
def device(manager):
    return DeviceFactory(organisation=manager.organisation, name="Syringe pump")


def url(organisation):
    return reverse("audit:journal", args=[organisation.slug])


def shown(client, organisation, **query):
    """Return the events of the page, in words, newest first."""
    return client.get(url(organisation), query).context["events"]


def tell(row, verb="device.change", actor=None, **data):
    return record(verb, row, actor=actor, organisation_id=row.organisation_id, **data)


# What is about a row of the organisation; its own requirements, and itself, are named otherwise.
OF_ROWS = [verb for verb in EVENTS if verb not in CATALOGUE_EVENTS | {"organisation.leave_out": ""}]

# Words


def _recorded():
    """Return every verb that a service records, read from the source."""
    verbs = set()
    for app in ("ansm_portal", "devices", "assessments"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            source = path.read_text()
            if "audit.services import record" in source or "journal import tell" in source:
                verbs |= set(_verbs(ast.parse(source), path.stem))
    return verbs


def _verbs(module, stem):
    for call in ast.walk(module):
        name = getattr(getattr(call, "func", None), "id", "")
        match name, getattr(call, "args", None):
            case "record" | "tell", [ast.Constant(value=verb), *_]:
                yield verb
            case "tell", [
                ast.IfExp(body=ast.Constant(value=one), orelse=ast.Constant(value=two)),
                *_,
            ]:
                yield from (one, two)
            case "record", [ast.JoinedStr(values=[ast.Constant(value="phase."), _]), *_]:
                yield from (f"phase.{step.value}" for step in Transition)
            case "record", [ast.JoinedStr(values=[ast.Constant(value=prefix), _]), *_]:
                assert prefix == f"{stem}.", "the steps are those given to _record"
            case "_record", [ast.Constant(value=step), *_]:
                yield step if "." in step else f"{stem}.{step}"


def test_every_event_that_is_recorded_has_words_and_no_other():
    assert _recorded() == set(EVENTS)


def test_what_says_before_and_after_is_an_event():
    assert set(EVENTS) >= CHANGES


# What changed


def test_an_event_says_what_was_and_what_is(client, manager, device):
    devices.change(device, {"name": "Pump", "device_class": "III"}, revision=1, actor=manager.user)

    [event] = shown(client, manager.organisation)
    page = client.get(url(manager.organisation)).content.decode()

    assert event.what == "Device changed"
    assert (event.about, event.url) == ("Pump", device.get_absolute_url())
    assert [(d.label, d.before, d.value) for d in event.details] == [
        ("Name", "Syringe pump", "Pump"),
        ("Class", "IIb", "III"),
    ]
    assert "<del>Syringe pump</del> <ins>Pump</ins>" in page
    assert f"<bdi>{manager.user}</bdi>" in page


def test_values_are_said_in_words(client, manager, device):
    fields = {"regulation": "mdd", "is_implantable": True, "intended_purpose": "To infuse."}
    devices.change(device, fields, revision=1, actor=manager.user)

    [event] = shown(client, manager.organisation)

    assert [(d.label, d.before, d.value) for d in event.details] == [
        ("Regulation", "Regulation (EU) 2017/745 (MDR)", "Directive 93/42/EEC (legacy device)"),
        ("Implantable", "no", "yes"),
        ("Intended purpose", "", "To infuse."),
    ]


def test_people_are_said_by_their_names(client, manager):
    assessment = AssessmentFactory(device__organisation=manager.organisation)
    answer = assessment.answers.first()
    save_answer(
        answer.pk,
        revision=1,
        verdict="not_assessed",
        justification="",
        owner_id=assessment.started_by.pk,
        due_on=None,
        actor=manager.user,
    )
    event = shown(client, manager.organisation)[0]
    assert [(d.label, d.before, d.value) for d in event.details] == [
        ("Owner", "", str(assessment.started_by))
    ]


def test_what_is_registered_says_its_fields_and_no_keys(client, manager, device):
    version = versions.register(device, {"label": "2.0", "is_connected": True}, actor=manager.user)
    [event] = shown(client, manager.organisation)
    assert (event.what, event.about) == ("Version registered", "Syringe pump 2.0")
    assert [(d.label, d.value) for d in event.details] == [
        ("Version", "2.0"),
        ("Connected to a network", "yes"),
    ]
    assert str(version.device_id) not in str(event.details)


def test_nobody_is_the_portal_itself(client, manager, device):
    tell(device)
    assert "<bdi>the portal</bdi>" in client.get(url(manager.organisation)).content.decode()


def test_the_journal_speaks_the_language_of_its_reader(client, manager, device):
    tell(device)
    manager.user.language = "fr"
    manager.user.save()
    assert "Dispositif modifié" in client.get(url(manager.organisation)).content.decode()


def test_markup_in_a_change_is_only_text(client, manager, device):
    devices.change(device, {"name": "<b>Pump</b>"}, revision=1, actor=manager.user)
    page = client.get(url(manager.organisation)).content.decode()
    assert "<ins>&lt;b&gt;Pump&lt;/b&gt;</ins>" in page


# Each kind of row


def rows_of_each_kind(organisation, serial=1):
    """Return a row of each kind that events are about."""
    assessment = AssessmentFactory(
        catalogue=CatalogueFactory(sizes={"design": 1}),
        device__organisation=organisation,
        device__name="Pump",
        label="2.0",
    )
    answer = assessment.answers.get()
    return {
        "device": assessment.device,
        "version": assessment.version,
        "assessment": assessment,
        "answer": answer,
        "evidence": EvidenceFactory(organisation=organisation),
        "remark": raise_remark(answer, kind="question", text="Which?", actor=assessment.started_by),
        "phase": assessment.phase_reviews.get(phase="design"),
        "answers": BulkChange.objects.create(
            organisation=organisation, kind="verdict", made_by=assessment.started_by
        ),
        "dossier": Dossier.objects.create(
            organisation=organisation,
            assessment=assessment,
            year=2026,
            serial=serial,
            language="fr",
            requested_by=assessment.started_by,
        ),
        "sheet": SheetImport.objects.create(
            organisation=organisation, assessment=assessment, uploaded_by=assessment.started_by
        ),
        "action": Action.objects.create(
            organisation=organisation,
            number=serial,
            title="Test the pump again",
            answer=answer,
            owner=assessment.started_by,
            due_on=dt.date(2026, 9, 1),
            created_by=assessment.started_by,
        ),
        "calendar": CalendarFeed.objects.create(
            organisation=organisation,
            user=assessment.started_by,
            token_sha256=f"{serial:064}",
        ),
        "filter": SavedFilter.objects.create(
            organisation=organisation,
            owner=assessment.started_by,
            name=f"Filter {serial}",
            query="owner=me",
        ),
        "check": SilencedCheck.objects.create(
            organisation=organisation,
            key=f"check-{serial}",
            reason="Kept elsewhere.",
            silenced_by=assessment.started_by,
        ),
        "member": MembershipFactory(organisation=organisation),
        "link": DossierLink.objects.create(
            organisation=organisation,
            dossier=issue(assessment, 100 + serial),
            name="Anne Roux",
            body="Notified body",
            email="anne.roux@example.org",
            purpose="Audit",
            language="fr",
            ends_on=dt.date(2099, 12, 31),
            token_sha256=f"{serial:064}",
            created_by=assessment.started_by,
        ),
    }


def test_there_is_a_row_for_each_kind_of_event(manager):
    assert set(rows_of_each_kind(manager.organisation)) == {
        verb.partition(".")[0] for verb in OF_ROWS
    }


@pytest.mark.parametrize("verb", CATALOGUE_EVENTS)
def test_an_event_of_own_requirements_names_their_edition(client, manager, verb):
    own = create(
        manager.organisation, key="OWN", edition="1", title_fr="À nous", title_en="Ours", actor=None
    )
    record(verb, own, actor=None, organisation_id=own.owner_id, edition=str(own))

    event = shown(client, manager.organisation)[0]

    assert (event.what, event.about) == (EVENTS[verb], "OWN 1")


@pytest.mark.parametrize("verb", OF_ROWS)
def test_an_event_leads_to_its_row(client, manager, verb):
    row = rows_of_each_kind(manager.organisation)[verb.partition(".")[0]]
    tell(row, verb, manager.user, reason="Tested.")

    event = shown(client, manager.organisation)[0]

    assert (event.what, event.about, event.url) == (
        EVENTS[verb],
        row.full_name,
        row.get_absolute_url(),
    )
    assert client.get(event.url).status_code == 200
    assert [(d.label, d.value) for d in event.details] == [("Reason", "Tested.")]


# What nobody foresaw


@pytest.mark.parametrize(
    "target",
    [
        "devices.device:00000000-0000-4000-8000-000000000000",
        "devices.device:7",
        "devices.gadget:00000000-0000-4000-8000-000000000000",
        "accounts.user:00000000-0000-4000-8000-000000000000",
        "nonsense",
        "",
        ":::",
    ],
)
def test_what_is_no_longer_there_is_shown_as_it_was_told(client, manager, device, target):
    event = tell(device, name=["Pump", "New pump"])
    AuditEvent.objects.bulk_create([told_of(event, target=target)])

    first, second = shown(client, manager.organisation)

    assert (first.what, first.about, first.url) == ("Device changed", target, "")
    assert [(d.before, d.value) for d in first.details] == [("Pump", "New pump")]
    assert second.about == "Syringe pump"


def told_of(event, **changes):
    """Return the next event, as nobody records it."""
    fields = {
        "organisation_id": event.organisation_id,
        "sequence": event.sequence + 1,
        "happened_at": event.happened_at,
        "verb": event.verb,
        "data": event.data,
        "previous_hash": event.hash,
        "hash": "0" * 64,
    }
    return AuditEvent(**fields | changes)


def test_a_row_of_another_organisation_is_not_named(client, manager, device):
    other = DeviceFactory(name="Their secret")
    event = tell(device)
    AuditEvent.objects.bulk_create([told_of(event, target=f"devices.device:{other.pk}")])
    assert "Their secret" not in client.get(url(manager.organisation)).content.decode()


def test_an_unknown_event_is_shown_by_its_name(client, manager, device):
    tell(device, "device.paint", colour="blue")
    [event] = shown(client, manager.organisation)
    assert event.what == "device.paint"
    assert [(d.label, d.value) for d in event.details] == [("Colour", "blue")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["a", "b", "c"], "a, b, c"),
        ([], ""),
        ({"a": 1, "b": None}, "a: 1, b: None"),
        (3, "3"),
        (None, ""),
        ("a\u202eb", "a\u202eb"),
    ],
)
def test_details_of_any_shape_are_shown(client, manager, device, value, words):
    tell(device, name=value)
    [event] = shown(client, manager.organisation)
    assert [d.value for d in event.details] == ([words] if words else [])


# Filters


@pytest.fixture
def told(manager, device):
    """Two people change two devices; return the second person and the second device."""
    other, second = (
        MembershipFactory(organisation=manager.organisation).user,
        DeviceFactory(organisation=manager.organisation, name="Monitor"),
    )
    devices.change(device, {"name": "Pump"}, revision=1, actor=manager.user)
    devices.change(second, {"name": "Viewer"}, revision=1, actor=other)
    versions.register(second, {"label": "1.0"}, actor=other)
    return other, second


def test_the_newest_event_comes_first(client, manager, told):
    events = shown(client, manager.organisation)
    assert [reading.event.sequence for reading in events] == [3, 2, 1]


def test_events_are_filtered_by_kind(client, manager, told):
    events = shown(client, manager.organisation, verb="device.change")
    assert [reading.about for reading in events] == ["Viewer", "Pump"]


def test_events_are_filtered_by_person(client, manager, told):
    other, _ = told
    events = shown(client, manager.organisation, person=other.pk)
    assert [reading.event.sequence for reading in events] == [3, 2]


def test_events_are_filtered_by_row(client, manager, told):
    _, second = told
    query = {"about": f"devices.device:{second.pk}"}
    page = client.get(url(manager.organisation), query).content.decode()
    assert [r.event.sequence for r in shown(client, manager.organisation, **query)] == [2]
    assert "device <bdi>Viewer</bdi>" in page
    assert f'<input type="hidden" name="about" value="{query["about"]}">' in page


def test_filters_add_up(client, manager, told):
    other, _ = told
    query = {"verb": "device.change", "person": other.pk}
    assert [r.about for r in shown(client, manager.organisation, **query)] == ["Viewer"]
    page = client.get(
        url(manager.organisation), {"verb": "dossier.issue", "person": other.pk}
    ).content.decode()
    assert "No event matches. Remove a filter to see more." in page


@pytest.mark.parametrize(
    "query",
    [{"verb": "device.paint"}, {"person": uuid4()}, {"person": "x"}, {"about": "x" * 121}],
)
def test_what_cannot_be_filtered_is_said_and_left_out(client, manager, told, query):
    response = client.get(url(manager.organisation), query)
    assert response.status_code == 200
    assert len(response.context["events"]) == 3
    assert "This filter was left out." in response.content.decode()


def test_events_of_others_are_not_shown(client, manager, device):
    tell(DeviceFactory())
    assert shown(client, manager.organisation) == []


def test_only_members_are_offered_as_people(client, manager, told):
    stranger = UserFactory()
    page = client.get(url(manager.organisation)).content.decode()
    assert f'<option value="{manager.user.pk}">' in page
    assert str(stranger.pk) not in page


def test_pages_keep_the_filters(client, manager, device):
    for _ in range(51):
        tell(device, actor=manager.user)
    page = client.get(url(manager.organisation), {"verb": "device.change"}).content.decode()
    assert 'rel="next" href="?verb=device.change&amp;page=2"' in page
    assert [
        reading.event.sequence
        for reading in shown(client, manager.organisation, verb="device.change", page=2)
    ] == [1]


# Cost


def test_events_cost_no_query_each(client, manager):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(manager.organisation)).status_code == 200
        return len(captured)

    counts = []
    for serial in (1, 2):
        for row in rows_of_each_kind(manager.organisation, serial).values():
            tell(row, f"{row._meta.model_name}.tell", MembershipFactory().user)
        counts.append(queries())

    # session, person, memberships, members, number of events, events, each kind of row
    assert counts == [6 + 16] * 2


# Checking


def test_the_chain_is_checked_from_the_page(client, manager, device):
    last = [tell(device) for _ in range(2)][-1]
    check = reverse("audit:journal-verify", args=[manager.organisation.slug])
    page = client.post(check, follow=True).content.decode()
    assert f"The journal is intact: 2 events, last digest {last.hash[:12]}…" in page


def test_a_broken_chain_is_said(client, manager, device):
    event = tell(device)
    AuditEvent.objects.bulk_create([told_of(event, target=event.target)])
    check = reverse("audit:journal-verify", args=[manager.organisation.slug])
    page = client.post(check, follow=True).content.decode()
    assert "The journal is broken at event 2" in page
