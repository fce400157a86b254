"""Many dossiers at once: what would be made, asking, following, stopping, taking them all."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments import tasks
from assessments.models import Dossier, DossierBatch
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessments():
    """Three devices of one organisation."""
    catalogue = CatalogueFactory(sizes={"design": 1})
    first = AssessmentFactory(catalogue=catalogue, device__name="Alpha")
    others = [
        AssessmentFactory(
            catalogue=catalogue, device__organisation=first.organisation, device__name=name
        )
        for name in ("Beta", "Gamma")
    ]
    return [first, *others]


@pytest.fixture
def organisation(assessments):
    return assessments[0].organisation


@pytest.fixture
def manager(client, organisation):
    manager = MembershipFactory(organisation=organisation, role=Role.MANAGER).user
    client.force_login(manager)
    return manager


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """Collect what the workers are asked to make, with its priority, and make nothing."""
    asked = []
    monkeypatch.setattr(
        type(tasks.issue_dossier),
        "enqueue",
        lambda task, *keys: asked.append((task.priority, keys[0])),
    )
    return asked


def choose(client, organisation, chosen, **more):
    address = reverse("assessments:batch-choose", args=[organisation.slug])
    data = {"assessments": [str(each.pk) for each in chosen], "language": "fr", **more}
    return client.post(address, data)


def url(batch, step="batch-detail"):
    return reverse(f"assessments:{step}", args=[batch.organisation.slug, batch.pk])


def asked_for(client, organisation, chosen):
    choose(client, organisation, chosen, confirm="1")
    return DossierBatch.objects.get()


def issue(dossier, content):
    path = f"dossiers/{dossier.pk}.pdf"
    default_storage.save(path, ContentFile(content))
    now = timezone.now()
    Dossier.objects.filter(pk=dossier.pk).update(
        state="issued",
        issued_at=now,
        started_at=now,
        heard_at=now,
        progress_percent=100,
        file=path,
        file_sha256="1" * 64,
        size_bytes=len(content),
        snapshot="{}",
        snapshot_sha256="2" * 64,
    )


def test_the_preview_says_how_many_how_long_and_which_are_provisional(
    client, manager, assessments, organisation
):
    page = choose(client, organisation, assessments[:2]).content.decode()
    assert "2 dossiers would be issued" in page
    assert "This takes about 1 minute" in page
    assert "2 of them would be provisional copies" in page
    assert not Dossier.objects.exists()


@pytest.mark.usefixtures("manager")
def test_each_gets_a_number_and_a_task_that_lets_others_pass(
    client, assessments, organisation, queued, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = choose(client, organisation, assessments, confirm="1", with_evidence="on")

    batch = DossierBatch.objects.get()
    assert response.headers["Location"] == url(batch)
    dossiers = batch.dossiers.order_by("serial")
    assert [each.serial for each in dossiers] == [1, 2, 3]
    assert all(each.with_evidence for each in dossiers)
    assert queued == [(-10, str(each.pk)) for each in dossiers]
    event = AuditEvent.objects.get(verb="dossier.batch")
    assert event.data["numbers"] == [each.number for each in dossiers]


def test_what_is_being_made_already_is_left_out_and_said(
    client, manager, assessments, organisation
):
    choose(client, organisation, assessments[:1], confirm="1")
    page = choose(client, organisation, assessments).content.decode()
    assert "2 dossiers would be issued" in page
    assert "Left out, because one in this language is being made:" in page

    all_made = choose(client, organisation, assessments[:1], confirm="1")
    assert all_made.status_code == 409
    assert "is being made; wait for it." in all_made.content.decode()
    assert DossierBatch.objects.count() == 1


def test_nothing_chosen_is_said_and_the_language_stays(client, manager, organisation):
    response = choose(client, organisation, [])
    assert response.status_code == 422
    assert "Choose at least one assessment." in response.content.decode()


def test_an_assessment_of_somebody_else_is_no_choice(client, manager, organisation):
    stranger = AssessmentFactory()
    assert choose(client, organisation, [stranger], confirm="1").status_code == 422
    assert not Dossier.objects.exists()


def test_it_is_followed_until_all_have_ended(client, manager, assessments, organisation):
    batch = asked_for(client, organisation, assessments[:2])
    first, second = batch.dossiers.order_by("serial")
    issue(first, b"%PDF one")
    page = client.get(url(batch)).content.decode()
    assert "1 of 2 dossiers issued." in page
    assert "50 %" in page
    assert 'hx-trigger="every 2s"' in page

    issue(second, b"%PDF two")
    page = client.get(url(batch)).content.decode()
    assert "hx-trigger" not in page
    assert "Download 2 dossiers (ZIP)" in page


def test_all_come_in_one_file(client, manager, assessments, organisation):
    batch = asked_for(client, organisation, assessments[:2])
    for number, dossier in enumerate(batch.dossiers.order_by("serial")):
        issue(dossier, b"%%PDF %d" % number)
    response = client.get(url(batch, "batch-files"))
    content = b"".join(response.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        first, second = archive.namelist()
        assert (archive.read(first), archive.read(second)) == (b"%PDF 0", b"%PDF 1")
        assert first == f"{batch.dossiers.order_by('serial')[0].number}-fr.pdf"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="dossiers-')


def test_without_one_that_is_issued_there_is_no_file(client, manager, assessments, organisation):
    batch = asked_for(client, organisation, assessments[:1])
    response = client.get(url(batch, "batch-files"), follow=True)
    assert "No dossier of it is issued yet" in response.content.decode()


def test_cancelling_stops_what_is_not_issued(client, manager, assessments, organisation):
    batch = asked_for(client, organisation, assessments)
    issue(batch.dossiers.order_by("serial")[0], b"%PDF")
    response = client.post(url(batch, "batch-cancel"), follow=True)
    assert "2 dossiers cancelled." in response.content.decode()
    assert [each.state for each in batch.dossiers.order_by("serial")] == [
        *("issued", "cancelled", "cancelled")
    ]


def test_who_did_not_ask_and_does_not_manage_stops_nothing(
    client, manager, assessments, organisation
):
    batch = asked_for(client, organisation, assessments)
    client.force_login(MembershipFactory(organisation=organisation, role=Role.REVIEWER).user)
    response = client.post(url(batch, "batch-cancel"), follow=True)
    assert "or a manager, can cancel it" in response.content.decode()
    assert set(batch.dossiers.values_list("state", flat=True)) == {"queued"}


def test_the_command_asks_for_all_devices(organisation, assessments, manager, capsys):
    call_command(
        "issue_dossiers", organisation.slug, "--all", "--actor", manager.email, "--dry-run"
    )
    assert not Dossier.objects.exists()
    call_command("issue_dossiers", organisation.slug, "--all", "--actor", manager.email)
    assert "3 dossiers, about 1 minutes; provisional: 3" in capsys.readouterr().out
    assert Dossier.objects.count() == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say --all"),
        (["--all", "--device=X"], "Say --all"),
        (["--device=none"], "No assessment of these devices: none."),
    ],
)
def test_the_command_says_what_it_lacks(organisation, assessments, manager, arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("issue_dossiers", organisation.slug, "--actor", manager.email, *arguments)
