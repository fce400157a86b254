"""Links as the team makes them, and dossiers as auditors with an account read them."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments import tasks
from assessments.models import Dossier, DossierLink, Notification, Remark
from assessments.services.auditing import raise_on_dossier
from assessments.services.dossier_changes import last_issued
from assessments.services.remark import Guest, reply
from tests.assessments.auditing.rows import evidence_of, issue
from tests.factories import AssessmentFactory, MembershipFactory, VersionFactory
from tests.leads import forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def auditor(assessment):
    return MembershipFactory(organisation=assessment.organisation, role=Role.AUDITOR).user


@pytest.fixture
def auditing(client, auditor):
    client.force_login(auditor)
    return client


@pytest.fixture
def nothing_made(monkeypatch):
    """Let the worker make nothing."""
    monkeypatch.setattr(type(tasks.issue_dossier), "enqueue", lambda task, *keys: None)


def url(row, name, *args):
    return reverse(f"assessments:{name}", args=[row.organisation.slug, row.pk, *args])


def terms(**changes):
    return {
        "name": "Anne Roux",
        "body": "Notified body",
        "email": "anne.roux@example.org",
        "purpose": "Audit",
        "language": "fr",
        "ends_on": (timezone.localdate() + dt.timedelta(days=30)).isoformat(),
        "with_evidence": "on",
        **changes,
    }


# Links


def test_the_address_of_a_link_is_shown_once(signed_in, dossier):
    page = signed_in.post(url(dossier, "dossier-links"), terms())
    link = DossierLink.objects.get()
    assert page.headers["Cache-Control"] == "no-store"
    address = page.context["address"]
    assert f"/shared/open/{dossier.organisation.slug}/" in address
    assert signed_in.post(address).status_code == 302
    listed = signed_in.get(url(dossier, "dossier-links")).content.decode()
    assert "anne.roux@example.org" in listed
    assert "/shared/open/" not in listed
    assert (link.with_evidence, link.with_remarks, mail.outbox) == (True, False, [])


def test_a_link_is_mailed_on_request(signed_in, dossier):
    page = signed_in.post(url(dossier, "dossier-links"), terms(by_mail="on"))
    assert page.context["address"] in mail.outbox[0].body
    assert "It was sent to anne.roux@example.org" in page.content.decode()
    assert DossierLink.objects.get().mailed_at


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"email": "nobody"}, 422),
        ({"name": " "}, 422),
        ({"ends_on": "2020-01-01"}, 409),
        ({"ends_on": "2199-01-01"}, 409),
    ],
)
def test_terms_that_are_not_allowed_come_back(signed_in, dossier, wrong, status):
    response = signed_in.post(url(dossier, "dossier-links"), terms(**wrong))
    assert response.status_code == status
    assert "Audit" in response.content.decode()
    assert not DossierLink.objects.exists()


def test_a_link_is_extended_and_revoked(signed_in, make):
    link, _address = make()
    day = timezone.localdate() + dt.timedelta(days=90)
    assert signed_in.post(url(link, "link-extend"), {"ends_on": day}).status_code == 302
    late = signed_in.post(url(link, "link-extend"), {"ends_on": "2199-01-01"})
    assert late.status_code == 409
    assert signed_in.post(url(link, "link-extend"), {"ends_on": "x"}).status_code == 422
    link.refresh_from_db()
    assert link.ends_on == day
    signed_in.post(url(link, "link-revoke"))
    assert "revoked" in signed_in.get(url(link.dossier, "dossier-links")).content.decode()


def test_only_issued_dossiers_have_links(signed_in, dossier, assessment):
    asked_for = Dossier.objects.create(
        organisation=assessment.organisation,
        assessment=assessment,
        year=2026,
        serial=9,
        language="fr",
        requested_by=assessment.started_by,
    )
    for page in ("dossier-links", "dossier-evidence", "dossier-remarks", "dossier-compare"):
        assert signed_in.get(url(asked_for, page)).status_code == 404
        assert signed_in.get(url(dossier, page)).status_code == 200


# Auditors with an account


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("dossier-detail", ()),
        ("dossier-evidence", ()),
        ("dossier-remarks", ()),
        ("dossier-compare", ()),
        ("dossier-read", ("summary",)),
    ],
)
def test_an_auditor_is_led_nowhere_that_is_forbidden(auditing, dossier, name, args):
    page = auditing.get(url(dossier, name, *args))

    assert page.status_code == 200
    assert forbidden(page, Role.AUDITOR) == []


def test_an_auditor_takes_the_evidence_of_the_record(auditing, dossier, assessment):
    evidence_of(assessment)
    assert "EV-0001" in auditing.get(url(dossier, "dossier-evidence")).content.decode()
    sent = auditing.get(url(dossier, "dossier-evidence-file", "EV-0001"))
    assert b"".join(sent.streaming_content)
    assert auditing.get(url(dossier, "dossier-evidence-file", "EV-0002")).status_code == 404


def test_an_auditor_raises_a_remark_and_closes_it(auditing, auditor, dossier, assessment, manager):
    code = assessment.answers.get().code
    sent = {"code": code, "kind": "major", "text": "Not shown."}
    assert auditing.post(url(dossier, "dossier-remark"), sent).status_code == 302
    remark = Remark.objects.get()
    assert (remark.raised_by, remark.dossier, remark.answer.code) == (auditor, dossier, code)

    reply(remark.pk, text="Shown now.", actor=manager)
    assert Notification.objects.filter(recipient=auditor, kind="remark").exists()
    shown = auditing.get(remark.get_absolute_url()).content.decode()
    assert "Shown now." in shown
    step = url(dossier, "dossier-say", remark.pk, "close")
    assert auditing.post(step).status_code == 302
    remark.refresh_from_db()
    assert remark.closed_at
    assert auditing.post(step).status_code == 409


@pytest.mark.parametrize("sent", [{"text": ""}, {"kind": ""}, {"code": "REC-999"}])
def test_a_remark_with_a_fault_comes_back(auditing, dossier, sent):
    full = {"code": "", "kind": "minor", "text": "What is missing."} | sent
    response = auditing.post(url(dossier, "dossier-remark"), full)
    assert response.status_code == 422
    assert full["text"] in response.content.decode()


def test_an_auditor_sees_own_remarks_only(auditing, dossier, make):
    guest = Guest(make()[0], "Anne Roux")
    other = raise_on_dossier(dossier, code="", kind="minor", text="Of a link.", actor=guest)
    assert "Of a link." not in auditing.get(url(dossier, "dossier-remarks")).content.decode()
    assert auditing.post(url(dossier, "dossier-say", other.pk, "close")).status_code == 404


def test_the_team_answers_what_is_raised_on_a_whole_dossier(signed_in, dossier, make):
    guest = Guest(make()[0], "Anne Roux")
    remark = raise_on_dossier(dossier, code="", kind="minor", text="No summary.", actor=guest)
    shown = signed_in.get(url(dossier, "dossier-remarks")).content.decode()
    assert "Anne Roux, Notified body" in shown
    sent = signed_in.post(url(remark, "remark-reply"), {"text": "See page 3."})
    assert sent.headers["Location"] == remark.get_absolute_url()
    assert signed_in.post(url(remark, "remark-reply"), {"text": ""}).status_code == 422
    refused = signed_in.post(url(remark, "remark-close"))
    assert refused.status_code == 409
    assert "Anne Roux, Notified body raised this remark" in refused.content.decode()


def test_the_answer_says_that_an_auditor_reads_along(signed_in, dossier, make, assessment):
    guest, answer = Guest(make()[0], "Anne Roux"), assessment.answers.get()
    raise_on_dossier(dossier, code=answer.code, kind="minor", text="?", actor=guest)
    shown = signed_in.get(url(answer, "answer-edit")).content.decode()
    assert "is read by the auditor" in shown
    journal = reverse("audit:journal", args=[assessment.organisation.slug])
    assert "Anne Roux, Notified body" in signed_in.get(journal).content.decode()


# Comparing


def test_two_dossiers_are_compared_earlier_first(auditing, dossier, assessment):
    newer = issue(assessment, 2, minutes=1, verdict="adapted", justification="Covers **most**.")
    for one, other in ((dossier, newer), (newer, dossier)):
        page = auditing.get(url(one, "dossier-pair", other.pk)).content.decode()
        assert "<del>" in page
        assert page.index("D-2026-0001 (") < page.index("D-2026-0002 (")
    chosen = auditing.get(url(newer, "dossier-compare"), {"other": dossier.pk})
    assert chosen.headers["Location"] == url(newer, "dossier-pair", dossier.pk)
    assert AuditEvent.objects.filter(verb="link.compare").count() == 0


def test_a_dossier_is_not_compared_with_itself_or_with_another_device(auditing, dossier):
    elsewhere = issue(
        AssessmentFactory(
            device__organisation=dossier.organisation, catalogue=dossier.assessment.catalogue
        ),
        7,
    )
    for other in (dossier, elsewhere):
        assert auditing.get(url(dossier, "dossier-pair", other.pk)).status_code == 404


def test_a_record_of_another_form_is_refused_with_a_sentence(auditing, dossier, assessment):
    newer = issue(assessment, 2, minutes=1, content=b"{}")
    page = auditing.get(url(dossier, "dossier-pair", newer.pk))
    assert page.status_code == 409
    assert "cannot be compared" in page.content.decode()


def test_a_new_dossier_follows_the_last_of_its_language_or_of_an_earlier_version(
    dossier, assessment
):
    french = issue(assessment, 2, minutes=1, language="fr")
    assert last_issued(assessment, "en") == dossier
    assert last_issued(assessment, "fr") == french
    later = AssessmentFactory(
        version=VersionFactory(device=assessment.device, is_latest=False),
        catalogue=assessment.catalogue,
    )
    assert last_issued(later, "en") == dossier


@pytest.mark.parametrize(("chosen", "expected"), [("", 1), ("none", None), ("pk", 1)])
@pytest.mark.usefixtures("nothing_made")
def test_who_issues_chooses_what_it_is_compared_with(
    signed_in, dossier, assessment, chosen, expected
):
    sent = {"language": "en", "changes_since": str(dossier.pk) if chosen == "pk" else chosen}
    assert signed_in.post(url(assessment, "assessment-issue"), sent).status_code == 302
    made = Dossier.objects.get(state="queued")
    assert (made.compared_with.serial if made.compared_with else None) == expected


def test_another_dossier_is_not_offered(signed_in, dossier, assessment):
    sent = {"language": "en", "changes_since": "00000000-0000-0000-0000-000000000000"}
    assert signed_in.post(url(assessment, "assessment-issue"), sent).status_code == 422
