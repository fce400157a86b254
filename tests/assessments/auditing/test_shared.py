"""The pages of a link for an auditor, without an account."""

import datetime as dt
import json
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from assessments.dossier.canonical import NotCanonical
from assessments.models import Dossier, DossierLink, Remark
from assessments.services.auditing import raise_on_dossier
from assessments.services.dossier_link import revoke_link
from assessments.services.remark import Guest, reply
from assessments.views import shared_access
from tests.assessments.auditing.rows import PDF, RISKS, evidence_of, issue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits_from_before():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def enter(client, make):
    """Open a new link; return it."""

    def entered(**changes):
        link, address = make(**changes)
        assert client.post(address).status_code == 302
        return link

    return entered


def page(client, link, name="dossier", *args, **query):
    return client.get(reverse(f"shared:{name}", args=[link.pk, *args]), query)


def told(verb):
    return AuditEvent.objects.filter(verb=verb)


def test_a_look_at_the_address_changes_nothing_and_a_click_opens_it(client, make):
    link, address = make()
    before = AuditEvent.objects.count()

    landing = client.get(address)

    assert landing.status_code == 200
    assert "lets you read a dossier" in landing.content.decode()
    assert landing.headers["Referrer-Policy"] == "strict-origin"
    assert AuditEvent.objects.count() == before
    assert page(client, link).status_code == 404

    opened = client.post(address)
    token = address.rstrip("/").rpartition("/")[2]
    assert opened.headers["Referrer-Policy"] == "strict-origin"
    assert opened.headers["Location"] == reverse("shared:dossier", args=[link.pk])
    assert token not in opened.headers["Location"] + str(opened.cookies)
    assert page(client, link).status_code == 200
    assert told("link.open").get().data["guest"] == "Anne Roux, Notified body"
    link.refresh_from_db()
    assert link.uses == 1


def test_the_pages_are_kept_to_oneself(client, enter):
    link = enter()
    for response in (page(client, link), page(client, link, "evidence")):
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["X-Robots-Tag"].startswith("noindex")
        assert response.headers["Cache-Control"] == "no-store, private"
    cookie = client.cookies[f"shared-{link.pk.hex}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/shared/")


def _words(response):
    """Return a page without what differs from one request to the next."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|name="next" value="[^"]*"', "", response)


@pytest.mark.parametrize("why", ["unknown", "expired", "revoked", "of somebody else"])
def test_what_does_not_open_says_the_same_whatever_the_reason(client, make, manager, why):
    link, address = make()
    if why == "unknown":
        address = reverse("shared:landing", args=[link.organisation.slug, "x" * 43])
    elif why == "expired":
        DossierLink.objects.update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    elif why == "revoked":
        revoke_link(link.pk, actor=manager)
    else:
        address = address.replace(link.organisation.slug, "somebody-else")
    other = client.get(reverse("shared:landing", args=["nobody", "y" * 43]))
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 404
        assert _words(response.content.decode()) == _words(other.content.decode())
    assert "ask whoever sent it to you" in other.content.decode()
    assert "adressez-vous à la personne" in other.content.decode()
    assert not told("link.open").exists()


def test_a_revoked_link_closes_the_pages_that_are_open(client, enter, manager):
    link = enter()
    revoke_link(link.pk, actor=manager)
    for name in ("dossier", "download", "evidence", "remarks", "compare"):
        assert page(client, link, name).status_code == 404


def test_one_link_does_not_open_another(client, enter, make):
    link = enter()
    other, _address = make()
    client.cookies[f"shared-{other.pk.hex}"] = client.cookies[f"shared-{link.pk.hex}"].value
    assert page(client, link).status_code == 200
    assert page(client, other).status_code == 404


def test_guessing_is_slow(client, make, monkeypatch):
    _link, address = make()
    monkeypatch.setattr(shared_access, "TRIES_PER_HOUR", 2)
    for _ in range(2):
        assert client.get(reverse("shared:landing", args=["acme", "x" * 43])).status_code == 404
    assert client.get(address).status_code == 429


def test_one_link_is_not_for_a_machine(client, enter, monkeypatch):
    link = enter()
    monkeypatch.setattr(shared_access, "REQUESTS_PER_HOUR", 1)
    assert page(client, link).status_code == 200
    assert page(client, link).status_code == 429


def test_files_are_sent_and_each_is_an_event(client, enter):
    link = enter()
    pdf = page(client, link, "download")
    assert b"".join(pdf.streaming_content) == PDF
    assert "sandbox" in pdf.headers["Content-Security-Policy"]
    record = page(client, link, "data", "snapshot.json")
    assert json.loads(record.content)["number"] == "D-2026-0001"
    assert page(client, link, "data", "secrets.txt").status_code == 404
    assert [event.data["file"] for event in told("link.download").order_by("sequence")] == [
        "D-2026-0001-en.pdf",
        "snapshot.json",
    ]


def test_the_dossier_is_read_chapter_by_chapter(client, enter):
    link = enter()
    cover = page(client, link, "read", "cover").content.decode()
    assert "The sealed PDF is what counts." in cover
    chapter = reverse("shared:read", args=[link.pk, "evidence"])
    assert f'href="{chapter}"' in cover
    assert "Register of evidence" in client.get(chapter).content.decode()
    assert reverse("shared:read", args=[link.pk, "cover"]) in page(client, link).content.decode()
    assert page(client, link, "read", "secrets").status_code == 404


def test_a_record_of_an_earlier_form_is_not_read_and_why(client, enter, monkeypatch):
    def refused(_content):
        raise NotCanonical

    monkeypatch.setattr("assessments.views.shared.from_json", refused)
    response = page(client, enter(), "read", "cover")
    assert response.status_code == 409
    assert "an earlier edition of the portal" in response.content.decode()


def test_evidence_is_that_of_the_record(client, enter, assessment):
    evidence_of(assessment)
    evidence_of(assessment, b"added later", 3)
    link = enter()
    register = page(client, link, "evidence").content.decode()
    assert ("EV-0001" in register, "DOC-7" in register, "EV-0003" in register) == (
        True,
        True,
        False,
    )
    sent = page(client, link, "evidence-file", "EV-0001")
    assert b"".join(sent.streaming_content) == RISKS
    assert told("link.download").get().data["file"] == "EV-0001 risks.pdf"
    for number in ("EV-0002", "EV-0003", "EV-9999"):
        assert page(client, link, "evidence-file", number).status_code == 404


def test_a_file_that_is_not_the_one_of_the_record_is_not_sent(client, enter, assessment):
    evidence_of(assessment, b"something else")
    assert page(client, enter(), "evidence-file", "EV-0001").status_code == 404


def test_a_link_without_evidence_shows_the_register_alone(client, enter, assessment):
    evidence_of(assessment)
    link = enter(with_evidence=False)
    register = page(client, link, "evidence").content.decode()
    assert "EV-0001" in register
    assert reverse("shared:evidence-file", args=[link.pk, "EV-0001"]) not in register
    assert page(client, link, "evidence-file", "EV-0001").status_code == 404
    assert not told("link.download").exists()


def test_a_dossier_that_no_longer_counts_says_so(client, enter, dossier, assessment):
    link = enter()
    assert "note-bad" not in page(client, link).content.decode()
    newer = issue(assessment, 2, minutes=1)
    Dossier.objects.filter(pk=dossier.pk).update(state="superseded", superseded_by=newer)
    assert "Superseded by D-2026-0002" in page(client, link).content.decode()
    Dossier.objects.filter(pk=dossier.pk).update(
        state="withdrawn", withdrawal_reason="Wrong device.", withdrawn_at=timezone.now()
    )
    withdrawn = page(client, link).content.decode()
    assert "no longer counts" in withdrawn
    assert "Wrong device." in withdrawn


def test_it_is_verified_there(client, enter):
    link = enter()
    response = client.post(reverse("shared:verify", args=[link.pk]))
    assert response.status_code == 200
    assert "What was looked at" in response.content.decode()
    assert told("link.verify").exists()


def test_the_language_is_that_of_the_link_until_another_is_chosen(client, enter):
    link = enter(language="fr")
    assert "Télécharger le PDF" in page(client, link).content.decode()
    client.cookies["django_language"] = "en"
    assert "Download the PDF" in page(client, link).content.decode()


def test_cookies_of_somebody_elses_making_open_nothing(client, make):
    link, _address = make()
    client.cookies[f"shared-{link.pk.hex}"] = "open:forged"
    client.cookies["shared-" + "z" * 32] = "open"
    assert page(client, link).status_code == 404


def test_a_page_asks_as_often_whatever_there_is(client, enter, assessment, manager):
    link = enter(with_comparison=True)
    counts = []
    for _ in range(2):
        raise_on_dossier(
            link.dossier,
            code=assessment.answers.get().code,
            kind="minor",
            text="?",
            actor=Guest(link, "A. Roux"),
        )
        for name in ("dossier", "evidence", "remarks"):
            with CaptureQueriesContext(connection) as captured:
                assert page(client, link, name).status_code == 200
            counts.append(len(captured))
    assert counts[:3] == counts[3:]
    assert max(counts) <= 6


# Remarks


def post(client, link, step, /, *args, **sent):
    return client.post(reverse(f"shared:{step}", args=[link.pk, *args]), sent)


def test_a_remark_is_raised_answered_and_closed(client, enter, assessment, manager):
    link, code = enter(), assessment.answers.get().code
    raised = post(
        client, link, "remarks", code=code, kind="minor", text="Which one?", name="A. Roux"
    )
    assert raised.status_code == 302
    remark = Remark.objects.get()
    assert (remark.answer.code, remark.raiser) == (code, "A. Roux, Notified body")

    reply(remark.pk, text="Section 4.", actor=manager)
    assert "Section 4." in page(client, link, "remarks").content.decode()
    post(client, link, "say", remark.pk, "reply", text="Thank you.", name="A. Roux")
    post(client, link, "say", remark.pk, "close")
    remark.refresh_from_db()
    assert remark.closed_at
    assert remark.messages.count() == 2
    again = post(client, link, "say", remark.pk, "close")
    assert again.status_code == 409
    post(client, link, "say", remark.pk, "reopen", text="It is empty.", name="A. Roux")
    remark.refresh_from_db()
    assert remark.closed_at is None


@pytest.mark.parametrize(
    "wrong", [{"text": ""}, {"name": ""}, {"code": "REC-999"}, {"kind": "praise"}]
)
def test_a_remark_with_a_fault_comes_back_with_its_text(client, enter, wrong):
    sent = {"code": "", "kind": "minor", "text": "What is missing.", "name": "A. Roux"} | wrong
    response = post(client, enter(), "remarks", **sent)
    assert response.status_code == 422
    assert sent["text"] in response.content.decode()
    assert not Remark.objects.exists()


def test_the_remarks_of_another_link_are_not_there(client, enter, assessment):
    first = enter()
    post(client, first, "remarks", kind="minor", text="Of the first.", name="A. Roux")
    second = enter()
    assert "Of the first." not in page(client, second, "remarks").content.decode()
    remark = Remark.objects.get()
    assert post(client, second, "say", remark.pk, "close").status_code == 404
    assert post(client, first, "say", remark.pk, "burn", text="x", name="y").status_code == 404


def test_a_link_for_reading_offers_no_remark(client, enter):
    link = enter(with_remarks=False)
    assert "<textarea" not in page(client, link, "remarks").content.decode()
    refused = post(client, link, "remarks", kind="minor", text="Kept.", name="A. Roux")
    assert refused.status_code == 409
    assert "Kept." in refused.content.decode()


# Comparing


def test_the_dossier_before_is_compared_when_the_link_says_so(client, enter, dossier, assessment):
    newer = issue(assessment, 2, minutes=1, verdict="adapted")
    link = enter(of=newer, with_comparison=True)
    shown = page(client, link, "compare").content.decode()
    assert "D-2026-0001" in shown
    assert "followed → ≈ adapted" in " ".join(re.sub(r"<[^>]*>", " ", shown).split())
    assert told("link.compare").get().data["changes_since"] == "D-2026-0001"


def test_other_dossiers_are_compared_when_their_links_were_opened_too(
    client, enter, dossier, assessment
):
    link = enter(of=issue(assessment, 2, minutes=1, verdict="adapted"))
    assert "does not open an earlier dossier" in page(client, link, "compare").content.decode()
    query = {"other": dossier.pk}
    assert "adapted" not in page(client, link, "compare", **query).content.decode()

    enter()

    assert "adapted" in page(client, link, "compare", **query).content.decode()
