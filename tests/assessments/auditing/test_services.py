import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.dossier.follow_up import FollowUp
from assessments.enums import LinkState, RemarkState
from assessments.models import Notification, Remark
from assessments.services import auditing
from assessments.services.answer import save_answer
from assessments.services.auditing import raise_on_dossier
from assessments.services.dossier_link import (
    create_link,
    extend_link,
    link_at,
    link_of,
    open_link,
    revoke_link,
    send_link,
)
from assessments.services.remark import Guest, change_kind, close, reopen, reply
from tests.assessments.auditing.rows import terms
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(dossier, manager):
    return create_link(dossier, terms=terms(), actor=manager)[0]


@pytest.fixture
def guest(link):
    return Guest(link, "Anne Roux")


def raised(dossier, actor, code="", text="Which report?", kind="minor"):
    return raise_on_dossier(dossier, code=code, kind=kind, text=text, actor=actor)


def verbs():
    return list(AuditEvent.objects.order_by("sequence").values_list("verb", flat=True))


# Links


def test_only_the_digest_of_the_secret_is_kept(dossier, manager):
    link, token = create_link(dossier, terms=terms(), actor=manager)
    slug = dossier.organisation.slug
    assert len(token) >= 43  # 256 random bits
    assert link_at(slug, token) == link
    assert link_at(slug, token[:-1]) is None
    assert link_at("somebody-else", token) is None
    told = AuditEvent.objects.get(verb="link.create").data
    assert (told["name"], told["number"]) == ("Anne Roux", dossier.number)
    assert token not in str(told) + str(vars(link))


@pytest.mark.parametrize("days", [-1, 181])
def test_a_link_ends_within_the_time_allowed(dossier, manager, days):
    day = timezone.localdate() + dt.timedelta(days=days)
    with pytest.raises(PortalError):
        create_link(dossier, terms=terms(ends_on=day), actor=manager)
    assert not dossier.links.exists()


@pytest.mark.parametrize("state", ["queued", "withdrawn"])
def test_there_is_no_link_to_what_does_not_count(assessment, dossier, manager, state):
    dossier.state = state
    with pytest.raises(PortalError, match="issued and not withdrawn"):
        create_link(dossier, terms=terms(), actor=manager)


def test_a_link_opens_until_it_ends_or_is_revoked(dossier, manager, link):
    today = timezone.localdate()
    assert link.state_on(today) == LinkState.UNUSED
    open_link(link)
    link.refresh_from_db()
    assert (link.uses, link.state_on(today)) == (1, LinkState.ACTIVE)
    assert link.state_on(link.ends_on + dt.timedelta(days=1)) == LinkState.EXPIRED
    revoke_link(link.pk, actor=manager)
    revoke_link(link.pk, actor=manager)
    assert link_of(link.pk) is None
    assert verbs() == ["assessment.start", "link.create", "link.open", "link.revoke"]
    with pytest.raises(PortalError, match="stays revoked"):
        extend_link(link.pk, ends_on=today, actor=manager)


def test_a_link_that_ended_opens_again_on_another_day(link, manager):
    type(link).objects.update(ends_on=dt.date(2020, 1, 1))
    assert link_of(link.pk) is None
    day = timezone.localdate() + dt.timedelta(days=1)
    extend_link(link.pk, ends_on=day, actor=manager)
    assert link_of(link.pk) == link
    told = AuditEvent.objects.get(verb="link.extend").data
    assert told["ends_on"] == ["2020-01-01", day.isoformat()]


def test_the_mail_is_in_the_language_of_the_link(make, manager):
    link, _address = make(language="fr")
    assert send_link(link, address="https://portal.example.org/shared/open/x/y/", actor=manager)
    [message] = mail.outbox
    assert (message.to, message.reply_to) == (["anne.roux@example.org"], [manager.email])
    assert "vous donne accès au dossier" in message.body
    assert "https://portal.example.org/shared/open/x/y/" in message.body
    assert "/shared/" not in str(AuditEvent.objects.get(verb="link.mail").data)


def test_a_mail_that_does_not_leave_is_said(link, manager, monkeypatch, caplog):
    def refuse(message):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    assert not send_link(link, address="https://x.example/", actor=manager)
    assert "link.mail" not in verbs()
    caplog.clear()


# Remarks


def test_a_remark_arrives_on_the_answer_of_today_and_leaves_it_accepted(dossier, guest):
    answer = dossier.assessment.answers.get()
    before = (answer.state, answer.revision)
    remark = raised(dossier, guest, code=answer.code)
    answer.refresh_from_db()
    assert (remark.answer, (answer.state, answer.revision)) == (answer, before)
    assert remark.is_blocking
    assert remark.raiser == "Anne Roux, Notified body"
    event = AuditEvent.objects.get(verb="remark.raise")
    assert event.actor is None
    assert (event.data["guest"], event.data["answer"]) == (remark.raiser, answer.code)
    assert verify(dossier.organisation_id).is_intact


def test_a_recommendation_the_dossier_lacks_is_refused(dossier, guest):
    with pytest.raises(PortalError, match="no recommendation with this code"):
        raised(dossier, guest, code="REC-999")


def test_the_team_is_told(dossier, guest, manager):
    answer = dossier.assessment.answers.get()
    author = dossier.assessment.started_by
    save_answer(
        answer.pk,
        revision=answer.revision,
        verdict="not_followed",
        justification="Not yet.",
        owner_id=author.pk,
        due_on=None,
        actor=author,
    )
    raised(dossier, guest, code=answer.code)
    told = Notification.objects.filter(kind="remark").values_list("recipient", flat=True)
    assert set(told) == {author.pk, manager.pk}


def test_who_raised_it_closes_it_through_the_same_link_only(dossier, guest, manager):
    remark = raised(dossier, guest)
    other = Guest(create_link(dossier, terms=terms(), actor=manager)[0], "Anne Roux")
    reviewer = MembershipFactory(organisation=dossier.organisation, role=Role.REVIEWER).user

    reply(remark.pk, text="In section 4.", actor=manager)
    remark.refresh_from_db()
    assert remark.state_after(manager.pk) == RemarkState.ANSWERED
    for somebody in (other, manager, reviewer):
        with pytest.raises(PortalError, match="raised this remark and closes it"):
            close(remark.pk, actor=somebody)
    with pytest.raises(PortalError, match="says of which kind"):
        change_kind(remark.pk, kind="question", text="Calmer.", actor=reviewer)

    close(remark.pk, actor=guest)
    reopen(remark.pk, text="Section 4 is empty.", actor=guest)
    last = remark.messages.order_by("sent_at", "pk").last()
    assert (last.author, last.writer) == (None, "Anne Roux, Notified body")
    remark.refresh_from_db()
    assert remark.state_after(last.author_id) == RemarkState.OPEN


def test_a_reviewer_closes_it_when_the_link_has_ended(dossier, guest, link, manager):
    remark = raised(dossier, guest)
    reviewer = MembershipFactory(organisation=dossier.organisation, role=Role.REVIEWER).user
    revoke_link(link.pk, actor=manager)
    with pytest.raises(PortalError):
        close(remark.pk, actor=manager)
    assert close(remark.pk, actor=reviewer).closed_at


def test_what_an_auditor_writes_calls_nobody(dossier, guest, manager):
    remark = raised(dossier, guest, text=f"@{manager.email} please")
    assert "mentions" not in AuditEvent.objects.get(verb="remark.raise").data
    assert not Notification.objects.filter(kind="mentioned").exists()
    assert remark.text.startswith("@")


def test_a_link_for_reading_raises_nothing(dossier, manager):
    link, _token = create_link(dossier, terms=terms(with_remarks=False), actor=manager)
    with pytest.raises(PortalError, match="for reading"):
        raised(dossier, Guest(link, "Anne Roux"))
    assert not Remark.objects.exists()


def test_too_much_in_a_day_is_refused(dossier, guest, monkeypatch):
    monkeypatch.setattr(auditing, "MOST_A_DAY", 1)
    raised(dossier, guest)
    with pytest.raises(PortalError, match="send it tomorrow"):
        raised(dossier, guest)


def test_the_next_dossier_tells_of_it_and_the_issued_one_stays(dossier, guest):
    answer = dossier.assessment.answers.get()
    record = dossier.snapshot
    whole = raised(dossier, guest, text="No summary.", kind="observation")
    raised(dossier, guest, code=answer.code)
    dossier.refresh_from_db()
    assert dossier.snapshot == record
    told = FollowUp.of(dossier.assessment).remarks
    assert [(one.number, one.code, one.dossier, one.raised_by) for one in told] == [
        ("R-1", answer.code, dossier.number, "Anne Roux, Notified body"),
        ("R-2", "", dossier.number, "Anne Roux, Notified body"),
    ]
    assert told[1].text == whole.text


@pytest.mark.parametrize(
    "broken",
    [
        {"raiser_name": ""},
        {"raised_through": None, "raiser_name": ""},
        {"raised_through": None},
        {"dossier": None},
    ],
)
def test_the_database_refuses_a_remark_of_nobody(dossier, guest, broken):
    remark = raised(dossier, guest)
    fields = {
        "organisation": remark.organisation,
        "dossier": dossier,
        "kind": "question",
        "text": "?",
        "raised_through": guest.link,
        "raiser_name": "Anne Roux",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Remark.objects.create(**fields | broken)
