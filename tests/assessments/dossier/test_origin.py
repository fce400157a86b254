"""What a dossier says of answers that come from another version."""

import datetime as dt

import pytest

from ansm_portal.audit.models import JournalHead
from assessments.dossier import html
from assessments.dossier.builder import build
from assessments.dossier.snapshot import Origin
from assessments.models import Answer, Dossier
from assessments.services.answer import save_answer
from assessments.services.assessment import start
from assessments.services.overriding import override
from tests.assessments.dossier import samples
from tests.factories import AssessmentFactory, MembershipFactory, VersionFactory


@pytest.fixture
def platform(db):
    assessment = AssessmentFactory(
        device__is_platform=True, device__name="Plateforme P", label="7.1"
    )
    save_answer(
        assessment.answers.get(position=1).pk,
        revision=1,
        verdict="adapted",
        justification="By other means.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )
    return assessment


@pytest.fixture
def actor(platform):
    return MembershipFactory(organisation=platform.organisation).user


def started(version, platform, actor, **options):
    return start(version, catalogue=platform.catalogue, actor=actor, **options)


def origin_of(answer):
    """Return what a dossier of the assessment records of the origin of ``answer``."""
    dossier = Dossier(
        organisation=answer.organisation,
        assessment=answer.assessment,
        year=2026,
        serial=1,
        language="en",
        requested_by=answer.assessment.started_by,
    )
    snapshot = build(
        dossier,
        head=JournalHead.objects.get(organisation=answer.organisation),
        seal=samples.snapshot().seal,
        instant=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
    )
    entries = {e.recommendation.code: e for phase in snapshot.phases for e in phase.entries}
    return entries[answer.code].answer.origin


def test_an_answer_that_repeats_the_platform_names_it(platform, actor):
    version = VersionFactory(device__organisation=platform.organisation, platform=platform.version)
    answer = started(version, platform, actor).answers.get(position=1)
    assert origin_of(answer) == Origin("inherited", "Plateforme P", "7.1", "")


def test_an_answer_that_differs_says_why(platform, actor):
    version = VersionFactory(device__organisation=platform.organisation, platform=platform.version)
    answer = started(version, platform, actor).answers.get(position=1)
    override(answer.pk, revision=answer.revision, reason="No radio here.", actor=actor)
    answer.refresh_from_db()
    assert origin_of(answer) == Origin("differing", "Plateforme P", "7.1", "No radio here.")


def test_what_nobody_confirmed_for_this_version_is_said(platform, actor):
    version = VersionFactory(device=platform.device, label="8.0", is_latest=False)
    later = started(version, platform, actor, earlier=platform)
    answer = later.answers.get(position=1)
    assert answer.to_confirm
    assert origin_of(answer) == Origin("carried", "Plateforme P", "7.1", "")

    Answer.objects.filter(pk=answer.pk).update(to_confirm=False)
    answer.refresh_from_db()
    assert origin_of(answer) is None


def test_an_answer_of_its_own_has_no_origin(platform):
    assert origin_of(platform.answers.get(position=1)) is None


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("inherited", "The answer of the platform, Plateforme P 7.1."),
        (
            "differing",
            "Differs from the answer of the platform, Plateforme P 7.1, with this reason. No rad.",
        ),
        ("carried", "Carried over from Plateforme P 7.1 and not confirmed for this version."),
    ],
)
def test_the_origin_is_printed(kind, sentence):
    reason = "No rad." if kind == "differing" else ""
    entry = samples.entry(origin=samples.origin(kind, reason))
    page = html.render(samples.snapshot(phases=(samples.phase(entries=(entry,)),)))
    assert sentence in " ".join(page.split())
