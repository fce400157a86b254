"""Loading the sample: twice the same, never over somebody's data."""

from io import StringIO
from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import make_password
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
from tests.kept import kept

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
    """Load the sample; return what was said."""
    out = StringIO()
    call_command("load_sample", *options, stdout=out)
    return out.getvalue()


def everything():
    return {
        model.__name__: sorted(map(repr, model._default_manager.values_list(*columns)))
        for model, columns in COLUMNS.items()
    }


@pytest.fixture(scope="class")
def loaded(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        call_command("load_catalogue", DATA / "ansm-2022.yaml", verbosity=0)
        with transaction.atomic():
            load("--without-dossier", "--verbosity=0")
            first = everything()
            transaction.set_rollback(True)
        said = load("--password", "un autre secret")
        with django_db_blocker.block():
            yield SimpleNamespace(first=first, said=said)


class TestLoaded:
    """What is there afterwards. Loading takes seconds: it is done twice for all of them."""

    @pytest.fixture(autouse=True)
    def _looking(self, loaded, db):
        """Open the database after the sample is in it."""

    def test_the_sample_is_the_same_every_time(self, loaded):
        second = everything()
        second["AuditEvent"] = [row for row in second["AuditEvent"] if "dossier." not in row]

        assert second == loaded.first
        assert len(second["Evidence"]) > 20

    def test_it_asks_for_a_dossier_and_says_who_can_sign_in(self, loaded):
        dossier = Dossier.objects.get()
        assert dossier.assessment == Assessment.objects.get(
            device__reference="HM-PF500", version__label="3.2.0"
        )
        assert dossier.language == "fr"
        assert all(email in loaded.said for email in User.objects.values_list("email", flat=True))

    def test_the_password_can_be_chosen_and_is_kept_as_a_digest_only(self, loaded):
        user = User.objects.get(email="claire.lambert@helianthe.example")
        assert user.check_password("un autre secret")
        assert "un autre secret" not in user.password
        assert "un autre secret" in loaded.said

    def test_somebody_who_changed_the_password_is_not_shown_with_the_old_one(self):
        User.objects.update(password=make_password(PASSWORD))
        assert PASSWORD in load("--show")
        User.objects.update(password=make_password("changed since then"))
        assert load("--show") == ""


def test_it_is_refused_when_there_is_an_organisation(catalogue):
    OrganisationFactory()

    with pytest.raises(CommandError, match="empty portal"):
        load()

    assert Organisation.objects.count() == 1
    assert not User.objects.exists()


def test_it_does_nothing_quietly_where_that_is_asked(catalogue):
    OrganisationFactory()

    assert load("--if-empty") == ""
    assert Organisation.objects.count() == 1


def test_it_needs_the_catalogue():
    with pytest.raises(CommandError, match="load_catalogue"):
        load()

    assert not Organisation.objects.exists()
    assert not Catalogue.objects.exists()


def test_nothing_stays_when_it_breaks_off(catalogue, monkeypatch):
    monkeypatch.setattr("assessments.sample.build._cited", lambda *_: ["no such evidence"])

    with pytest.raises(KeyError, match="no such evidence"), transaction.atomic():
        load("--without-dossier")

    assert not Organisation.objects.exists()
