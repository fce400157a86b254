"""The history of an answer, and an earlier text that comes back."""

import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import PhaseReview
from assessments.services.answer import save_answer
from assessments.services.evidence import cite, supersede, uncite
from assessments.services.remark import raise_remark
from assessments.services.review import accept_phase, submit
from assessments.services.sheet import confirm
from assessments.services.sheet_writing import write
from tests.assessments.services.test_sheet import sent
from tests.factories import AssessmentFactory, CatalogueFactory, EvidenceFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1})).answers.get()


@pytest.fixture
def author(client, answer):
    author = answer.assessment.started_by
    client.force_login(author)
    return author


def save(answer, actor, text, verdict="followed", reason=""):
    answer.refresh_from_db()
    return save_answer(
        answer.pk,
        revision=answer.revision,
        verdict=verdict,
        justification=text,
        owner_id=answer.owner_id,
        due_on=answer.due_on,
        actor=actor,
        reason=reason,
    )


def address(answer, name="history"):
    return reverse(f"assessments:answer-{name}", args=[answer.organisation.slug, answer.pk])


def page_of(client, answer):
    response = client.get(address(answer))
    assert response.status_code == 200
    return response


def whats(response):
    return [entry.what for entry in response.context["entries"]]


def test_who_changed_what_is_shown_word_by_word_newest_first(client, answer, author):
    save(answer, author, "The hospital updates the pump.")
    save(answer, author, "The maker updates the pump.", verdict="adapted")

    response = page_of(client, answer)

    newest, _oldest, *_ = response.context["entries"]
    assert str(newest.event.actor) == str(author)
    assert {(change.label, change.before, change.after) for change in newest.changes} >= {
        ("verdict", "followed", "adapted")
    }
    assert "The <del>hospital</del><ins>maker</ins> updates" in response.content.decode()


def test_what_happens_around_an_answer_is_in_its_history(client, answer, author):
    first, second = (
        EvidenceFactory(organisation=answer.organisation, added_by=author) for _ in range(2)
    )
    reviewer = MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user
    save(answer, author, "As planned.")
    cite(answer.pk, evidence=first, actor=author)
    supersede(first, by=second, actor=author)
    uncite(answer.pk, evidence=second, actor=author)
    cite(answer.pk, evidence=second, actor=author)
    raise_remark(answer, kind="question", text="Which report?", actor=reviewer)
    review = PhaseReview.objects.get(assessment=answer.assessment, phase="design")
    submit(review.pk, actor=author)
    accept_phase(review.pk, actor=reviewer)

    response = page_of(client, answer)

    assert whats(response) == [
        "Phase accepted",
        "Phase submitted",
        "Remark raised",
        "Evidence cited",
        "Evidence no longer cited",
        "Evidence superseded",
        "Evidence cited",
        "Answer written",
        "Assessment started",
    ]
    assert first.full_name in response.content.decode()
    assert "Which report?" in response.content.decode()


def test_a_change_of_many_shows_the_part_of_this_answer(client, answer, author):
    sheet = sent(answer.assessment, author, {0: {"Verdict": "followed", "Justification": "Bulk."}})
    confirm(sheet.pk, actor=author)
    write(sheet.pk)
    response = page_of(client, answer)
    assert whats(response)[0] == "Many answers changed at once"
    assert "<ins>Bulk.</ins>" in response.content.decode()


def restore(client, answer, event, **said):
    answer.refresh_from_db()
    sent = {"event": event.pk, "revision": answer.revision} | said
    return client.post(address(answer, "restore"), sent)


def written(answer):
    return AuditEvent.objects.filter(verb="answer.save").order_by("-sequence").first()


def test_an_earlier_text_comes_back_as_a_new_change(client, answer, author):
    save(answer, author, "First.")
    save(answer, author, "Second.", verdict="adapted")
    assert "Restore this text" in page_of(client, answer).content.decode()

    response = restore(client, answer, written(answer))

    answer.refresh_from_db()
    assert response.headers["Location"] == address(answer)
    assert (answer.justification, answer.verdict, answer.revision) == ("First.", "adapted", 4)
    assert written(answer).data == {"justification": ["Second.", "First."]}


def test_a_text_is_not_restored_over_a_newer_one(client, answer, author):
    save(answer, author, "First.")
    save(answer, author, "Second.")
    event, stale = written(answer), answer.revision
    save(answer, author, "Third.")

    assert restore(client, answer, event, revision=stale).status_code == 409
    answer.refresh_from_db()
    assert answer.justification == "Third."


def test_restoring_into_an_accepted_answer_asks_why(client, answer, author):
    save(answer, author, "First.")
    save(answer, author, "Second.")
    event = written(answer)
    review = PhaseReview.objects.get(assessment=answer.assessment, phase="design")
    submit(review.pk, actor=author)
    reviewer = MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user
    accept_phase(review.pk, actor=reviewer)

    assert restore(client, answer, event).status_code == 422
    assert restore(client, answer, event, reason="The first was right.").status_code == 302
    answer.refresh_from_db()
    assert (answer.justification, answer.state) == ("First.", "open")


def test_the_event_of_another_answer_gives_nothing_back(client, answer, author):
    other = AssessmentFactory(
        catalogue=answer.assessment.catalogue,
        actor=author,
        device__organisation=answer.organisation,
    ).answers.get()
    save(other, author, "Theirs.")
    save(other, author, "Theirs, later.")

    assert restore(client, answer, written(other)).status_code == 409
    assert client.post(address(answer, "restore"), {"event": "nonsense"}).status_code == 422
    answer.refresh_from_db()
    assert answer.justification == ""


def test_a_reviewer_reads_and_does_not_restore(client, answer, author):
    save(answer, author, "First.")
    save(answer, author, "Second.")
    client.force_login(MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user)
    assert "Restore this text" not in page_of(client, answer).content.decode()
    assert restore(client, answer, written(answer)).status_code == 403


def test_the_queries_of_a_history_do_not_grow_with_it(
    client, answer, author, django_assert_max_num_queries
):
    counts = []
    for size in (1, 3):
        for number in range(size):
            save(answer, author, f"Text {size} {number}.")
            evidence = EvidenceFactory(organisation=answer.organisation, added_by=author)
            cite(answer.pk, evidence=evidence, actor=author)
        with django_assert_max_num_queries(14) as captured:
            page_of(client, answer)
        counts.append(len(captured))
    assert counts[0] == counts[1]
