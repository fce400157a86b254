import pytest

from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.models import Answer, PhaseReview
from assessments.services.answer import AnswerMoved, exclude_again, include, save_answer
from assessments.services.profile import change_profile, preview
from devices.enums import Fact, LifecyclePhase
from devices.services.changes import RowMoved
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    MembershipFactory,
    RecommendationFactory,
    SectionFactory,
)
from tests.factories.assessments import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def author(answer):
    return answer.assessment.started_by


def save(answer, actor, **changes):
    said = {
        "revision": answer.revision,
        "verdict": "followed",
        "justification": "As planned.",
        "owner_id": None,
        "due_on": None,
    }
    return save_answer(answer.pk, actor=actor, **(said | changes))


def test_the_second_to_save_is_told_what_the_first_wrote(answer, author):
    colleague = MembershipFactory(organisation=answer.organisation).user
    save(answer, author, justification="Mine.")

    with pytest.raises(AnswerMoved, match=str(author)) as moved:
        save(answer, colleague, justification="Theirs.")

    answer.refresh_from_db()
    assert moved.value.theirs.justification == answer.justification == "Mine."


def test_a_double_click_is_one_event(answer, author):
    save(answer, author)
    save(answer, author)

    assert AuditEvent.objects.filter(verb="answer.save").count() == 1
    answer.refresh_from_db()
    assert answer.revision == 2


def test_an_event_tells_what_changed_from_what_to_what(answer, author):
    save(answer, author, justification="First.")
    answer.refresh_from_db()
    save(answer, author, justification="Second.")

    event = AuditEvent.objects.filter(verb="answer.save").order_by("-sequence").first()
    assert event.data == {"justification": ["First.", "Second."]}


def test_markdown_is_stored_as_clean_html_beside_its_source(answer, author):
    saved = save(answer, author, justification="**Yes** <script>alert(1)</script>")

    assert saved.justification == "**Yes** <script>alert(1)</script>"
    assert saved.justification_html.startswith("<p><strong>Yes</strong> &lt;script&gt;")


@pytest.fixture
def wireless():
    """Return the answer to a recommendation for devices with a wireless link, in one without."""
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue, phase=LifecyclePhase.DESIGN)
    RecommendationFactory(section=section, applies_when=["wireless"])
    RecommendationFactory(section=section)
    publish(catalogue)
    return AssessmentFactory(catalogue=catalogue).answers.get(is_applicable=False)


def test_what_the_profile_excludes_is_not_answered(wireless):
    with pytest.raises(PortalError, match="does not apply"):
        save(wireless, wireless.assessment.started_by)
    assert wireless.missing_facts == ["wireless"]


def test_an_exclusion_is_reversed_with_a_reason_and_taken_back(wireless):
    actor = wireless.assessment.started_by
    with pytest.raises(PortalError, match="why"):
        include(wireless.pk, reason=" ", actor=actor)

    included = include(wireless.pk, reason="A customer asks.", actor=actor)
    review = PhaseReview.objects.get(assessment=wireless.assessment, phase="design")
    assert (included.is_applicable, review.applicable, review.excluded) == (True, 2, 0)

    exclude_again(wireless.pk, actor=actor)
    review.refresh_from_db()
    wireless.refresh_from_db()
    assert (wireless.is_applicable, review.applicable, review.excluded) == (False, 1, 1)


def test_a_new_fact_makes_a_recommendation_apply(wireless):
    version = wireless.assessment.version
    manager = MembershipFactory(organisation=version.organisation, role=Role.MANAGER).user
    facts = frozenset({Fact.WIRELESS})
    assert preview(version, facts).begins_to_apply == [wireless.code]

    change_profile(version, facts=facts, revision=version.revision, actor=manager)

    wireless.refresh_from_db()
    assert (wireless.is_applicable, wireless.missing_facts) == (True, [])


def test_a_change_of_profile_reopens_what_was_accepted(wireless):
    assessment = wireless.assessment
    other = assessment.answers.get(is_applicable=True)
    save(other, assessment.started_by)
    reviewer = MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user
    review = PhaseReview.objects.get(assessment=assessment, phase="design")
    from assessments.services.review import accept_phase, submit

    submit(review.pk, actor=assessment.started_by)
    accept_phase(review.pk, actor=reviewer)
    version = assessment.version

    change_profile(
        version, facts=frozenset({Fact.WIRELESS}), revision=version.revision, actor=reviewer
    )

    other.refresh_from_db()
    review.refresh_from_db()
    assert (other.state, review.state) == ("open", "open")
    assert "profile" in other.reopened_reason


def test_a_stale_change_of_profile_is_refused(wireless):
    version = wireless.assessment.version
    actor = wireless.assessment.started_by
    with pytest.raises(RowMoved):
        change_profile(version, facts=frozenset({Fact.WIRELESS}), revision=99, actor=actor)
    assert not Answer.objects.get(pk=wireless.pk).is_applicable
