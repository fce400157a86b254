"""Loading the sample: twice the same, never over somebody's data."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.audit.models import AuditEvent
from assessments.models import (
    Answer,
    Assessment,
    Catalogue,
    Dossier,
    Evidence,
    EvidenceLink,
    PhaseReview,
    Remark,
)
from assessments.sample.plan import PASSWORD
from devices.models import DeviceVersion
from tests.assessments.catalogue.test_data import DATA
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

# What is compared, without keys and instants.
COLUMNS = {
    User: ("email", "first_name", "last_name", "language", "is_staff", "is_superuser"),
    Membership: ("organisation__slug", "user__email", "role", "ends_on"),
    DeviceVersion: (
        "device__reference",
        "label",
        "phase",
        "released_on",
        "sale_ends_on",
        "support_ends_on",
        "is_latest",
        *DeviceVersion.FACT_FIELDS.values(),
    ),
    Evidence: (
        "number",
        "kind",
        "title",
        "document_revision",
        "document_on",
        "expires_on",
        "url",
        "reference",
        "file_name",
        "sha256",
        "size_bytes",
        "superseded_by__number",
        "added_by__email",
    ),
    EvidenceLink: ("answer__device__reference", "answer__code", "evidence__number"),
    Answer: (
        "device__reference",
        "assessment__version__label",
        "code",
        "is_applicable",
        "verdict",
        "justification",
        "owner__email",
        "due_on",
        "state",
        "reopened_reason",
        "answered_by__email",
        "accepted_by__email",
        "revision",
    ),
    PhaseReview: ("device__reference", "assessment__version__label", "phase", "state", "comment"),
    Remark: ("answer__code", "kind", "text", "messages__text", "raised_by__email"),
    AuditEvent: ("organisation__slug", "sequence", "verb", "actor__email"),
}


@pytest.fixture
def catalogue():
    call_command("load_catalogue", DATA / "ansm-2022.yaml", verbosity=0)


def load(*options):
    call_command("load_sample", *options)


def everything():
    return {
        model.__name__: sorted(map(repr, model._default_manager.values_list(*columns)))
        for model, columns in COLUMNS.items()
    }


def test_the_sample_is_the_same_every_time(catalogue):
    seen = []
    for _ in range(2):
        with transaction.atomic():
            load("--without-dossier", "--verbosity=0")
            seen.append(everything())
            transaction.set_rollback(True)

    assert seen[0] == seen[1]
    assert len(seen[0]["Evidence"]) > 20


def test_it_asks_for_a_dossier_and_says_who_can_sign_in(catalogue, capsys):
    load()

    out = capsys.readouterr().out
    dossier = Dossier.objects.get()
    assert dossier.assessment == Assessment.objects.get(
        device__reference="HM-PF500", version__label="3.2.0"
    )
    assert dossier.language == "fr"
    assert all(email in out for email in User.objects.values_list("email", flat=True))
    assert PASSWORD in out


def test_the_password_is_kept_as_a_digest_only_and_can_be_chosen(catalogue, capsys):
    load("--without-dossier", "--password", "un autre secret")

    user = User.objects.get(email="claire.lambert@helianthe.example")
    assert user.check_password("un autre secret")
    assert "un autre secret" not in user.password
    assert "un autre secret" in capsys.readouterr().out


def test_it_is_refused_when_there_is_an_organisation(catalogue):
    OrganisationFactory()

    with pytest.raises(CommandError, match="empty portal"):
        load()

    assert Organisation.objects.count() == 1
    assert not User.objects.exists()


def test_it_does_nothing_quietly_where_that_is_asked(catalogue, capsys):
    OrganisationFactory()

    load("--if-empty")

    assert Organisation.objects.count() == 1
    assert capsys.readouterr().out == ""


def test_it_needs_the_catalogue():
    with pytest.raises(CommandError, match="load_catalogue"):
        load()

    assert not Organisation.objects.exists()
    assert not Catalogue.objects.exists()


def test_nothing_stays_when_it_breaks_off(catalogue, monkeypatch):
    monkeypatch.setattr("assessments.sample.story.MEANING", None)

    with pytest.raises(Exception, match=r"(?i)null"), transaction.atomic():
        load("--without-dossier")

    assert not Organisation.objects.exists()


def test_somebody_who_changed_the_password_is_not_shown_with_the_old_one(catalogue, capsys):
    load("--without-dossier", "--verbosity=0")
    for user in User.objects.all():
        user.set_password("changed since then")
        user.save()

    load("--show")

    assert capsys.readouterr().out == ""
