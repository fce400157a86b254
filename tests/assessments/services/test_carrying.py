import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.models import Answer, Authorship, EvidenceLink, PhaseReview
from assessments.services import regrouping
from assessments.services.answer import AnswerMoved, include, save_answer
from assessments.services.assessment import start
from assessments.services.carrying import compare, confirm, confirm_unchanged
from assessments.services.catalogue import publish as publish_edition
from assessments.services.counters import recount
from assessments.services.editions import start_draft
from assessments.services.evidence import cite, supersede
from assessments.services.review import TransitionRefused, accept_answer, missing, submit
from devices.enums import LifecyclePhase
from tests.assessments.catalogue.second import FOUR_EACH, second_edition
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
        "justification": "By **other** means.",
        "owner_id": actor.pk,
        "due_on": dt.date(2026, 12, 1),
    }
    return save_answer(answer.pk, actor=actor, **(said | changes))


@pytest.fixture
def earlier():
    """Return an assessment of which one answer of two per phase is written and cites evidence."""
    assessment = AssessmentFactory()
    author = assessment.started_by
    for answer in assessment.answers.filter(position__in=[1, 3]):
        write(answer, author)
        evidence = EvidenceFactory(organisation=assessment.organisation, added_by=author)
        cite(answer.pk, evidence=evidence, actor=author)
    return assessment


@pytest.fixture
def actor(earlier):
    return member(earlier.organisation)


def following(earlier, actor, *, catalogue=None, **facts):
    version = VersionFactory(device=earlier.device, is_latest=False, **facts)
    return start(version, catalogue=catalogue or earlier.catalogue, actor=actor, earlier=earlier)


@pytest.fixture
def carried(earlier, actor):
    """Return the first answer of an assessment that started from ``earlier``."""
    return following(earlier, actor).answers.get(position=1)


def test_what_had_a_verdict_is_carried_over_to_be_confirmed(earlier, carried):
    source = earlier.answers.get(position=1)

    assert (carried.verdict, carried.justification) == ("adapted", "By **other** means.")
    assert carried.justification_html == source.justification_html
    assert (carried.owner, carried.due_on) == (source.owner, None)
    assert (carried.carried_from, carried.to_confirm, carried.state) == (source, True, "open")
    assert (carried.answered_by, carried.answered_at) == (source.answered_by, source.answered_at)
    assert carried.evidence_count == 1
    assert list(carried.evidence_links.values_list("evidence")) == list(
        source.evidence_links.values_list("evidence")
    )


def test_what_was_not_answered_starts_empty(carried):
    other = carried.assessment.answers.get(position=2)

    assert (other.verdict, other.carried_from, other.to_confirm) == ("not_assessed", None, False)
    assert not other.evidence_links.exists()


def test_the_start_is_one_event_that_says_how_many(earlier, carried):
    event = AuditEvent.objects.order_by("sequence").last()

    assert carried.assessment.started_from == earlier
    assert event.verb == "assessment.start"
    assert event.data["carried"] == 2
    assert event.data["started_from"] == earlier.full_name


def test_the_counters_say_how_many_are_to_be_confirmed(carried):
    before = list(PhaseReview.objects.order_by("pk").values())
    recount(PhaseReview.objects.filter(assessment=carried.assessment))

    assert list(PhaseReview.objects.order_by("pk").values()) == before
    reviews = PhaseReview.objects.filter(assessment=carried.assessment).order_by("position")
    assert [review.to_confirm for review in reviews] == [1, 1, 0, 0, 0]


def test_an_owner_who_left_owns_nothing_new(earlier, actor):
    earlier.answers.get(position=1).owner.memberships.all().delete()

    assert following(earlier, actor).answers.get(position=1).owner is None


def test_answers_of_another_device_are_refused(earlier, actor):
    version = VersionFactory(device__organisation=earlier.organisation)

    with pytest.raises(PortalError, match="same device"):
        start(version, catalogue=earlier.catalogue, actor=actor, earlier=earlier)


def test_of_another_edition_only_what_reads_the_same_is_carried_over(earlier, actor):
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue, phase=LifecyclePhase.DESIGN)
    same, reworded = earlier.answers.filter(position__in=[1, 3]).order_by("position")
    RecommendationFactory(section=section, code=same.code, title_en="Better said")
    RecommendationFactory(section=section, code=reworded.code, statement_fr="Autre chose.")
    publish(catalogue)

    assessment = following(earlier, actor, catalogue=catalogue)

    assert assessment.answers.get(code=same.code).carried_from == same
    assert assessment.answers.get(code=reworded.code).verdict == "not_assessed"
    waiting = Answer.objects.filter(assessment=assessment).awaiting_confirmation()
    assert [each.changes for each in compare(waiting, today=dt.date(2026, 11, 20))] == [
        ["The recommendation was reworded."]
    ]


def test_an_inclusion_is_carried_over_with_its_reason(actor, earlier):
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue, phase=LifecyclePhase.DESIGN)
    RecommendationFactory(section=section, applies_when=["wireless"])
    publish(catalogue)
    first = AssessmentFactory(version=earlier.version, catalogue=catalogue, actor=actor)
    answer = include(first.answers.get().pk, reason="A customer asks.", actor=actor)
    write(answer, actor)

    again = following(first, actor).answers.get()

    assert (again.is_applicable, again.inclusion_reason) == (True, "A customer asks.")
    assert (again.included_by, again.missing_facts) == (actor, ["wireless"])


def queries(size):
    assessment = AssessmentFactory(
        catalogue=CatalogueFactory(sizes=dict.fromkeys(LifecyclePhase, size))
    )
    author = assessment.started_by
    for answer in assessment.answers.all():
        write(answer, author)
        evidence = EvidenceFactory(organisation=assessment.organisation, added_by=author)
        cite(answer.pk, evidence=evidence, actor=author)
    version = VersionFactory(device=assessment.device, is_latest=False)
    with CaptureQueriesContext(connection) as captured:
        again = start(version, catalogue=assessment.catalogue, actor=author, earlier=assessment)
    keys = list(again.answers.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as confirmed:
        confirm_unchanged(again, answer_ids=keys, actor=author)
    return len(captured), len(confirmed)


def test_more_answers_cost_no_more_queries():
    one, three = queries(1), queries(3)
    assert one == three


def test_a_phase_is_not_submitted_before_its_answers_are_confirmed(carried, actor):
    write(carried.assessment.answers.get(position=2), actor)
    review = PhaseReview.objects.get(assessment=carried.assessment, phase="design")

    assert [(item.answer, item.sentence) for item in missing(review)] == [
        (carried, f"{carried.code} was carried over and is not confirmed yet.")
    ]
    with pytest.raises(TransitionRefused, match="not confirmed"):
        submit(review.pk, actor=actor)

    confirm(carried.pk, revision=carried.revision, actor=actor)
    assert submit(review.pk, actor=actor).state == "submitted"


def test_confirming_is_one_event_however_often_it_is_clicked(carried, actor):
    for _ in range(2):
        answer = confirm(carried.pk, revision=carried.revision, actor=actor)

    assert (answer.to_confirm, answer.revision) == (False, carried.revision + 1)
    assert answer.answered_by == actor
    events = AuditEvent.objects.filter(verb="answer.confirm")
    assert [event.data for event in events] == [{"to_confirm": [True, False]}]
    review = PhaseReview.objects.get(assessment=carried.assessment, phase="design")
    assert review.to_confirm == 0


def test_what_somebody_else_changed_meanwhile_is_not_confirmed_unseen(carried, actor):
    stale = carried.revision
    cite(carried.pk, evidence=_evidence(carried), actor=actor)

    with pytest.raises(AnswerMoved):
        confirm(carried.pk, revision=stale, actor=actor)

    carried.refresh_from_db()
    assert carried.to_confirm


def _evidence(answer):
    return EvidenceFactory(organisation=answer.organisation, added_by=answer.answered_by)


def test_saving_confirms_even_when_nothing_else_changes(carried, actor):
    write(carried, actor, owner_id=carried.owner_id, due_on=None)

    carried.refresh_from_db()
    assert (carried.to_confirm, carried.answered_by) == (False, actor)


@pytest.mark.parametrize("who", ["author", "confirmer"])
def test_neither_who_wrote_it_nor_who_confirmed_it_accepts_it(earlier, carried, actor, who):
    confirm(carried.pk, revision=carried.revision, actor=actor)
    write(carried.assessment.answers.get(position=2), actor)
    submit(PhaseReview.objects.get(assessment=carried.assessment, phase="design").pk, actor=actor)
    person = {"author": earlier.started_by, "confirmer": actor}[who]

    with pytest.raises(TransitionRefused, match="You wrote"):
        accept_answer(carried.pk, actor=person)

    reviewer = member(earlier.organisation, Role.REVIEWER)
    assert accept_answer(carried.pk, actor=reviewer).state == "accepted"


def test_who_only_started_the_assessment_is_no_author(earlier, carried, actor):
    authors = Authorship.objects.filter(answer=carried).values_list("user", flat=True)
    assert list(authors) == [earlier.started_by.pk]
    assert EvidenceLink.objects.get(answer=carried).linked_by == earlier.started_by


def test_those_that_did_not_change_are_confirmed_in_one_step(carried, actor):
    assessment = carried.assessment
    old = carried.evidence_links.get().evidence
    supersede(old, by=_evidence(carried), actor=actor)
    keys = list(assessment.answers.values_list("pk", flat=True))

    confirmed = confirm_unchanged(assessment, answer_ids=keys, actor=actor)

    assert [answer.position for answer in confirmed] == [3]
    event = AuditEvent.objects.order_by("sequence").last()
    assert (event.verb, event.data) == (
        "assessment.confirm",
        {"answers": [confirmed[0].code]},
    )
    confirmed[0].refresh_from_db()
    assert (confirmed[0].to_confirm, confirmed[0].answered_by) == (False, actor)
    assert Authorship.objects.filter(answer=confirmed[0], user=actor).exists()
    carried.refresh_from_db()
    assert carried.to_confirm
    reviews = PhaseReview.objects.filter(assessment=assessment).order_by("position")
    assert [review.to_confirm for review in reviews] == [1, 0, 0, 0, 0]


def test_confirming_nothing_leaves_no_event(earlier, actor):
    before = AuditEvent.objects.count()

    assert confirm_unchanged(earlier, answer_ids=[], actor=actor) == []
    assert AuditEvent.objects.count() == before


def test_superseded_evidence_is_named_until_somebody_confirms(carried, actor):
    old, new = carried.evidence_links.get().evidence, _evidence(carried)
    supersede(old, by=new, actor=actor)
    waiting = Answer.objects.filter(pk=carried.pk).awaiting_confirmation()

    [compared] = compare(waiting, today=timezone.localdate())

    assert compared.changes == [f"Evidence {old.label} was superseded by {new.label}."]


CARRIED = ["REC-001", "REC-002", "REC-004A", "REC-004B", "REC-005", "REC-115"]


def test_answers_follow_their_entries_into_an_edition_that_follows_the_earlier_one():
    first = CatalogueFactory(sizes=FOUR_EACH)
    second = second_edition(first)
    earlier = AssessmentFactory(catalogue=first)
    author = earlier.started_by
    for number in (1, 2, 4, 5, 6, 8, 15):
        said = {"justification": f"Text {number}."}
        write(earlier.answers.get(code=f"REC-{number:03}"), author, **said)
    joined = earlier.answers.get(code="REC-006")
    cite(
        joined.pk,
        evidence=EvidenceFactory(organisation=earlier.organisation, added_by=author),
        actor=author,
    )

    made = following(earlier, member(earlier.organisation), catalogue=second)

    carried = made.answers.filter(to_confirm=True).select_related(
        *("recommendation", "assessment__version", "carried_from__recommendation"),
        "carried_from__assessment__version",
    )
    by_code = {each.answer.code: each for each in compare(carried, today=timezone.localdate())}
    assert sorted(by_code) == CARRIED
    assert by_code["REC-115"].answer.justification == "Text 15."
    merged = by_code["REC-005"].answer
    assert merged.justification == "**REC-005**\n\nText 5.\n\n**REC-006**\n\nText 6."
    assert merged.evidence_count == merged.evidence_links.count() == 1
    # What reads the same can be confirmed unread; what was split, merged or reworded cannot.
    alike = sorted(code for code, each in by_code.items() if not each.changes)
    assert alike == ["REC-001", "REC-115"]


def test_answers_to_merged_entries_that_differ_are_left_to_decide():
    first = CatalogueFactory(sizes=FOUR_EACH)
    earlier = AssessmentFactory(catalogue=first)
    for code, verdict in (("REC-005", "adapted"), ("REC-006", "not_followed")):
        write(earlier.answers.get(code=code), earlier.started_by, verdict=verdict)

    made = following(earlier, member(earlier.organisation), catalogue=second_edition(first))

    assert not made.answers.filter(to_confirm=True).exists()
    assert made.answers.get(code="REC-005").verdict == "not_assessed"


def test_an_entry_that_was_split_without_other_words_is_not_confirmed_unread(earlier, actor):
    draft = start_draft(earlier.catalogue, edition="second", actor=None)
    entry = draft.recommendations.order_by("position").first()
    regrouping.split(entry, into=[{"code": f"{entry.code}{n}"} for n in "ab"], actor=None)

    made = following(earlier, actor, catalogue=publish_edition(draft.pk))

    waiting = made.answers.filter(to_confirm=True).order_by("position")
    assert [answer.code for answer in waiting][:2] == [f"{entry.code}a", f"{entry.code}b"]
    assert len(confirm_unchanged(made, answer_ids=[a.pk for a in waiting], actor=actor)) == 1
