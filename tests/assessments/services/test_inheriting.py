"""Answers of a platform on the versions built on it."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.models import Answer, Authorship, PhaseReview
from assessments.services.answer import AnswerMoved, exclude_again, include, save_answer
from assessments.services.assessment import start
from assessments.services.changes import OverrideNeeded
from assessments.services.copying import copy_answer
from assessments.services.counters import recount
from assessments.services.evidence import cite, supersede, uncite
from assessments.services.history import concerns, events_of
from assessments.services.overriding import inherit_again, override
from assessments.services.platform import choose_platform
from assessments.services.profile import change_profile
from assessments.services.review import (
    TransitionRefused,
    accept_answer,
    accept_phase,
    return_phase,
    submit,
    withdraw,
)
from devices.enums import Fact, LifecyclePhase
from devices.models import DeviceVersion
from devices.services.changes import RowMoved
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    MembershipFactory,
    RecommendationFactory,
    SectionFactory,
    VersionFactory,
)
from tests.factories.assessments import publish

pytestmark = pytest.mark.django_db


def member(organisation, role=Role.ASSESSOR):
    return MembershipFactory(organisation=organisation, role=role).user


def write(answer, actor, **changes):
    answer.refresh_from_db()
    said = {
        "revision": answer.revision,
        "verdict": "adapted",
        "justification": "By other means.",
        "owner_id": None,
        "due_on": None,
    }
    return save_answer(answer.pk, actor=actor, **(said | changes))


def evidence_of(organisation):
    return EvidenceFactory(organisation=organisation, added_by=member(organisation))


@pytest.fixture
def platform():
    """Return the assessment of a platform, of which the first answer is written and cites."""
    assessment = AssessmentFactory(device__is_platform=True)
    answer = assessment.answers.get(position=1)
    write(answer, assessment.started_by)
    cite(answer.pk, evidence=evidence_of(assessment.organisation), actor=assessment.started_by)
    return assessment


@pytest.fixture
def source(platform):
    return platform.answers.get(position=1)


@pytest.fixture
def actor(platform):
    return member(platform.organisation)


def built_on(platform, actor, **version):
    version = VersionFactory(
        device__organisation=platform.organisation, platform=platform.version, **version
    )
    return start(version, catalogue=platform.catalogue, actor=actor)


@pytest.fixture
def heir(platform, actor):
    return built_on(platform, actor).answers.get(position=1)


def last_event():
    return AuditEvent.objects.order_by("sequence").last()


def cited(answer):
    return set(answer.evidence_links.values_list("evidence", flat=True))


def counters_are_right():
    before = list(PhaseReview.objects.order_by("pk").values())
    recount(PhaseReview.objects.all())
    return before == list(PhaseReview.objects.order_by("pk").values())


def test_a_version_starts_with_what_its_platform_says(source, heir):
    assert heir.inherited_from == source
    assert (heir.verdict, heir.justification) == ("adapted", "By other means.")
    assert (heir.answered_by, heir.evidence_count) == (source.answered_by, 1)
    assert cited(heir) == cited(source)
    assert (heir.state, heir.to_confirm, heir.owner) == ("open", False, None)
    assert last_event().data["inherited"] == 10
    assert counters_are_right()


def test_another_edition_is_not_inherited(platform, actor):
    version = VersionFactory(device__organisation=platform.organisation, platform=platform.version)
    assessment = start(version, catalogue=CatalogueFactory(), actor=actor)

    assert not assessment.answers.filter(inherited_from__isnull=False).exists()


def test_a_change_of_the_source_is_one_of_its_heirs_in_one_event(source, heir, actor):
    write(source, actor, justification="Better.")

    heir.refresh_from_db()
    event = last_event()
    assert (heir.justification, heir.revision) == ("Better.", 2)
    assert "Better." in heir.justification_html
    assert [(each["answer"], each["fields"]) for each in event.data["heirs"]] == [
        (str(heir.pk), {"justification": ["By other means.", "Better."]})
    ]
    assert event.target.endswith(str(source.pk))
    assert event in events_of(heir)
    assert concerns(event, heir)
    assert counters_are_right()


def test_evidence_comes_and_goes_with_that_of_the_source(source, heir, actor):
    old = source.evidence_links.get().evidence
    new = evidence_of(source.organisation)
    cite(source.pk, evidence=new, actor=actor)
    heir.refresh_from_db()
    assert (heir.evidence_count, cited(heir)) == (2, {old.pk, new.pk})

    uncite(source.pk, evidence=old, actor=actor)

    heir.refresh_from_db()
    assert (heir.evidence_count, cited(heir)) == (1, {new.pk})
    assert last_event().data["heirs"][0]["fields"] == {"evidence": [[str(old.pk)], []]}


def test_evidence_that_is_superseded_is_replaced_once_in_both(source, heir, actor):
    old, new = source.evidence_links.get().evidence, evidence_of(source.organisation)

    supersede(old, by=new, actor=actor)

    for answer in (source, heir):
        answer.refresh_from_db()
        assert (cited(answer), answer.evidence_count) == ({new.pk}, 1)
    assert heir.revision == 2


@pytest.mark.parametrize("who", ["author", "changer"])
def test_who_wrote_the_source_accepts_no_heir(platform, source, heir, actor, who):
    write(source, actor, justification="Better.")
    write(heir.assessment.answers.get(position=2), actor, override_reason="Ours.")
    submit(review_of(heir).pk, actor=actor)
    person = {"author": platform.started_by, "changer": actor}[who]

    with pytest.raises(TransitionRefused, match="You wrote"):
        accept_answer(heir.pk, actor=person)


def review_of(answer):
    return PhaseReview.objects.get(assessment=answer.assessment, phase=answer.phase)


def submitted(heir, actor):
    write(heir.assessment.answers.get(position=2), actor, override_reason="Ours.")
    return submit(review_of(heir).pk, actor=actor)


def test_an_accepted_heir_is_reopened_when_its_source_changes(source, heir, actor):
    review = submitted(heir, actor)
    accept_phase(review.pk, actor=member(heir.organisation, Role.REVIEWER))

    write(source, actor, justification="Better.")

    heir.refresh_from_db()
    review.refresh_from_db()
    assert (heir.state, heir.justification) == ("open", "Better.")
    assert heir.reopened_reason == "The answer of the platform changed."
    assert (review.state, review.accepted) == ("open", 1)
    assert counters_are_right()


@pytest.mark.parametrize("step", ["withdraw", "return"])
def test_an_heir_under_review_waits_is_not_accepted_and_catches_up(source, heir, actor, step):
    review = submitted(heir, actor)
    reviewer = member(heir.organisation, Role.REVIEWER)

    write(source, actor, justification="Better.")

    heir.refresh_from_db()
    assert (heir.state, heir.justification) == ("ready", "By other means.")
    assert "heirs" not in last_event().data
    with pytest.raises(TransitionRefused, match=f"changed its answer to {heir.code}"):
        accept_answer(heir.pk, actor=reviewer)
    with pytest.raises(TransitionRefused, match=f"changed its answer to {heir.code}"):
        accept_phase(review.pk, actor=reviewer)

    if step == "withdraw":
        withdraw(review.pk, actor=actor)
    else:
        return_phase(review.pk, comment="It is behind.", actor=reviewer)

    heir.refresh_from_db()
    review.refresh_from_db()
    assert (heir.state, heir.justification, review.state) == ("open", "Better.", "open")
    assert last_event().data["heirs"][0]["answer"] == str(heir.pk)
    assert counters_are_right()


def test_what_was_accepted_alone_is_reopened_when_the_phase_comes_back(source, heir, actor):
    review = submitted(heir, actor)
    reviewer = member(heir.organisation, Role.REVIEWER)
    accept_answer(heir.pk, actor=reviewer)
    write(source, actor, justification="Better.")

    return_phase(review.pk, comment="It is behind.", actor=reviewer)

    heir.refresh_from_db()
    assert (heir.state, heir.accepted_by, heir.justification) == ("open", None, "Better.")


def test_a_change_of_owner_or_day_is_not_inherited(source, heir, actor):
    write(source, actor, owner_id=actor.pk, due_on=dt.date(2026, 12, 1))

    heir.refresh_from_db()
    assert (heir.owner, heir.due_on, heir.revision) == (None, None, 1)
    assert "heirs" not in last_event().data


def test_an_heir_has_its_own_owner_and_day(heir, actor):
    write(heir, actor, owner_id=actor.pk)

    heir.refresh_from_db()
    assert heir.is_inherited
    assert heir.owner == actor


@pytest.mark.parametrize("reason", ["", " "])
def test_an_heir_is_changed_with_a_reason_only(heir, actor, reason):
    with pytest.raises(OverrideNeeded, match="Say why this version differs"):
        write(heir, actor, justification="Ours.", override_reason=reason)
    with pytest.raises(OverrideNeeded):
        cite(heir.pk, evidence=evidence_of(heir.organisation), actor=actor)
    with pytest.raises(OverrideNeeded):
        uncite(heir.pk, evidence=heir.evidence_links.get().evidence, actor=actor)
    with pytest.raises(OverrideNeeded):
        copy_answer(heir.pk, source_id=heir.inherited_from_id, revision=1, actor=actor)

    heir.refresh_from_db()
    assert (heir.justification, heir.evidence_count) == ("By other means.", 1)


def test_what_differs_stays_when_the_source_changes(source, heir, actor):
    write(heir, actor, justification="Ours.", override_reason="It has a radio.")
    write(source, actor, justification="Better.")

    heir.refresh_from_db()
    assert (heir.justification, heir.override_reason) == ("Ours.", "It has a radio.")
    assert heir.inherited_from == source
    event = AuditEvent.objects.filter(verb="answer.save").order_by("-sequence")[1]
    assert event.data["override_reason"] == ["", "It has a radio."]


def test_an_override_is_one_event_and_is_taken_back(source, heir, actor):
    for _ in range(2):
        override(heir.pk, revision=1, reason="It has a radio.", actor=actor)
    assert AuditEvent.objects.filter(verb="answer.override").count() == 1
    write(heir, actor, justification="Ours.")
    uncite(heir.pk, evidence=source.evidence_links.get().evidence, actor=actor)
    heir.refresh_from_db()
    with pytest.raises(AnswerMoved):
        inherit_again(heir.pk, revision=1, actor=actor)

    inherit_again(heir.pk, revision=heir.revision, actor=actor)

    heir.refresh_from_db()
    assert heir.is_inherited
    assert (heir.justification, cited(heir)) == ("By other means.", cited(source))
    event = last_event()
    assert event.verb == "answer.inherit"
    assert event.data["justification"] == ["Ours.", "By other means."]
    assert Authorship.objects.filter(answer=heir, user=actor).exists()
    assert counters_are_right()


def test_an_accepted_answer_that_follows_again_is_reopened(heir, actor):
    write(heir, actor, justification="Ours.", override_reason="It has a radio.")
    review = submitted(heir, actor)
    accept_phase(review.pk, actor=member(heir.organisation, Role.REVIEWER))
    heir.refresh_from_db()

    inherit_again(heir.pk, revision=heir.revision, actor=actor)

    heir.refresh_from_db()
    assert (heir.state, review_of(heir).state) == ("open", "open")
    assert heir.reopened_reason == "It follows the platform again."


def test_what_no_platform_answers_is_not_overridden(platform, actor):
    answer = platform.answers.get(position=1)
    with pytest.raises(PortalError, match="comes from no platform"):
        override(answer.pk, revision=answer.revision, reason="Why not.", actor=actor)
    with pytest.raises(PortalError, match="comes from no platform"):
        inherit_again(answer.pk, revision=answer.revision, actor=actor)


def test_a_platform_chosen_later_takes_no_word_away(platform, actor):
    assessment = AssessmentFactory(
        device__organisation=platform.organisation, catalogue=platform.catalogue
    )
    own, silent = assessment.answers.filter(position__in=[1, 2]).order_by("position")
    write(own, actor, justification="Ours.")
    write(platform.answers.get(position=2), actor, justification="Theirs.")

    choose_platform(assessment.version, platform=platform.version, revision=1, actor=actor)

    own.refresh_from_db()
    silent.refresh_from_db()
    assert (own.justification, own.is_inherited) == ("Ours.", False)
    assert own.override_reason == "It was answered before the platform."
    assert (silent.justification, silent.is_inherited) == ("Theirs.", True)
    data = last_event().data
    assert (data["before"], data["after"]) == ("", platform.version.full_name)
    assert data["differing"] == [own.code]
    assert counters_are_right()


def test_without_a_platform_a_version_keeps_what_it_inherited(source, heir, actor):
    version = heir.assessment.version
    choose_platform(version, platform=None, revision=1, actor=actor)
    write(source, actor, justification="Better.")

    heir.refresh_from_db()
    assert (heir.inherited_from, heir.justification) == (None, "By other means.")


def test_another_platform_is_followed_in_the_place_of_the_first(platform, heir, actor):
    other = AssessmentFactory(
        version=VersionFactory(device=platform.device, is_latest=False),
        catalogue=platform.catalogue,
        actor=actor,
    )
    write(other.answers.get(position=1), actor, justification="Newer.")

    choose_platform(heir.assessment.version, platform=other.version, revision=1, actor=actor)

    heir.refresh_from_db()
    assert heir.inherited_from.assessment == other
    assert (heir.justification, cited(heir)) == ("Newer.", set())


def test_no_platform_is_chosen_while_a_phase_is_under_review(heir, actor):
    submitted(heir, actor)
    with pytest.raises(PortalError, match="under review"):
        choose_platform(heir.assessment.version, platform=None, revision=1, actor=actor)


def test_a_platform_is_chosen_for_the_version_that_was_read(platform, heir, actor):
    version = heir.assessment.version
    choose_platform(version, platform=None, revision=1, actor=actor)
    choose_platform(version, platform=None, revision=1, actor=actor)  # said already
    with pytest.raises(RowMoved):
        choose_platform(version, platform=platform.version, revision=1, actor=actor)


def test_a_platform_that_is_assessed_later_is_followed_then(actor, platform):
    catalogue = CatalogueFactory()
    heir = start(
        VersionFactory(device__organisation=platform.organisation, platform=platform.version),
        catalogue=catalogue,
        actor=actor,
    ).answers.get(position=1)

    later = start(platform.version, catalogue=catalogue, actor=actor).answers.get(position=1)
    write(later, actor, justification="At last.")

    heir.refresh_from_db()
    assert (heir.inherited_from, heir.justification) == (later, "At last.")


def test_a_new_version_on_the_same_platform_inherits_and_goes_on_differing(heir, actor):
    own = heir.assessment.answers.get(position=2)
    write(own, actor, justification="Ours.", override_reason="It has a radio.")
    version = VersionFactory(
        device=heir.device, is_latest=False, platform=heir.assessment.version.platform
    )

    again = start(
        version, catalogue=heir.assessment.catalogue, actor=actor, earlier=heir.assessment
    )

    followed, differing = again.answers.filter(position__in=[1, 2]).order_by("position")
    assert followed.is_inherited
    assert (followed.to_confirm, followed.carried_from) == (False, None)
    assert (differing.override_reason, differing.to_confirm) == ("It has a radio.", True)
    assert differing.carried_from == own


def test_a_new_version_on_no_platform_carries_over_what_was_inherited(heir, actor):
    version = VersionFactory(device=heir.device, is_latest=False)
    again = start(
        version, catalogue=heir.assessment.catalogue, actor=actor, earlier=heir.assessment
    ).answers.get(position=1)

    assert (again.inherited_from, again.carried_from, again.to_confirm) == (None, heir, True)


def test_what_the_platform_has_not_confirmed_is_inherited_when_it_has(platform, actor):
    newer = VersionFactory(device=platform.device, is_latest=False)
    newer = start(newer, catalogue=platform.catalogue, actor=actor, earlier=platform)
    heir = built_on(newer, actor).answers.get(position=1)
    assert (heir.verdict, heir.evidence_count) == ("not_assessed", 0)

    write(newer.answers.get(position=1), actor)

    heir.refresh_from_db()
    assert (heir.verdict, heir.evidence_count) == ("adapted", 1)
    assert counters_are_right()


def test_what_ceases_to_apply_to_the_platform_is_answered_by_each_version(actor):
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue, phase=LifecyclePhase.DESIGN)
    RecommendationFactory(section=section, applies_when=["wireless"])
    publish(catalogue)
    platform = AssessmentFactory(catalogue=catalogue, device__is_platform=True)
    organisation = platform.organisation
    heir = built_on(platform, member(organisation), is_wireless=True).answers.get()
    assert heir.inherited_from is None
    author = member(organisation)

    source = include(platform.answers.get().pk, reason="Asked for.", actor=author)
    heir.refresh_from_db()
    assert heir.inherited_from == source
    write(source, author)

    exclude_again(source.pk, actor=author)

    heir.refresh_from_db()
    assert (heir.inherited_from, heir.justification) == (None, "By other means.")


@pytest.mark.parametrize("by", ["inclusion", "profile"])
def test_what_does_not_apply_inherits_nothing_until_it_does(actor, by):
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue, phase=LifecyclePhase.DESIGN)
    RecommendationFactory(section=section, applies_when=["wireless"])
    publish(catalogue)
    platform = AssessmentFactory(catalogue=catalogue, device__is_platform=True, is_wireless=True)
    source = platform.answers.get()
    write(source, platform.started_by)
    heir = built_on(platform, member(platform.organisation)).answers.get()
    write(source, platform.started_by, justification="Better.")
    heir.refresh_from_db()
    assert (heir.is_applicable, heir.inherited_from) == (False, source)
    assert (heir.verdict, heir.justification) == ("not_assessed", "")

    if by == "inclusion":
        include(heir.pk, reason="Asked for.", actor=actor)
    else:
        version = heir.assessment.version
        change_profile(version, facts={Fact.WIRELESS}, revision=1, actor=actor)

    heir.refresh_from_db()
    assert (heir.is_applicable, heir.justification) == (True, "Better.")
    assert last_event().data["heirs"][0]["answer"] == str(heir.pk)
    assert counters_are_right()


def queries(size):
    platform = AssessmentFactory(device__is_platform=True)
    source = platform.answers.get(position=1)
    author = platform.started_by
    write(source, author)
    for _ in range(size):
        built_on(platform, author)
    counts = []
    with CaptureQueriesContext(connection) as captured:
        write(source, author, justification="Better.")
    counts.append(len(captured))
    evidence = evidence_of(platform.organisation)
    with CaptureQueriesContext(connection) as captured:
        cite(source.pk, evidence=evidence, actor=author)
    counts.append(len(captured))
    version = VersionFactory(device__organisation=platform.organisation, platform=platform.version)
    with CaptureQueriesContext(connection) as captured:
        start(version, catalogue=platform.catalogue, actor=author)
    counts.append(len(captured))
    return counts


def test_more_heirs_cost_no_more_queries():
    one, three = queries(1), queries(3)
    assert one == three
    assert max(one) <= 30


class TestTheDatabase:
    def refused(self, **fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            DeviceVersion.objects.filter(pk=fields.pop("pk")).update(**fields)

    def test_a_platform_is_a_version_of_another_device_that_is_one(self):
        plain = VersionFactory()
        other = VersionFactory(device__organisation=plain.organisation)
        self.refused(pk=plain.pk, platform=other)

    def test_what_is_a_platform_is_built_on_none(self):
        base = VersionFactory(device__is_platform=True)
        other = VersionFactory(device__organisation=base.organisation, device__is_platform=True)
        self.refused(pk=other.pk, platform=base)

    def test_a_platform_in_use_remains_one(self):
        base = VersionFactory(device__is_platform=True)
        built = VersionFactory(device__organisation=base.organisation, platform=base)
        for device, is_platform in ((base.device, False), (built.device, True)):
            with pytest.raises(IntegrityError), transaction.atomic():
                type(device).objects.filter(pk=device.pk).update(is_platform=is_platform)


def test_nothing_of_an_answer_without_heirs_is_told(source, actor):
    write(source, actor, justification="Alone.")
    assert "heirs" not in last_event().data
    assert Answer.objects.filter(inherited_from=source).count() == 0
