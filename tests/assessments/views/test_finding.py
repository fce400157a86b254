import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import Remark, SilencedCheck
from assessments.services.answer import save_answer
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db
KEY = "documentation-incomplete"


@pytest.fixture
def assessment():
    """An assessment with one answer that is followed and cites nothing."""
    assessment = AssessmentFactory()
    answer = assessment.answers.order_by("position").first()
    save_answer(
        answer.pk,
        revision=answer.revision,
        verdict="followed",
        justification="As planned.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )
    return assessment


@pytest.fixture
def sign_in(client, assessment):
    def enter(role):
        member = MembershipFactory(
            organisation=assessment.organisation, role=role, user__language="en"
        )
        client.force_login(member.user)
        return member.user

    return enter


def address(assessment, name, *arguments):
    return reverse(f"assessments:{name}", args=[assessment.organisation.slug, *arguments])


def found(response):
    return [each.check.key for each in response.context["found"]]


def test_a_finding_is_told_where_people_work_and_stands_in_nobodys_way(client, assessment, sign_in):
    sign_in(Role.ASSESSOR)
    review = assessment.phase_reviews.get(phase="design")
    assert found(client.get(address(assessment, "assessment-detail", assessment.pk))) == [KEY]
    assert found(client.get(address(assessment, "phase-submit", review.pk))) == [KEY]
    other = assessment.phase_reviews.get(phase="development")
    assert found(client.get(address(assessment, "phase-submit", other.pk))) == []


def test_the_page_says_what_was_found_and_what_cannot_be_judged(client, assessment, sign_in):
    sign_in(Role.ASSESSOR)
    response = client.get(address(assessment, "assessment-findings", assessment.pk))
    outcomes = {
        finding.check.key: str(outcome)
        for outcome, findings in response.context["groups"]
        for finding in findings
    }
    assert outcomes[KEY] == "found"
    assert outcomes["documentation-not-findable"] == "not_judged"
    assert outcomes["sbom-missing"] == "not_concerned"
    assert "Raise this as a remark" not in response.content.decode()


def test_a_reviewer_raises_a_finding_as_a_remark_in_one_click(client, assessment, sign_in):
    sign_in(Role.REVIEWER)
    page = client.get(address(assessment, "assessment-findings", assessment.pk))
    assert "Raise this as a remark" in page.content.decode()
    answer = assessment.answers.order_by("position").first()

    client.post(
        address(assessment, "answer-remark", answer.pk),
        {"kind": "minor", "text": page.context["texts"][KEY]},
    )

    remark = Remark.objects.get(answer=answer)
    assert remark.kind == "minor"
    assert remark.text.startswith("Recommendations are said to be followed")
    assert answer.code in remark.text


def test_a_manager_turns_a_check_off_with_a_reason_and_on_again(client, assessment, sign_in):
    manager = sign_in(Role.MANAGER)
    checks = address(assessment, "check-list")
    off = address(assessment, "check-silence")
    client.post(off, {"key": KEY, "reason": "Our files lie elsewhere."})

    silenced = SilencedCheck.objects.get()
    assert (silenced.key, silenced.silenced_by) == (KEY, manager)
    assert found(client.get(address(assessment, "assessment-detail", assessment.pk))) == []
    assert "Our files lie elsewhere." in client.get(checks).content.decode()

    client.post(address(assessment, "check-heed"), {"key": KEY})

    assert not SilencedCheck.objects.exists()
    told = AuditEvent.objects.filter(verb__startswith="check.").order_by("sequence")
    assert [(event.verb, event.data["key"]) for event in told] == [
        ("check.silence", KEY),
        ("check.heed", KEY),
    ]


def test_what_cannot_be_turned_off_is_said(client, assessment, sign_in):
    sign_in(Role.MANAGER)
    checks = address(assessment, "check-silence")
    without = client.post(checks, {"key": KEY, "reason": " "})
    unknown = client.post(checks, {"key": "none", "reason": "Why not."})
    assert (without.status_code, unknown.status_code) == (422, 409)
    assert "required" in without.content.decode()
    assert "There is no such check." in unknown.content.decode()


def test_turning_off_twice_keeps_what_was_typed(client, assessment, sign_in):
    sign_in(Role.MANAGER)
    checks = address(assessment, "check-silence")
    client.post(checks, {"key": KEY, "reason": "Once."})
    response = client.post(checks, {"key": KEY, "reason": "Twice."})
    assert response.status_code == 409
    shown = response.content.decode()
    assert "This check is off already." in shown
    assert 'value="Twice."' in shown
    assert client.post(address(assessment, "check-heed"), {"key": "none"}).status_code == 409


def test_the_team_reads_which_checks_are_off_and_only_managers_choose(client, assessment, sign_in):
    sign_in(Role.ASSESSOR)
    shown = client.get(address(assessment, "check-list"))
    assert shown.status_code == 200
    assert "/checks/silence/" not in shown.content.decode()
    refused = client.post(address(assessment, "check-silence"), {"key": KEY, "reason": "No."})
    assert refused.status_code == 403
