"""Who is told of what, when the mail leaves, and that nothing is told twice."""

import datetime as dt
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from ansm_portal.accounts.models import Membership
from ansm_portal.permissions import Role
from assessments.bulk import Wish
from assessments.enums import BulkKind, Delivery, NotificationKind
from assessments.models import Answer, Notification, PhaseReview
from assessments.services.answer import save_answer
from assessments.services.bulk import Expected, Order, apply
from assessments.services.evidence import cite, supersede
from assessments.services.mailing import send_due
from assessments.services.notification import mark_read, notify, prefer
from assessments.services.remark import raise_remark
from assessments.services.reminding import remind
from assessments.services.review import accept_phase, return_phase, submit
from tests.factories import AssessmentFactory, EvidenceFactory, MembershipFactory

pytestmark = pytest.mark.django_db

MORNING = dt.datetime(2026, 3, 2, 4, 30, tzinfo=dt.UTC)  # 05:30 in Paris


@pytest.fixture
def assessment():
    return AssessmentFactory()


@pytest.fixture
def author(assessment):
    return assessment.started_by


@pytest.fixture
def answer(assessment):
    return assessment.answers.order_by("position").first()


@pytest.fixture
def member(assessment):
    def of(role):
        return MembershipFactory(organisation=assessment.organisation, role=role).user

    return of


def told(person, kind=None):
    found = Notification.objects.filter(recipient=person)
    return found.filter(kind=kind).count() if kind else found.count()


def unread(person):
    return Membership.objects.get(user=person).unread_count


def save(answer, *, actor, **changes):
    answer.refresh_from_db()
    values = {
        "verdict": answer.verdict,
        "justification": answer.justification,
        "owner_id": answer.owner_id,
        "due_on": answer.due_on,
    }
    return save_answer(answer.pk, revision=answer.revision, actor=actor, **(values | changes))


class TestRules:
    """What happens, and who hears of it."""

    def test_an_owner_is_told_of_an_answer(self, answer, author, member):
        owner = member(Role.ASSESSOR)
        save(answer, actor=author, owner_id=owner.pk)

        assert told(owner, NotificationKind.ASSIGNED) == 1
        assert unread(owner) == 1

    def test_whoever_takes_an_answer_is_not_told(self, answer, author):
        save(answer, actor=author, owner_id=author.pk)

        assert told(author) == 0

    def test_writers_are_told_of_a_remark(self, answer, author, member):
        save(answer, actor=author, verdict="followed", justification="Done.")
        raise_remark(answer, kind="question", text="Where?", actor=member(Role.REVIEWER))

        assert told(author, NotificationKind.REMARK) == 1

    def test_whoever_is_called_in_a_remark_is_told(self, answer, author, member):
        called = member(Role.APPROVER)
        text = f"@{called.email} knows."
        raise_remark(answer, kind="question", text=text, actor=author)

        assert told(called, NotificationKind.MENTIONED) == 1

    def test_an_owner_is_told_once_of_many_answers(self, assessment, author, member):
        owner = member(Role.ASSESSOR)
        answers = list(assessment.answers.all()[:3])
        order = Order(
            kind=BulkKind.ASSIGN,
            wish=Wish(values={"owner_id": owner.pk}, text_max_length=100),
        )
        seen = {each.pk: Expected(each.revision, each.state) for each in answers}
        organisation = assessment.organisation
        apply(seen, order, organisation=organisation, token=uuid4(), actor=author)

        assert told(owner, NotificationKind.ASSIGNED) == 1

    def test_a_phase_on_its_way(self, assessment, author, member):
        reviewer, approver = member(Role.REVIEWER), member(Role.APPROVER)
        for each in Answer.objects.of_phase(assessment, "design"):
            save(each, actor=author, verdict="followed", justification="Done.")
        review = PhaseReview.objects.get(assessment=assessment, phase="design")

        submit(review.pk, actor=author)
        assert (told(reviewer, "submitted"), told(approver)) == (1, 0)

        return_phase(review.pk, comment="Say where.", actor=reviewer)
        assert told(author, "returned") == 1

        submit(review.pk, actor=author)
        assert told(reviewer, "submitted") == 1  # it is still unread

        accept_phase(review.pk, actor=reviewer)
        assert (told(author, "accepted"), told(approver, "submitted")) == (1, 1)

    def test_writers_are_told_of_what_superseded_evidence_reopens(self, assessment, author, member):
        reviewer = member(Role.REVIEWER)
        own = {"organisation": assessment.organisation, "added_by": author}
        old, new = EvidenceFactory(**own), EvidenceFactory(**own)
        for each in Answer.objects.of_phase(assessment, "design"):
            save(each, actor=author, verdict="followed", justification="Done.")
            cite(each.pk, evidence=old, actor=author)
        review = PhaseReview.objects.get(assessment=assessment, phase="design")
        submit(review.pk, actor=author)
        accept_phase(review.pk, actor=reviewer)
        supersede(old, by=new, actor=reviewer)

        assert told(author, "reopened") == review.applicable


class TestRecipients:
    """Members, and each once."""

    def test_people_outside_the_organisation_are_not_told(self, answer):
        stranger = MembershipFactory(role=Role.ASSESSOR).user
        notify(NotificationKind.MENTIONED, [stranger.pk], answer, actor=None)

        assert told(stranger) == 0

    def test_people_who_left_are_not_told(self, answer, member):
        person = member(Role.ASSESSOR)
        Membership.objects.filter(user=person).update(ends_on=dt.date(2020, 1, 1))
        notify(NotificationKind.MENTIONED, [person.pk], answer, actor=None)

        assert told(person) == 0

    def test_the_same_is_not_told_again_while_it_is_unread(self, answer, member):
        person = member(Role.ASSESSOR)
        for _ in range(2):
            notify(NotificationKind.RETURNED, [person.pk], answer, actor=None)
        assert told(person) == 1

        mark_read(answer.organisation_id, person=person)
        notify(NotificationKind.RETURNED, [person.pk], answer, actor=None)
        assert told(person) == 2
        assert unread(person) == 1

    def test_it_takes_as_many_queries_for_one_as_for_three(
        self, answer, member, django_assert_num_queries
    ):
        people = [member(Role.REVIEWER).pk for _ in range(3)]
        with django_assert_num_queries(6):
            notify(NotificationKind.SUBMITTED, people[:1], answer, actor=None)
        with django_assert_num_queries(8):  # one more for each person's counter
            notify(NotificationKind.RETURNED, people, answer, actor=None)


class TestMail:
    """When mails leave, to whom, and what they say."""

    @pytest.fixture
    def person(self, member):
        person = member(Role.ASSESSOR)
        person.language = "fr"
        person.save()
        return person

    @pytest.fixture
    def tell(self, answer, person, monkeypatch):
        monkeypatch.setattr(timezone, "now", lambda: MORNING)

        def about(kind):
            notify(kind, [person.pk], answer, actor=None)

        return about

    @pytest.mark.parametrize(
        ("kind", "hours"),
        [(NotificationKind.MENTIONED, 0), (NotificationKind.ASSIGNED, 1.5)],
    )
    def test_it_leaves_at_once_or_with_the_digest_of_seven(self, answer, person, tell, kind, hours):
        tell(kind)

        due = Notification.objects.get(recipient=person).mail_due_at
        assert due - MORNING == dt.timedelta(hours=hours)

    def test_after_seven_the_digest_is_that_of_tomorrow(self, tell, person, monkeypatch):
        monkeypatch.setattr(timezone, "now", lambda: MORNING + dt.timedelta(hours=3))
        tell(NotificationKind.ASSIGNED)

        due = Notification.objects.get(recipient=person).mail_due_at
        assert due == MORNING + dt.timedelta(days=1, hours=1.5)

    def test_who_wants_no_mail_gets_none(self, tell, person):
        prefer(person, {NotificationKind.MENTIONED: Delivery.OFF})
        tell(NotificationKind.MENTIONED)

        assert Notification.objects.get(recipient=person).mail_due_at is None

    def test_everything_due_is_one_mail_in_ones_language(self, answer, tell, person, settings):
        settings.PUBLIC_URL = "https://portal.example.org/"
        tell(NotificationKind.MENTIONED)
        tell(NotificationKind.RETURNED)

        assert send_due(answer.organisation, now=MORNING) == (1, 0)

        (message,) = mail.outbox
        assert message.to == [person.email]
        assert answer.code in message.body
        assert f"https://portal.example.org{answer.get_absolute_url()}" in message.body
        html, kind = message.alternatives[0]
        assert (kind, '<html lang="fr">' in html) == ("text/html", True)
        assert message.attachments == []

    def test_a_mail_leaves_once(self, answer, tell):
        tell(NotificationKind.MENTIONED)
        for _ in range(2):
            send_due(answer.organisation, now=MORNING)

        assert len(mail.outbox) == 1

    def test_what_was_read_meanwhile_is_not_sent(self, answer, tell, person):
        tell(NotificationKind.MENTIONED)
        mark_read(answer.organisation_id, person=person)
        send_due(answer.organisation, now=MORNING)

        assert mail.outbox == []

    def test_who_left_meanwhile_gets_none(self, answer, tell, person):
        tell(NotificationKind.MENTIONED)
        Membership.objects.filter(user=person).update(ends_on=dt.date(2020, 1, 1))

        assert send_due(answer.organisation, now=MORNING) == (0, 0)

    def test_a_mail_that_fails_stays_due(self, answer, tell, monkeypatch):
        tell(NotificationKind.MENTIONED)

        def refuse(message, **_):
            raise ConnectionRefusedError

        with monkeypatch.context() as broken:
            broken.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
            assert send_due(answer.organisation, now=MORNING) == (0, 1)
        assert send_due(answer.organisation, now=MORNING) == (1, 0)


class TestReminders:
    """Days that come near or have passed, each told once."""

    DAY = dt.date(2026, 3, 20)

    @pytest.fixture
    def owner(self, answer, author, member):
        owner = member(Role.ASSESSOR)
        save(answer, actor=author, owner_id=owner.pk, due_on=self.DAY)
        mark_read(answer.organisation_id, person=owner)
        return owner

    @pytest.mark.parametrize(
        ("days", "kind"),
        [(-8, None), (-7, "due"), (0, "due"), (1, "overdue"), (90, "overdue")],
    )
    def test_a_week_before_and_when_it_has_passed(self, answer, owner, days, kind):
        remind(answer.organisation_id, on=self.DAY + dt.timedelta(days))

        told = Notification.objects.filter(recipient=owner, day=self.DAY)
        assert list(told.values_list("kind", flat=True)) == ([kind] if kind else [])

    def test_each_is_told_once_even_when_read(self, answer, owner):
        for _ in range(2):
            remind(answer.organisation_id, on=self.DAY)
            mark_read(answer.organisation_id, person=owner)

        assert told(owner, "due") == 1

    def test_a_day_that_moves_is_told_again(self, answer, author, owner):
        remind(answer.organisation_id, on=self.DAY)
        save(answer, actor=author, due_on=self.DAY + dt.timedelta(2))
        remind(answer.organisation_id, on=self.DAY)

        assert told(owner, "due") == 2

    def test_what_is_followed_needs_no_reminder(self, answer, author, owner):
        save(answer, actor=author, verdict="followed", justification="Done.")

        assert remind(answer.organisation_id, on=self.DAY) == 0

    @pytest.mark.parametrize(("days", "count"), [(-31, 0), (-30, 1), (0, 1), (1, 0)])
    def test_evidence_that_ends_within_a_month(self, assessment, author, days, count):
        EvidenceFactory(organisation=assessment.organisation, added_by=author, expires_on=self.DAY)

        assert remind(assessment.organisation_id, on=self.DAY + dt.timedelta(days)) == count


def test_the_schedule_reminds_and_sends(answer, author, member, capsys):
    owner = member(Role.ASSESSOR)
    prefer(owner, {NotificationKind.OVERDUE: Delivery.NOW})
    save(answer, actor=author, owner_id=owner.pk, due_on=dt.date(2026, 1, 1))

    call_command("run_schedule", "--once")

    slug = answer.organisation.slug
    out = capsys.readouterr().out
    assert f"{slug}: 1 reminders" in out
    assert f"{slug}: 1 mails sent, 0 failed" in out
    assert len(mail.outbox) == 1
