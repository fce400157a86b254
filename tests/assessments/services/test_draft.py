import pytest

from ansm_portal.audit.models import AuditEvent
from assessments.models import Answer, AnswerDraft
from assessments.services.answer import AnswerMoved, save_answer
from assessments.services.draft import discard_draft, draft_of, keep_draft
from tests.factories import AssessmentFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def author(answer):
    return answer.assessment.started_by


def typed(**changes):
    return {
        "verdict": "followed",
        "justification": "Half a sen",
        "owner_id": None,
        "due_on": None,
        "reason": "",
        "override_reason": "",
        **changes,
    }


def save(answer, author, justification, **options):
    return save_answer(
        answer.pk,
        revision=options.pop("revision", answer.revision),
        verdict="followed",
        justification=justification,
        owner_id=None,
        due_on=None,
        actor=author,
        **options,
    )


def test_a_draft_replaces_the_one_before_and_changes_neither_answer_nor_journal(answer, author):
    events = AuditEvent.objects.count()
    keep_draft(answer.pk, revision=1, typed=typed(), author=author)
    keep_draft(answer.pk, revision=1, typed=typed(justification="Half a sentence."), author=author)

    draft = AnswerDraft.objects.get()
    answer.refresh_from_db()
    assert (draft.justification, draft.revision) == ("Half a sentence.", 1)
    assert (draft.organisation_id, draft.author) == (answer.organisation_id, author)
    assert (answer.justification, answer.revision) == ("", 1)
    assert AuditEvent.objects.count() == events


def test_a_draft_belongs_to_its_author(answer, author):
    colleague = MembershipFactory(organisation=answer.organisation).user
    keep_draft(answer.pk, revision=1, typed=typed(justification="Hers."), author=colleague)
    keep_draft(answer.pk, revision=1, typed=typed(justification="His."), author=author)

    discard_draft(answer.pk, author=author)

    assert draft_of(answer, author) is None
    assert draft_of(answer, colleague).justification == "Hers."


def test_what_the_answer_says_already_is_no_draft(answer, author):
    keep_draft(answer.pk, revision=1, typed=typed(), author=author)
    same = typed(verdict=answer.verdict, justification=answer.justification)

    assert keep_draft(answer.pk, revision=1, typed=same, author=author) is None
    assert not AnswerDraft.objects.exists()


@pytest.mark.parametrize("name", ["reason", "override_reason"])
def test_a_reason_alone_is_a_draft(answer, author, name):
    same = typed(verdict=answer.verdict, justification=answer.justification)
    keep_draft(answer.pk, revision=1, typed=same | {name: "The board was"}, author=author)
    assert getattr(AnswerDraft.objects.get(), name) == "The board was"


def test_saving_from_the_form_ends_the_draft_of_who_saves_only(answer, author):
    colleague = MembershipFactory(organisation=answer.organisation).user
    for person in (author, colleague):
        keep_draft(answer.pk, revision=1, typed=typed(), author=person)

    save(answer, author, "A whole sentence.", typed=True)

    assert [draft.author for draft in AnswerDraft.objects.all()] == [colleague]


def test_a_draft_survives_a_save_that_is_refused_and_one_from_elsewhere(answer, author):
    keep_draft(answer.pk, revision=1, typed=typed(), author=author)
    save(answer, author, "From a spreadsheet.")
    assert draft_of(answer, author)

    with pytest.raises(AnswerMoved):
        save(answer, author, "Mine.", revision=1, typed=True)
    assert draft_of(answer, author)


def test_an_answer_that_is_gone_keeps_no_draft(author):
    with pytest.raises(Answer.DoesNotExist):
        keep_draft(author.pk, revision=1, typed=typed(), author=author)
