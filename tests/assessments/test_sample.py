"""The sample: plausible, made by the services."""

import datetime as dt
import hashlib
from collections import Counter, defaultdict

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction
from django.db.models import F

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.permissions import Permission, Role, granted
from ansm_portal.tenancy import every_organisation, scoped_to
from assessments.enums import AnswerState, ReviewState, Verdict
from assessments.models import (
    Answer,
    Approval,
    Assessment,
    Authorship,
    Evidence,
    EvidenceLink,
    PhaseReview,
    Remark,
)
from assessments.sample.plan import VERDICTS, read
from assessments.services.counters import recount
from devices.models import Device, DeviceVersion
from tests.assessments.catalogue.test_data import DATA

TODAY = dt.date(2026, 11, 20)

# Which permission a page asks for before it calls the service that leaves this event.
NEEDED = {
    "device.register": Permission.DEVICE_EDIT,
    "version.register": Permission.DEVICE_EDIT,
    "assessment.start": Permission.ASSESSMENT_START,
    "answer.save": Permission.ASSESSMENT_EDIT,
    "answer.include": Permission.ASSESSMENT_EDIT,
    "answer.cite": Permission.ASSESSMENT_EDIT,
    "evidence.add": Permission.ASSESSMENT_EDIT,
    "evidence.supersede": Permission.ASSESSMENT_EDIT,
    "remark.raise": Permission.ASSESSMENT_REVIEW,
    "remark.reply": Permission.REMARK_ANSWER,
    "remark.close": Permission.REMARK_ANSWER,
    "phase.submit": Permission.ASSESSMENT_EDIT,
    "phase.return": Permission.ASSESSMENT_REVIEW,
    "phase.accept": Permission.ASSESSMENT_REVIEW,
    "answer.accept": Permission.ASSESSMENT_REVIEW,
    "phase.sign": Permission.ASSESSMENT_SIGN,
}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Load the sample once for this file, which only looks at it."""
    with django_db_blocker.unblock(), every_organisation(), transaction.atomic():
        call_command("load_catalogue", DATA / "ansm-2022.yaml", verbosity=0)
        call_command("load_sample", "--without-dossier", verbosity=0)
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _looking(loaded, db):
    """Open the database after the sample is in it."""


@pytest.fixture
def manufacturer():
    return Organisation.objects.get(slug="helianthe")


def test_six_devices_differ_in_class_regulation_profile_and_phase(manufacturer):
    devices = Device.objects.filter(organisation=manufacturer)
    versions = DeviceVersion.objects.filter(organisation=manufacturer)
    latest = versions.filter(is_latest=True)

    assert devices.count() == 6
    assert {d.device_class for d in devices} == {"III", "IIb", "IIa", "C"}
    assert {d.regulation for d in devices} == {"mdr", "ivdr", "mdd"}
    assert [d.name for d in devices if d.is_implantable] == ["Neurostim Iris"]
    assert len({version.facts for version in latest}) == 6
    assert {version.phase for version in latest} == {
        "design",
        "development",
        "commissioning",
        "post_market",
        "end_of_life",
    }
    assert versions.count() == 11


def test_a_legacy_device_is_near_the_end_of_its_support(manufacturer):
    last = DeviceVersion.objects.get(device__reference="HM-VM3", is_latest=True)

    assert TODAY < last.support_ends_on < TODAY + dt.timedelta(days=365)


def test_there_is_somebody_in_each_role(manufacturer):
    memberships = Membership.objects.filter(organisation=manufacturer)
    roles = Counter(membership.role for membership in memberships)
    people = Counter(membership.user_id for membership in memberships)

    assert set(roles) == set(Role)
    assert roles[Role.ASSESSOR] == 2
    assert max(people.values()) == 2
    assert memberships.get(role=Role.AUDITOR).ends_on > TODAY


def test_everybody_did_only_what_their_roles_allow():
    roles = defaultdict(set)
    for membership in Membership.objects.all():
        roles[membership.user_id, membership.organisation_id].add(membership.role)

    for event in AuditEvent.objects.all():
        held = frozenset(roles[event.actor_id, event.organisation_id])
        assert granted(NEEDED[event.verb], held), (event.verb, event.actor)


def test_the_journals_are_intact():
    for organisation in Organisation.objects.all():
        report = verify(organisation.pk)
        assert report.is_intact
        assert report.events > 0


def test_the_counters_are_those_of_the_answers():
    before = list(PhaseReview.objects.order_by("pk").values())

    for organisation in Organisation.objects.all():
        recount(PhaseReview.objects.filter(organisation=organisation))

    assert list(PhaseReview.objects.order_by("pk").values()) == before


def test_nobody_accepted_what_they_wrote():
    assert Answer.objects.filter(state=AnswerState.ACCEPTED).count() > 100
    assert not Authorship.objects.filter(answer__accepted_by=F("user")).exists()


def test_phases_are_in_every_state_there_is():
    reviews = PhaseReview.objects.exclude(device__reference="VS-T1")
    returned = reviews.exclude(comment="").filter(state=ReviewState.OPEN)

    assert {review.state for review in reviews} == set(ReviewState)
    assert {review.phase for review in returned} == {"commissioning", "development"}
    assert reviews.filter(state=ReviewState.OPEN, applicable=F("not_assessed")).exists()


def test_a_signature_was_voided_by_newer_evidence_and_the_answers_say_why():
    voided = Approval.objects.get(voided_at__isnull=False)
    reopened = Answer.objects.exclude(reopened_reason="")

    assert voided.phase_review.state == ReviewState.OPEN
    assert {answer.code for answer in reopened} == {"ANSM-DEV-10", "ANSM-DEV-11"}
    assert Approval.objects.filter(voided_at=None).count() == 2


def test_verdicts_are_mixed_and_more_is_left_for_the_young_and_the_old():
    verdicts = Counter(Answer.objects.filter(is_applicable=True).values_list("verdict", flat=True))
    gaps = Counter(
        Answer.objects.filter(verdict__in=["partly_followed", "not_followed"]).values_list(
            "device__reference", flat=True
        )
    )

    assert set(verdicts) == set(Verdict)
    assert verdicts[Verdict.FOLLOWED] > 5 * verdicts[Verdict.PARTLY_FOLLOWED]
    assert max(gaps, key=gaps.get) == "HM-VM3"


def test_a_version_started_from_the_one_before_and_waits_to_be_confirmed():
    waiting = Answer.objects.filter(to_confirm=True)

    assert {answer.assessment.version.label for answer in waiting} == {"2.0"}
    assert {answer.assessment.started_from.version.label for answer in waiting} == {"1.9"}
    assert 5 < waiting.filter(is_applicable=True).count() < 40
    assert not waiting.exclude(state=AnswerState.OPEN).exists()


def test_gaps_have_an_owner_and_a_day_and_some_days_are_past():
    gaps = Answer.objects.filter(verdict__in=["partly_followed", "not_followed"], to_confirm=False)

    assert not gaps.filter(owner=None).exists()
    assert not gaps.filter(due_on=None).exists()
    assert gaps.filter(due_on__lt=TODAY).count() > 5
    assert gaps.filter(due_on__gt=TODAY).count() > 5


def test_a_recommendation_that_the_profile_excludes_is_included_with_a_reason():
    included = Answer.objects.exclude(inclusion_reason="").get()

    assert included.code == "ANSM-CON-29"
    assert included.missing_facts == ["software_platform"]


def test_evidence_is_of_every_kind_and_is_what_its_digest_says(manufacturer):
    evidence = Evidence.objects.filter(organisation=manufacturer)
    files = evidence.filter(kind="file")
    for piece in files:
        with default_storage.open(piece.file) as stored:
            content = stored.read()
        assert hashlib.sha256(content).hexdigest() == piece.sha256
        assert len(content) == piece.size_bytes

    assert {piece.kind for piece in evidence} == {"file", "link", "reference"}
    assert {piece.media_type for piece in files} == {"application/pdf", "image/png", "text/csv"}
    assert evidence.exclude(superseded_by=None).count() == 2
    assert evidence.filter(expires_on__lt=TODAY).count() == 1
    assert sum(piece.size_bytes for piece in files) < 300_000


def test_evidence_is_cited_and_what_is_superseded_no_longer_is():
    cited = set(EvidenceLink.objects.values_list("evidence_id", flat=True))
    standing = set(Evidence.objects.standing().values_list("pk", flat=True))

    assert cited == standing


def test_remarks_are_open_answered_and_closed():
    kinds = {(r.kind, r.messages.exists(), r.closed_at is not None) for r in Remark.objects.all()}

    assert kinds == {
        ("minor", True, True),
        ("observation", False, False),
        ("question", False, False),
        ("minor", True, False),
    }


def test_the_second_organisation_is_apart(manufacturer):
    other = Organisation.objects.get(slug="vigie-sante")

    with scoped_to([other.pk]):
        assert [device.reference for device in Device.objects.all()] == ["VS-T1"]
        assert Assessment.objects.count() == 1
        assert not Evidence.objects.exists()


def test_texts_are_written_for_every_recommendation_and_device():
    answers = read("answers.yaml")
    references = {device["reference"] for device in read("organisation.yaml")["devices"]}
    codes = set(Answer.objects.values_list("code", flat=True))
    texts = [text for said in answers.values() for answer in said.values() for text in answer]

    assert set(answers) == codes
    assert all({"all"} <= set(said) <= references | {"all"} for said in answers.values())
    assert set(texts) <= {*VERDICTS, "due"}
    used = Answer.objects.exclude(justification="").values_list("justification", flat=True)
    assert len(set(used)) > 120


def test_accounts_of_the_sample_are_of_invented_domains():
    for user in User.objects.all():
        assert user.email.endswith(".example")
