import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import Answer, BulkChange, Evidence, PhaseReview
from assessments.services.answer import save_answer
from assessments.services.review import accept_phase, submit
from tests.factories import AssessmentFactory, CatalogueFactory, EvidenceFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3, "development": 2}))


@pytest.fixture
def assessor(client, assessment):
    client.force_login(assessment.started_by)
    return client


def address(assessment, name, *arguments):
    return reverse(f"assessments:bulk-{name}", args=[assessment.organisation.slug, *arguments])


def hidden(page):
    """Return the hidden fields of the first form of a preview, as the browser sends them."""
    form = re.search(r'action="[^"]*/apply/">(.*?)</form>', page, re.DOTALL).group(1)
    pairs = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in pairs if name != "csrfmiddlewaretoken"}


def sent(answers, **fields):
    keys = " ".join(f"{a.pk}:{a.revision}:{a.state}" for a in answers)
    return {"answers": keys, "do": "verdict", "how": "append"} | fields


def answers_of(assessment):
    return list(assessment.answers.order_by("position"))


def preview(client, assessment, answers, **fields):
    return client.post(address(assessment, "preview"), sent(answers, **fields))


SAID = {"verdict": "adapted", "justification": "By a firewall."}


def test_the_chosen_answers_are_carried_to_the_form(assessor, assessment):
    first, second, third, *_others = answers_of(assessment)
    page = assessor.get(address(assessment, "choose"), {"answer": [first.pk, third.pk]})
    text = page.content.decode()
    assert "Change 2 answers at once" in text
    assert str(first.pk) in text
    assert str(second.pk) not in text


def test_all_of_a_phase_are_chosen(assessor, assessment):
    query = {"all": "1", "assessment": assessment.pk, "phase": "design"}
    text = assessor.get(address(assessment, "choose"), query).content.decode()
    assert "Change 3 answers at once" in text


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"phase": "none"}, {"owner": "him"}])
def test_a_filter_that_is_not_understood_chooses_nothing(assessor, assessment, wrong):
    page = assessor.get(address(assessment, "choose"), {"all": "1"} | wrong)
    assert page.status_code == 409
    assert "This filter cannot be used here." in page.content.decode()


def test_no_answer_chosen_is_said(assessor, assessment):
    page = assessor.get(address(assessment, "choose"), {"answer": ["nonsense", ""]})
    assert "No answer is chosen" in page.content.decode()


def test_more_than_can_be_changed_at_once_are_refused_and_not_cut(
    assessor, assessment, monkeypatch
):
    monkeypatch.setattr("assessments.views.bulk.MOST_AT_ONCE", 2)
    page = assessor.get(address(assessment, "choose"), {"all": "1"})
    assert page.status_code == 409


def test_a_preview_says_what_changes_and_what_does_not_and_writes_nothing(assessor, assessment):
    first, second, *_others = answers_of(assessment)
    save_answer(
        first.pk,
        revision=1,
        verdict="followed",
        justification="Ours.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )
    events = AuditEvent.objects.count()

    page = preview(assessor, assessment, [Answer.objects.get(pk=first.pk), second], **SAID)

    text = page.content.decode()
    assert page.status_code == 200
    assert "1 answer changes" in text
    assert "1 answer stays: It has a verdict already." in re.sub(r"\s+", " ", text)
    assert "<ins>By a firewall.</ins>" in text
    assert AuditEvent.objects.count() == events
    assert not BulkChange.objects.exists()
    assert hidden(text)["answers"] == f"{second.pk}:1:open"


def test_what_was_shown_is_done_and_shown_with_a_button_to_undo(assessor, assessment):
    answers = answers_of(assessment)
    fields = hidden(preview(assessor, assessment, answers, **SAID).content.decode())

    response = assessor.post(address(assessment, "apply"), fields, follow=True)

    text = response.content.decode()
    assert "5 answers were changed." in text
    assert ">Undo" in re.sub(r"</svg>\s*", ">", text)
    assert set(assessment.answers.values_list("verdict", "justification")) == {
        ("adapted", "By a firewall.")
    }


def test_two_clicks_are_one_change_and_show_the_same_page(assessor, assessment):
    fields = hidden(preview(assessor, assessment, answers_of(assessment), **SAID).content.decode())
    first = assessor.post(address(assessment, "apply"), fields)
    second = assessor.post(address(assessment, "apply"), fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert BulkChange.objects.count() == 1


def test_what_moved_between_the_two_pages_is_left_and_named(assessor, assessment):
    answers = answers_of(assessment)
    fields = hidden(preview(assessor, assessment, answers, **SAID).content.decode())
    save_answer(
        answers[0].pk,
        revision=1,
        verdict="followed",
        justification="Quicker.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )

    text = assessor.post(address(assessment, "apply"), fields, follow=True).content.decode()

    assert "4 answers were changed." in text
    assert f"1 answer was left as it is ({answers[0].code})" in text
    assert Answer.objects.get(pk=answers[0].pk).justification == "Quicker."


def test_when_everything_moved_the_preview_comes_back(assessor, assessment):
    answers = answers_of(assessment)[:1]
    fields = hidden(preview(assessor, assessment, answers, **SAID).content.decode())
    save_answer(
        answers[0].pk,
        revision=1,
        verdict="followed",
        justification="Quicker.",
        owner_id=None,
        due_on=None,
        actor=assessment.started_by,
    )
    response = assessor.post(address(assessment, "apply"), fields)
    assert response.status_code == 409
    assert "Nothing was changed" in response.content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"do": "assign"}, "Choose an owner, a due day or both."),
        ({"do": "assign", "due_on": "2026-09-01", "clear_due": "on"}, "not both"),
        ({"do": "assign", "owner": "stranger"}, "Select a valid choice"),
        ({"do": "verdict"}, "Choose a verdict."),
        ({"do": "verdict", "verdict": "not_assessed"}, "Select a valid choice"),
        ({"do": "exclude"}, "Say why they are not applicable."),
        ({"do": "evidence"}, "Choose a piece of evidence"),
        ({"do": "evidence", "words": "nowhere"}, "No evidence of the register matches"),
        ({"do": "evidence", "reference": "QMS-1"}, "Give it a title."),
        ({"do": "everything"}, "Select a valid choice"),
        ({"answers": ""}, "Choose at least one answer."),
        ({"answers": "1:2:3"}, "Choose the answers again."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(assessor, assessment, fields, sentence):
    typed = {"justification": "Mille mots."}
    everything = sent(answers_of(assessment)) | typed | fields
    response = assessor.post(address(assessment, "preview"), everything)
    assert response.status_code == 422
    text = unescape(response.content.decode())
    assert sentence in text
    assert "Mille mots." in text


def test_evidence_is_found_by_number_or_words(assessor, assessment):
    def piece(**fields):
        return EvidenceFactory(
            organisation=assessment.organisation, added_by=assessment.started_by, **fields
        )

    by_number, test_report, plan = (
        piece(title="Risk file"),
        piece(title="Penetration test report"),
        piece(title="Penetration test plan"),
    )
    answers = answers_of(assessment)

    for words, found in ((by_number.label, by_number), ("penetration plan", plan)):
        page = preview(assessor, assessment, answers, do="evidence", words=words)
        assert hidden(page.content.decode())["evidence"] == str(found.pk)
    several = preview(assessor, assessment, answers, do="evidence", words="penetration")
    assert several.status_code == 422
    assert f'value="{test_report.pk}"' in several.content.decode()


def test_a_reference_is_registered_when_it_is_done_not_when_it_is_shown(assessor, assessment):
    new = {"do": "evidence", "reference": "QMS-17", "title": "Procedure"}
    fields = hidden(preview(assessor, assessment, answers_of(assessment), **new).content.decode())
    assert not Evidence.objects.exists()
    assessor.post(address(assessment, "apply"), fields)
    assert Evidence.objects.get().links.count() == 5


def test_phases_are_submitted_each_or_refused_with_what_is_missing(assessor, assessment):
    answers = answers_of(assessment)
    for answer in answers[:3]:
        save_answer(
            answer.pk,
            revision=1,
            verdict="adapted",
            justification="So.",
            owner_id=None,
            due_on=None,
            actor=assessment.started_by,
        )
    page = preview(assessor, assessment, answers_of(assessment), do="submit")
    text = page.content.decode()
    assert "1 phase can be submitted" in text
    assert f"{answers[3].code} has no verdict." in text

    done = assessor.post(address(assessment, "apply"), hidden(text), follow=True)

    assert "1 phase is submitted to the reviewers." in done.content.decode()
    states = PhaseReview.objects.filter(assessment=assessment).order_by("position")
    assert list(states.values_list("state", flat=True)[:2]) == ["submitted", "open"]
    assert AuditEvent.objects.filter(verb="phase.submit").count() == 1


def test_accepted_answers_say_that_they_go_back_to_review(client, assessor, assessment):
    answers = answers_of(assessment)[:3]
    for answer in answers:
        save_answer(
            answer.pk,
            revision=1,
            verdict="followed",
            justification="So.",
            owner_id=None,
            due_on=None,
            actor=assessment.started_by,
        )
    reviewer = MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user
    review = assessment.phase_reviews.get(phase="design")
    submit(review.pk, actor=assessment.started_by)
    accept_phase(review.pk, actor=reviewer)
    accepted = answers_of(assessment)[:3]

    without = preview(assessor, assessment, accepted, everywhere="on", **SAID)
    with_reason = preview(assessor, assessment, accepted, everywhere="on", reason="Audit.", **SAID)

    assert "0 answers change" in without.content.decode()
    assert with_reason.content.decode().count("goes back to review") == 3


def test_undoing_is_for_the_maker_and_for_managers(client, assessor, assessment):
    fields = hidden(preview(assessor, assessment, answers_of(assessment), **SAID).content.decode())
    assessor.post(address(assessment, "apply"), fields)
    change = BulkChange.objects.get()
    colleague = MembershipFactory(organisation=assessment.organisation).user
    manager = MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER).user

    client.force_login(colleague)
    refused = client.post(address(assessment, "undo", change.pk))
    client.force_login(manager)
    seen = client.get(address(assessment, "list")).content.decode()
    undone = client.post(address(assessment, "undo", change.pk), follow=True)
    again = client.post(address(assessment, "undo", change.pk))

    assert refused.status_code == 403
    assert address(assessment, "detail", change.pk) in seen
    assert "The change is undone" in undone.content.decode()
    assert again.status_code == 409
    assert set(assessment.answers.values_list("verdict", flat=True)) == {"not_assessed"}


def test_a_colleague_does_not_list_what_others_did(client, assessor, assessment):
    fields = hidden(preview(assessor, assessment, answers_of(assessment), **SAID).content.decode())
    assessor.post(address(assessment, "apply"), fields)
    client.force_login(MembershipFactory(organisation=assessment.organisation).user)
    assert "None yet." in client.get(address(assessment, "list")).content.decode()


def test_answers_of_another_organisation_are_not_chosen(assessor, assessment):
    foreign = AssessmentFactory().answers.first()
    response = preview(assessor, assessment, [foreign], **SAID)
    assert response.status_code == 422
    assert "not there any longer" in response.content.decode()


def test_the_journal_says_it_once_for_all(client, assessor, assessment):
    fields = hidden(preview(assessor, assessment, answers_of(assessment), **SAID).content.decode())
    assessor.post(address(assessment, "apply"), fields)
    client.force_login(
        MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER).user
    )
    page = client.get(reverse("audit:journal", args=[assessment.organisation.slug]))
    text = page.content.decode()
    assert "Many answers changed at once" in text
    assert "Verdict (5 ×)" in text
    assert ", ".join(answer.code for answer in answers_of(assessment)) in text


@pytest.mark.parametrize("page", ["choose", "preview", "detail"])
def test_the_queries_do_not_grow_with_the_rows(client, page):
    counts = []
    for size in (1, 3, 50):
        assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": size}))
        client.force_login(assessment.started_by)
        answers = answers_of(assessment)
        arguments = []
        if page == "detail":
            shown = preview(client, assessment, answers, **SAID).content.decode()
            client.post(address(assessment, "apply"), hidden(shown))
            arguments = [BulkChange.objects.get(organisation=assessment.organisation).pk]
        with CaptureQueriesContext(connection) as captured:
            if page == "preview":
                response = preview(client, assessment, answers, **SAID)
            else:
                response = client.get(
                    address(assessment, page, *arguments), {"answer": [a.pk for a in answers]}
                )
        assert response.status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= 8
