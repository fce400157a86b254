"""Dossiers that are stamped again before their last time stamp ages."""

import datetime as dt
from copy import deepcopy
from io import StringIO
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.checks import dossiers_are_kept_alive
from assessments.dossier.algorithms import reliable_until
from assessments.dossier.authority import TimeAuthority
from assessments.dossier.envelope import Level, open_envelope
from assessments.dossier.identity import own
from assessments.dossier.render import render
from assessments.dossier.report import Verdict
from assessments.models import Dossier, DossierRevision
from assessments.services.renewal import NotRenewed, due, newest, renew, renew_on
from assessments.services.storing import read
from assessments.services.verification import verify_pdf
from tests.assessments.dossier import samples
from tests.assessments.dossier.conftest import naming, seal_with
from tests.authority import Authority, Issuer
from tests.factories import AssessmentFactory, MembershipFactory
from tests.kept import kept

END = dt.date(2028, 12, 31)  # of RSA below 3000 bits
DUE = END - dt.timedelta(days=180)


@pytest.fixture(scope="module")
def server():
    with Authority() as running:
        yield running


@pytest.fixture(scope="module")
def issued(django_db_setup, django_db_blocker, server):
    identity = own(configured.DATA_DIR / "seal")
    clock = TimeAuthority(server.url, (server.root.certificate,), timeout=5.0)
    pdf = render(naming(samples.snapshot(), identity, Level.LTA)).content
    content = seal_with(identity, pdf, clock)
    with kept(django_db_blocker):
        assessment = AssessmentFactory()
        name = default_storage.save("dossiers/renewed.pdf", ContentFile(content))
        manager = MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER).user
        dossier = Dossier.objects.create(
            organisation=assessment.organisation,
            assessment=assessment,
            year=2026,
            serial=1,
            language="en",
            requested_by=manager,
            state="issued",
            snapshot="{}",
            snapshot_sha256="1" * 64,
            file=name,
            file_sha256="2" * 64,
            size_bytes=len(content),
            issued_at=dt.datetime.now(dt.UTC),
            seal_level=Level.LTA.value,
            renew_on=renew_on(content),
        )
        yield SimpleNamespace(dossier=dossier, content=content, manager=manager)


@pytest.fixture
def world(db, issued, settings, server, tmp_path):
    (tmp_path / "clock.pem").write_bytes(server.root.certificate.public_bytes(Encoding.PEM))
    settings.SEAL_TSA_URL, settings.SEAL_TSA_TRUST = server.url, str(tmp_path / "clock.pem")
    return deepcopy(issued)


@pytest.fixture
def later(server):
    """Let the authority have a certificate that can be relied on for longer."""
    before = server.pairs["well"]
    server.move_on()
    yield
    server.pairs["well"] = before


def test_a_key_ends_before_its_certificate_where_its_algorithm_does():
    issuer = Issuer("Clocks", dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    short, long = issuer.issue("Short")[1], issuer.issue("Long", bits=3072)[1]

    assert reliable_until(short) == END
    assert reliable_until(long) == long.not_valid_after_utc.date()


def test_it_is_due_half_a_year_before_its_time_stamp_ends(world):
    assert world.dossier.renew_on == DUE
    assert not due(DUE - dt.timedelta(days=1)).exists()
    assert due(DUE).get() == world.dossier


def test_one_without_a_day_is_due_and_a_withdrawn_one_is_not(world):
    Dossier.objects.update(renew_on=None)
    assert due(dt.date(2026, 12, 1)).exists()
    Dossier.objects.update(
        state="withdrawn", withdrawal_reason="Wrong.", withdrawn_at=dt.datetime.now(dt.UTC)
    )
    assert not due(dt.date(2099, 1, 1)).exists()


def test_a_further_time_stamp_is_added_and_what_was_issued_stays(client, world, later):
    revision = renew(world.dossier.pk)
    content = read(newest(world.dossier).name)

    assert content.startswith(world.content)
    assert read(world.dossier.file) == world.content
    assert verify_pdf(content).verdict is Verdict.INTACT
    assert len(open_envelope(content).archive) == 2
    assert (revision.number, revision.authority) == (1, "CN=Later clock")
    assert DossierRevision.objects.with_digest(revision.file_sha256).get() == revision
    world.dossier.refresh_from_db()
    assert world.dossier.renew_on > END
    assert AuditEvent.objects.get(verb="dossier.renew").data["revision"] == 1

    client.force_login(world.manager)
    slug = world.dossier.organisation.slug
    address = reverse("assessments:dossier-download", args=[slug, world.dossier.pk])
    assert b"".join(client.get(address)) == content
    page = client.get(reverse("assessments:dossier-detail", args=[slug, world.dossier.pk]))
    assert revision.file_sha256 in page.content.decode()


def silent(settings, _server):
    settings.SEAL_TSA_URL = "http://127.0.0.1:9/"


def absent(settings, _server):
    settings.SEAL_TSA_URL = ""


def noise(_settings, server):
    server.mood = "noise"


def no_longer(_settings, _server):
    """Leave the authority with the certificate it had."""


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (silent, "does not answer"),
        (absent, "No time-stamping authority is configured"),
        (noise, "is not the time stamp that was asked for"),
        (no_longer, "would not last longer"),
    ],
)
def test_a_renewal_that_fails_changes_nothing_and_is_said(world, server, settings, fault, sentence):
    before = set(default_storage.listdir("dossiers")[0])
    fault(settings, server)
    errors = StringIO()

    with pytest.raises(NotRenewed, match=sentence):
        renew(world.dossier.pk)
    with pytest.raises(CommandError, match="1 dossier could not be stamped; it stays due"):
        call_command("renew_timestamps", before=DUE, stdout=StringIO(), stderr=errors)
    server.mood = "well"
    assert world.dossier.number in errors.getvalue()
    assert newest(world.dossier).name == world.dossier.file
    assert not DossierRevision.objects.exists()
    assert set(default_storage.listdir("dossiers")[0]) == before


def test_the_command_lists_what_is_due_and_does_it(world, later):
    listed, done = StringIO(), StringIO()
    call_command("renew_timestamps", before=DUE, dry_run=True, stdout=listed)
    assert world.dossier.number in listed.getvalue()
    assert not DossierRevision.objects.exists()

    call_command("renew_timestamps", before=DUE, stdout=done)
    assert DossierRevision.objects.get().file_sha256 in done.getvalue()
    again = StringIO()
    call_command("renew_timestamps", before=DUE, stdout=again)
    assert DossierRevision.objects.count() == 1


def test_the_daily_work_says_what_failed_and_goes_on(world, settings):
    Dossier.objects.update(renew_on=dt.date(2026, 1, 1))
    settings.SEAL_TSA_URL = "http://127.0.0.1:9/"
    errors = StringIO()
    call_command("run_schedule", once=True, stdout=StringIO(), stderr=errors)
    assert "does not answer" in errors.getvalue()


def test_what_is_due_is_said_before_deployment_and_on_the_list(client, world):
    assert dossiers_are_kept_alive(None, databases=["default"]) == []
    Dossier.objects.update(renew_on=dt.date(2026, 1, 1))
    [warning] = dossiers_are_kept_alive(None, databases=["default"])
    assert warning.id == "assessments.W002"
    assert dossiers_are_kept_alive(None) == []

    client.force_login(world.manager)
    address = reverse("assessments:dossier-list", args=[world.dossier.organisation.slug])
    assert "1 dossier is due for a new time stamp." in client.get(address).content.decode()
    only = client.get(address, {"due": "1"}).content.decode()
    assert world.dossier.number in only
