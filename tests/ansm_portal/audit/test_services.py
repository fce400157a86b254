"""The journal tells when it was touched, and where first."""

from __future__ import annotations

import datetime as dt
import json
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction

from ansm_portal import integrity
from ansm_portal.audit.chain import GENESIS
from ansm_portal.audit.models import AuditEvent, JournalHead
from ansm_portal.audit.services import record, verify
from ansm_portal.tenancy import scoped_to
from tests.factories import DeviceFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

TABLE, HEADS = AuditEvent._meta.db_table, JournalHead._meta.db_table


@pytest.fixture
def device():
    return DeviceFactory()


def tell(device, verb="device.change", actor=None, **data):
    return record(verb, device, actor=actor, organisation_id=device.organisation_id, **data)


@pytest.fixture
def journal(device):
    """Five events of one organisation, and two of another between them."""
    other = DeviceFactory()
    for number in range(1, 6):
        tell(device, name=["Pompe", f"Pompe {number}"])
        if number % 2 == 0:
            tell(other)
    return device.organisation_id


def tamper(sql, **params):
    """Change the journal as somebody who owns the database can: the triggers come off first."""
    names = [(table, refusal.name) for table, refusal in integrity.refusals() if table == TABLE]
    values = {
        name: value.hex if isinstance(value, UUID) and connection.vendor == "sqlite" else value
        for name, value in params.items()
    }
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if is_postgresql() else "SELECT 1")
        for table, name in names:
            on_table = f' ON "{table}"' if is_postgresql() else ""
            cursor.execute(f'DROP TRIGGER "{name}"{on_table}')
        cursor.execute(sql, values)
        assert cursor.rowcount > 0, "nothing was tampered with"


def is_postgresql():
    return connection.vendor == "postgresql"


# Appending


def test_events_are_numbered_and_linked_within_their_organisation(journal):
    events = list(AuditEvent.objects.filter(organisation_id=journal).order_by("sequence"))

    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]
    assert [event.previous_hash for event in events] == [
        GENESIS,
        *(event.hash for event in events[:-1]),
    ]
    head = JournalHead.objects.get(organisation_id=journal)
    assert (head.sequence, head.hash) == (5, events[-1].hash)


def test_an_event_says_who_did_what_to_what(device):
    actor = UserFactory()

    event = tell(device, verb="device.register", actor=actor, name="Pompe")

    event.refresh_from_db()
    assert (event.actor, event.verb, event.target, event.data) == (
        actor,
        "device.register",
        f"devices.device:{device.pk}",
        {"name": "Pompe"},
    )
    assert event.happened_at.utcoffset() == dt.timedelta(0)


def test_data_is_hashed_as_it_is_read_back(device):
    event = tell(
        device, day=dt.date(2026, 1, 5), key=device.pk, at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    )

    stored = AuditEvent.objects.get(pk=event.pk)
    assert stored.data == {"day": "2026-01-05", "key": str(device.pk), "at": "2026-01-05T00:00:00Z"}
    assert stored.computed_hash() == stored.hash


@pytest.mark.parametrize(
    "text", ["é", "e\u0301", "\u202efdp.exe", "🫀", "\u2028", '"\\', "x" * 100_000], ids=ascii
)
def test_any_text_keeps_the_chain(device, text):
    tell(device, name=text[:200])
    tell(device, text=text)

    assert verify(device.organisation_id).is_intact


def test_an_event_needs_the_transaction_of_what_it_tells(device, monkeypatch):
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)

    with pytest.raises(RuntimeError, match="transaction"):
        tell(device)


def test_what_is_rolled_back_leaves_no_gap(device):
    tell(device)
    with transaction.atomic():
        tell(device)
        transaction.set_rollback(True)
    tell(device)

    report = verify(device.organisation_id)
    assert (report.events, report.is_intact) == (2, True)


def test_an_event_costs_the_same_however_many_there_are(device, django_assert_num_queries):
    tell(device)
    for _ in range(20):
        with django_assert_num_queries(3):
            tell(device)


# Nobody changes an event


def test_our_own_code_cannot_change_an_event(device):
    event = tell(device)

    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(verb="x"),
    ):
        with pytest.raises(TypeError, match="never"):
            attempt()


@pytest.mark.parametrize("sql", ["DELETE FROM {}", "UPDATE {} SET verb = 'x'"])
def test_the_database_refuses_as_well(device, sql):
    tell(device)

    with (
        pytest.raises(IntegrityError, match="Audit events are never"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(TABLE))


# Checking


def test_an_untouched_journal_is_intact(journal):
    report = verify(journal)

    last = AuditEvent.objects.filter(organisation_id=journal).latest("sequence")
    assert (report.events, report.head, report.broken_at, report.reason) == (5, last.hash, None, "")
    assert report.is_intact


def test_an_empty_journal_is_intact():
    report = verify(OrganisationFactory().pk)
    assert (report.events, report.head, report.is_intact) == (0, GENESIS, True)


COLUMNS = {
    "verb": "device.forge",
    "target": "devices.device:x",
    "data": json.dumps({"name": ["Pompe", "Autre"]}),
    "happened_at": "2020-01-01 00:00:00+00:00",
    "actor_id": None,
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_altered_event_is_named(device, column, number):
    actor = UserFactory()
    for _ in range(5):
        tell(device, actor=actor)

    tamper(
        f"UPDATE {TABLE} SET {column} = %(value)s WHERE sequence = %(n)s",  # noqa: S608 -- our own names
        value=COLUMNS[column],
        n=number,
    )

    report = verify(device.organisation_id)
    assert (report.broken_at, report.reason, report.events) == (number, "altered", number - 1)


def test_an_event_altered_with_its_hash_breaks_the_next_one(journal):
    event = AuditEvent.objects.get(organisation_id=journal, sequence=2)
    event.verb = "device.forge"

    tamper(
        f"UPDATE {TABLE} SET verb = %(verb)s, hash = %(hash)s WHERE id = %(id)s",  # noqa: S608 -- our own names
        verb=event.verb,
        hash=event.computed_hash(),
        id=event.pk,
    )

    report = verify(journal)
    assert (report.broken_at, report.reason) == (3, "not linked to the one before")


@pytest.mark.parametrize(
    ("number", "reason"), [(1, "missing"), (3, "missing"), (5, "missing at the end")]
)
def test_a_removed_event_is_named(journal, number, reason):
    tamper(
        f"DELETE FROM {TABLE} WHERE organisation_id = %(o)s AND sequence = %(n)s",  # noqa: S608 -- our own names
        o=journal,
        n=number,
    )

    report = verify(journal)
    assert (report.broken_at, report.reason) == (number, reason)


def test_a_renumbered_event_is_named(journal):
    tamper(
        f"UPDATE {TABLE} SET sequence = 99 WHERE organisation_id = %(o)s AND sequence = 2",  # noqa: S608 -- our own names
        o=journal,
    )

    report = verify(journal)
    assert (report.broken_at, report.reason) == (2, "missing")


def test_a_chain_rebuilt_from_somewhere_on_no_longer_ends_at_a_head_that_was_printed(journal):
    """Why each dossier carries the head: rewriting all that follows is found by comparing."""
    printed = verify(journal).head
    hashes, previous = [], None
    for event in AuditEvent.objects.filter(organisation_id=journal).order_by("sequence"):
        if event.sequence == 3:
            event.verb = "device.forge"
        if previous is not None:
            event.previous_hash = previous
        previous = event.computed_hash()
        hashes.append((event.pk, event.verb, event.previous_hash, previous))

    assert hashes[1][3] == AuditEvent.objects.get(pk=hashes[1][0]).hash
    assert previous != printed


def test_a_head_put_back_is_noticed(journal):
    fourth = AuditEvent.objects.get(organisation_id=journal, sequence=4)
    JournalHead.objects.filter(organisation_id=journal).update(sequence=4, hash=fourth.hash)

    report = verify(journal)
    assert (report.broken_at, report.reason) == (5, "not what the end of the chain says")


def test_a_missing_head_is_noticed(journal):
    JournalHead.objects.filter(organisation_id=journal).delete()

    assert not verify(journal).is_intact


def test_tampering_with_one_organisation_leaves_the_others_intact(journal):
    tamper(
        f"DELETE FROM {TABLE} WHERE organisation_id = %(o)s AND sequence = 1",  # noqa: S608 -- our own names
        o=journal,
    )

    others = JournalHead.objects.exclude(organisation_id=journal)
    assert [verify(head.organisation_id).is_intact for head in others] == [True]
    with scoped_to([journal]):
        assert not verify(journal).is_intact
