"""What answers said on earlier days, compared with what was kept on each of those days."""

import datetime as dt
from itertools import count
from uuid import uuid4

import pytest
from django.utils import timezone

from assessments.bulk import Wish
from assessments.enums import BulkKind
from assessments.services.answer import exclude_again, include, save_answer
from assessments.services.assessment import start
from assessments.services.bulk import Expected, Order, apply
from assessments.services.bulk_undo import undo
from assessments.services.comparing import said_on, said_today
from assessments.services.copying import copy_answer
from assessments.services.evidence import cite, supersede, uncite
from assessments.services.overriding import inherit_again, override
from assessments.services.profile import change_profile
from assessments.services.sheet import confirm
from assessments.services.sheet_writing import write
from devices.enums import Fact
from tests.assessments.services.test_sheet import sent
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    RecommendationFactory,
    SectionFactory,
    VersionFactory,
)
from tests.factories.assessments import publish

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def days(monkeypatch):
    """Let each ``next(days)`` be noon of a later day."""
    numbers = count()

    def following():
        while True:
            instant = NOON + dt.timedelta(days=next(numbers))
            monkeypatch.setattr("django.utils.timezone.now", lambda now=instant: now)
            yield timezone.localdate(instant)

    return following()


@pytest.fixture
def catalogue():
    """Four recommendations; the last one is for what has a radio."""
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue, key="D1", phase="design", position=1)
    for n in range(1, 5):
        wanted = ["wireless"] if n == 4 else ["all"]
        RecommendationFactory(section=section, code=f"A-{n}", position=n, applies_when=wanted)
    publish(catalogue)
    return catalogue


class Team:
    """Somebody at work on one assessment, whose words never repeat."""

    def __init__(self, assessment):
        self.assessment, self.actor = assessment, assessment.started_by
        self.organisation = assessment.organisation
        self.words = count(1)

    def answer(self, position):
        return self.assessment.answers.get(position=position)

    def save(self, position, **more):
        answer = self.answer(position)
        said = {
            "verdict": answer.verdict if answer.verdict != "not_assessed" else "adapted",
            "justification": f"Words {next(self.words)}.",
            "owner_id": answer.owner_id,
            "due_on": answer.due_on,
        }
        save_answer(answer.pk, revision=answer.revision, actor=self.actor, **(said | more))

    def piece(self):
        return EvidenceFactory(organisation=self.organisation, added_by=self.actor)

    def cite(self, position, piece=None):
        cite(self.answer(position).pk, evidence=piece or self.piece(), actor=self.actor)

    def uncite(self, position):
        answer = self.answer(position)
        piece = answer.evidence_links.first().evidence
        uncite(answer.pk, evidence=piece, actor=self.actor)

    def supersede(self, position, by=None):
        old = self.answer(position).evidence_links.order_by("pk").first().evidence
        supersede(old, by=by or self.piece(), actor=self.actor)

    def copy(self, source, position):
        answer = self.answer(position)
        copy_answer(answer.pk, source_id=source.pk, revision=answer.revision, actor=self.actor)

    def bulk(self, *positions, kind=BulkKind.VERDICT, evidence=None, **wish):
        answers = list(self.assessment.answers.filter(position__in=positions))
        return apply(
            {answer.pk: Expected(answer.revision, answer.state) for answer in answers},
            Order(kind=kind, wish=Wish(text_max_length=20_000, **wish), evidence=evidence),
            organisation=self.organisation,
            token=uuid4(),
            actor=self.actor,
        ).change

    def sheet(self, changes):
        sheet = sent(self.assessment, self.actor, changes)
        confirm(sheet.pk, actor=self.actor)
        write(sheet.pk)

    def profile(self, *facts):
        version = type(self.assessment.version).objects.get(pk=self.assessment.version_id)
        change_profile(version, facts=set(facts), revision=version.revision, actor=self.actor)


def told_as_it_was(assessment, days, steps):
    """Take each step on a day of its own; tell each day again at the end."""
    kept = {}
    for step in steps:
        day = next(days)
        step()
        [kept[day]] = said_today(assessment)
    next(days)
    newest_first = sorted(kept, reverse=True)
    for day, found in zip(newest_first, said_on(assessment, newest_first), strict=True):
        assert found.doubtful == ()
        assert found.answers == kept[day], day
    assert len(set(kept.values())) > len(steps) / 2  # days differ


def test_every_day_of_an_assessment_is_told_as_it_was(catalogue, days):
    next(days)
    team = Team(AssessmentFactory(catalogue=catalogue))
    other = Team(AssessmentFactory(catalogue=catalogue, device__organisation=team.organisation))
    other.save(1)
    other.cite(1)
    shared, done = team.piece(), {}

    def in_bulk():
        done["bulk"] = team.bulk(
            1, 2, values={"verdict": "followed"}, text="In bulk.", is_everywhere=True
        )

    def cite_in_bulk():
        done["cited"] = team.bulk(1, 3, kind=BulkKind.EVIDENCE, evidence=shared, cites=True)

    told_as_it_was(
        team.assessment,
        days,
        [
            lambda: team.save(1),
            lambda: team.save(2, owner_id=team.actor.pk, due_on=dt.date(2026, 9, 1)),
            lambda: (team.save(1), team.save(1)),  # twice on one day
            lambda: team.cite(1),
            lambda: team.cite(2, shared),
            lambda: other.save(1),  # of another device: nothing changes here
            lambda: team.copy(other.answer(1), 3),
            in_bulk,
            lambda: undo(done.pop("bulk").pk, actor=team.actor),
            in_bulk,
            cite_in_bulk,
            lambda: team.supersede(1),
            lambda: team.supersede(2, by=other.answer(1).evidence_links.get().evidence),
            lambda: team.uncite(1),
            lambda: include(team.answer(4).pk, reason="A radio is planned.", actor=team.actor),
            lambda: team.save(4),
            lambda: exclude_again(team.answer(4).pk, actor=team.actor),
            lambda: team.profile(Fact.WIRELESS),
            lambda: team.sheet({0: {"Verdict": "followed", "Justification": "By sheet."}}),
            team.profile,
            lambda: team.save(3, owner_id=None, due_on=None),
        ],
    )


def test_every_day_of_what_follows_a_platform_is_told_as_it_was(catalogue, days):
    next(days)
    platform = Team(AssessmentFactory(device__is_platform=True, catalogue=catalogue))
    platform.save(1)
    platform.cite(1)
    version = VersionFactory(
        device__organisation=platform.organisation, platform=platform.assessment.version
    )
    heir = Team(start(version, catalogue=catalogue, actor=platform.actor))

    def differ():
        answer = heir.answer(1)
        override(answer.pk, revision=answer.revision, reason="Another net.", actor=heir.actor)

    def follow():
        answer = heir.answer(1)
        inherit_again(answer.pk, revision=answer.revision, actor=heir.actor)

    told_as_it_was(
        heir.assessment,
        days,
        [
            lambda: platform.save(1),
            lambda: platform.cite(1),
            lambda: platform.supersede(1),
            lambda: platform.bulk(
                1, 2, values={"verdict": "followed"}, text="In bulk.", is_everywhere=True
            ),
            differ,
            lambda: heir.save(1),
            lambda: platform.save(1),  # the heir stays
            follow,
            lambda: platform.uncite(1),
            lambda: heir.profile(Fact.WIRELESS),
            lambda: (platform.profile(Fact.WIRELESS), platform.save(4)),
            heir.profile,
        ],
    )


def test_an_untold_change_leaves_a_doubt(catalogue, days):
    first = next(days)
    team = Team(AssessmentFactory(catalogue=catalogue))
    next(days)
    team.save(2)
    next(days)
    team.assessment.answers.filter(position=2).update(justification="Past the services.")
    [found] = said_on(team.assessment, [first])
    assert found.doubtful == ("A-2",)


@pytest.mark.parametrize("size", [1, 4])
def test_the_journal_is_read_in_as_many_queries(catalogue, days, size, django_assert_num_queries):
    first = next(days)
    team = Team(AssessmentFactory(catalogue=catalogue))
    for _n in range(size):
        day = next(days)
        for position in (1, 2, 3):
            team.save(position)
            team.cite(position)
    team.bulk(1, 2, 3, values={"verdict": "followed"}, text="In bulk.", is_everywhere=True)
    with django_assert_num_queries(4):  # answers, evidence, bulk changes, events
        said_on(team.assessment, [day, first])
