import datetime as dt
import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.models import Evidence, EvidenceLink, PhaseReview
from assessments.services import evidence as services
from assessments.services.answer import save_answer
from assessments.services.review import accept_phase, submit
from tests.factories import AssessmentFactory, EvidenceFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    return AssessmentFactory().answers.order_by("position").first()


@pytest.fixture
def assessor(client, answer):
    client.force_login(answer.assessment.started_by)
    return client


def url(row, step):
    return reverse(f"assessments:{step}", args=[row.organisation.slug, row.pk])


def file(content=b"%PDF-1.7 tested", name="report.pdf"):
    return SimpleUploadedFile(name, content)


def upload(client, answer, *files, **said):
    data = {"kind": "file", "files": list(files), **said}
    return client.post(url(answer, "answer-evidence"), data)


def cited(answer):
    links = EvidenceLink.objects.filter(answer=answer).order_by("evidence__number")
    return [link.evidence for link in links.select_related("evidence")]


def kept(answer, content=b"%PDF-1.7 tested", name="report.pdf"):
    """Register a file as the portal does."""
    stored = services.store_file(file(content, name), organisation_id=answer.organisation_id)
    return services.add_file(
        stored,
        document=services.Document(title=name),
        organisation=answer.organisation,
        actor=answer.assessment.started_by,
    )


@pytest.fixture
def submitted(answer):
    """Submit the phase of the answer."""
    author = answer.assessment.started_by
    for each in answer.assessment.answers.filter(phase="design"):
        save_answer(
            each.pk,
            revision=each.revision,
            verdict="followed",
            justification="As planned.",
            owner_id=None,
            due_on=None,
            actor=author,
        )
    return submit(
        PhaseReview.objects.get(assessment=answer.assessment, phase="design").pk, actor=author
    )


@pytest.fixture
def accepted(submitted):
    reviewer = MembershipFactory(organisation=submitted.organisation, role=Role.REVIEWER).user
    return accept_phase(submitted.pk, actor=reviewer)


# Adding


def test_several_files_are_kept_at_once_each_with_its_digest(assessor, answer):
    contents = {"report.pdf": b"%PDF-1.7 tested", "results.csv": b"test;passed"}

    response = upload(assessor, answer, *(file(c, name) for name, c in contents.items()))

    assert response.headers["Location"] == url(answer, "answer-edit")
    assert [(each.title, each.file_name, each.sha256) for each in cited(answer)] == [
        (name, name, hashlib.sha256(content).hexdigest()) for name, content in contents.items()
    ]
    page = assessor.get(response.headers["Location"]).content.decode()
    assert "Kept as EV-0001, EV-0002." in page
    assert all(each.sha256 in page for each in cited(answer))


def test_what_is_said_of_the_document_is_kept(assessor, answer):
    upload(
        assessor,
        answer,
        file(),
        title="Penetration test",
        document_revision="C",
        document_on="2026-01-15",
        expires_on="2027-01-15",
    )
    [evidence] = cited(answer)
    assert (evidence.title, evidence.document_revision) == ("Penetration test", "C")
    assert (evidence.document_on, evidence.expires_on) == (
        dt.date(2026, 1, 15),
        dt.date(2027, 1, 15),
    )


def test_a_title_for_several_files_names_each(assessor, answer):
    upload(assessor, answer, file(name="a.pdf"), file(name="b.pdf"), title="Test")
    assert [each.title for each in cited(answer)] == ["Test – a.pdf", "Test – b.pdf"]


def test_a_file_has_only_its_name_not_its_folder(assessor, answer):
    upload(assessor, answer, file(name="../../etc/report.pdf"))
    assert [each.file_name for each in cited(answer)] == ["report.pdf"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (file(b"", "empty.txt"), "empty.txt is empty."),
        (file(b"PK\x03\x04 a zip"), "report.pdf is not what its name says"),
        (file(b"x" * 101, "long.txt"), "at most 100"),
    ],
    ids=["empty", "a zip named .pdf", "too large"],
)
def test_a_file_is_refused_with_a_sentence_and_the_others_are_kept(
    assessor, answer, settings, wrong, sentence
):
    settings.EVIDENCE_MAX_BYTES = 100

    response = upload(assessor, answer, file(name="good.pdf"), wrong)

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert "Kept as EV-0001." in page
    assert [each.file_name for each in cited(answer)] == ["good.pdf"]


def test_too_many_files_are_refused_together(assessor, answer):
    response = upload(assessor, answer, *(file(name=f"{n}.pdf") for n in range(21)))
    assert response.status_code == 422
    assert "At most 20 files at once." in response.content.decode()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "file"}, "Give what this kind of evidence needs."),
        ({"kind": "link", "title": "Report"}, "Give what this kind of evidence needs."),
        ({"kind": "link", "url": "https://example.org/"}, "Give it a title."),
        ({"kind": "link", "url": "javascript:alert(1)", "title": "Report"}, "Enter a valid URL."),
        ({"kind": "reference", "title": "Report"}, "Give what this kind of evidence needs."),
        ({"kind": "rumour"}, "Select a valid choice."),
        ({"kind": "reference", "reference": "R", "title": "T", "expires_on": "x"}, "valid date"),
    ],
)
def test_what_is_lacking_is_said(assessor, answer, said, sentence):
    response = assessor.post(url(answer, "answer-evidence"), said)

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert not Evidence.objects.exists()


def test_a_link_is_kept_and_nothing_is_fetched(assessor, answer):
    said = {"kind": "link", "url": "https://qms.invalid/report", "title": "Report"}
    assert assessor.post(url(answer, "answer-evidence"), said).status_code == 302
    [evidence] = cited(answer)
    assert (evidence.kind, evidence.url, evidence.title, evidence.sha256) == (
        "link",
        "https://qms.invalid/report",
        "Report",
        "",
    )


def test_a_document_of_the_quality_system_is_named(assessor, answer):
    said = {"kind": "reference", "reference": "SOP-12", "title": "Risk file"}
    assert assessor.post(url(answer, "answer-evidence"), said).status_code == 302
    [evidence] = cited(answer)
    assert (evidence.kind, evidence.reference) == ("reference", "SOP-12")


def test_nothing_is_kept_for_an_answer_under_review(assessor, answer, submitted):
    response = upload(assessor, answer, file(), title="Penetration test")
    page = response.content.decode()
    assert response.status_code == 409
    assert "This phase is submitted." in page
    assert 'value="Penetration test"' in page
    assert not Evidence.objects.exists()


def test_a_submission_between_two_steps_is_said(assessor, answer, submitted, monkeypatch):
    monkeypatch.setattr(services, "check_citable", lambda pk, reason: None)
    response = upload(assessor, answer, file())
    assert response.status_code == 409
    assert "This phase is submitted." in response.content.decode()
    assert cited(answer) == []


def test_an_accepted_answer_takes_evidence_with_a_reason(assessor, answer, accepted):
    response = upload(assessor, answer, file())
    assert response.status_code == 422
    assert "Say why it changes" in response.content.decode()
    assert not Evidence.objects.exists()

    assert upload(assessor, answer, file(), reason="Tested again.").status_code == 302
    accepted.refresh_from_db()
    assert accepted.state == "open"


def test_a_reviewer_adds_nothing(client, answer):
    client.force_login(MembershipFactory(organisation=answer.organisation, role=Role.REVIEWER).user)
    assert upload(client, answer, file()).status_code == 403
    assert not Evidence.objects.exists()


# Downloading


def test_a_file_comes_back_as_it_was(assessor, answer):
    evidence = kept(answer)
    response = assessor.get(url(evidence, "evidence-download"))
    content = b"".join(response.streaming_content)
    assert hashlib.sha256(content).hexdigest() == evidence.sha256


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("page.html", "text/html"), ("drawing.svg", "image/svg+xml"), ("x.unknown", "octet-stream")],
)
def test_no_browser_opens_a_file_as_a_page_of_ours(assessor, answer, name, media_type):
    evidence = kept(answer, b"<script>alert(1)</script>", name)

    response = assessor.get(url(evidence, "evidence-download"))
    response.close()

    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["Content-Type"].split(";")[0].endswith(media_type)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_name_with_accents_is_sent_as_it_is(assessor, answer):
    evidence = kept(answer, name="rapport d’essai.pdf")
    response = assessor.get(url(evidence, "evidence-download"))
    response.close()
    assert (
        "filename*=utf-8''rapport%20d%E2%80%99essai.pdf"
        in (response.headers["Content-Disposition"])
    )


def test_another_organisation_finds_no_file(client, answer):
    evidence = kept(answer)
    stranger = MembershipFactory()
    client.force_login(stranger.user)
    for slug in (answer.organisation.slug, stranger.organisation.slug):
        address = reverse("assessments:evidence-download", args=[slug, evidence.pk])
        assert client.get(address).status_code == 404


def test_a_file_that_is_lost_is_not_found(assessor, answer):
    from django.core.files.storage import default_storage

    evidence = kept(answer, b"lost soon", "lost.txt")
    default_storage.delete(evidence.file)
    assert assessor.get(url(evidence, "evidence-download")).status_code == 404


def test_a_link_has_no_file(assessor, answer):
    evidence = EvidenceFactory(organisation=answer.organisation)
    assert assessor.get(url(evidence, "evidence-download")).status_code == 404


# Citing


def test_evidence_of_the_register_is_cited(assessor, answer):
    evidence = EvidenceFactory(organisation=answer.organisation)
    response = assessor.post(url(answer, "answer-cite"), {"evidence": evidence.pk})
    assert response.headers["Location"] == url(answer, "answer-edit")
    assert cited(answer) == [evidence]


def test_only_ones_own_evidence_that_stands_is_offered(assessor, answer):
    newer = EvidenceFactory(organisation=answer.organisation)
    older = EvidenceFactory(organisation=answer.organisation, superseded_by=newer)
    foreign = EvidenceFactory(organisation=MembershipFactory().organisation)

    page = assessor.get(url(answer, "answer-cite")).content.decode()

    assert str(newer.pk) in page
    for other in (older, foreign):
        assert str(other.pk) not in page
        response = assessor.post(url(answer, "answer-cite"), {"evidence": other.pk})
        assert response.status_code == 422
    assert cited(answer) == []


def test_evidence_is_no_longer_cited_and_stays_in_the_register(assessor, answer):
    evidence = EvidenceFactory(organisation=answer.organisation)
    services.cite(answer.pk, evidence=evidence, actor=answer.assessment.started_by)

    args = [answer.organisation.slug, answer.pk, evidence.pk]
    response = assessor.post(reverse("assessments:answer-uncite", args=args))

    assert response.headers["Location"] == url(answer, "answer-edit")
    assert cited(answer) == []
    assert Evidence.objects.get() == evidence


def test_evidence_is_cited_under_review_by_nobody(assessor, answer, submitted):
    evidence = EvidenceFactory(organisation=answer.organisation)
    response = assessor.post(url(answer, "answer-cite"), {"evidence": evidence.pk})
    assert response.status_code == 409
    assert "This phase is submitted." in response.content.decode()


# The register


def test_a_piece_shows_who_cites_it(assessor, answer):
    evidence = kept(answer)
    services.cite(answer.pk, evidence=evidence, actor=answer.assessment.started_by)
    page = assessor.get(url(evidence, "evidence-detail")).content.decode()
    assert evidence.sha256 in page
    assert f'href="{url(answer, "answer-edit")}">{answer.code}</a>' in page


def test_a_newer_piece_takes_the_place(assessor, answer):
    old = kept(answer)
    services.cite(answer.pk, evidence=old, actor=answer.assessment.started_by)

    data = {"kind": "file", "files": file(b"%PDF-1.7 newer", "newer.pdf")}
    response = assessor.post(url(old, "evidence-supersede"), data)

    old.refresh_from_db()
    [new] = cited(answer)
    assert response.headers["Location"] == url(new, "evidence-detail")
    assert old.superseded_by == new
    page = assessor.get(response.headers["Location"]).content.decode()
    assert f"{new.label} takes the place of {old.label}." in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kind": "file"}, "Give what this kind of evidence needs."),
        ({"kind": "file", "files": file(b"", "empty.txt")}, "empty.txt is empty."),
        (
            {"kind": "file", "files": [file(name="a.pdf"), file(name="b.pdf")]},
            "One file takes the place of another.",
        ),
    ],
)
def test_what_takes_no_place_is_said(assessor, answer, data, sentence):
    old = EvidenceFactory(organisation=answer.organisation)

    response = assessor.post(url(old, "evidence-supersede"), data)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Evidence.objects.get().superseded_by is None


def test_what_has_a_successor_gets_no_second_one(assessor, answer):
    newer = EvidenceFactory(organisation=answer.organisation)
    older = EvidenceFactory(organisation=answer.organisation, superseded_by=newer)

    data = {"kind": "reference", "reference": "R-3", "title": "Third"}
    response = assessor.post(url(older, "evidence-supersede"), data)

    assert response.status_code == 409
    assert "A newer piece of evidence exists already." in response.content.decode()
    assert Evidence.objects.count() == 2


def test_the_register_is_searched(assessor, answer):
    report = kept(answer, b"%PDF-1.7 unlike the others", "étude.pdf")
    other = EvidenceFactory(organisation=answer.organisation, reference="SOP-12", title="Risks")
    register = reverse("assessments:evidence-list", args=[answer.organisation.slug])

    def found(**query):
        return list(assessor.get(register, query).context["page_obj"].object_list)

    assert set(found()) == {report, other}
    assert found(q="ÉTUDE") == found(q=report.sha256[:8].upper()) == found(kind="file") == [report]
    assert found(q="sop risk") == found(kind="reference") == [other]
    assert found(q="nothing like it") == []


def test_an_unknown_kind_is_said_and_left_out(assessor, answer):
    EvidenceFactory(organisation=answer.organisation, title="Risks")
    register = reverse("assessments:evidence-list", args=[answer.organisation.slug])
    page = assessor.get(register, {"kind": "rumour"}).content.decode()
    assert "This filter was left out." in page
    assert "Risks" in page


def test_an_empty_register_says_where_evidence_is_added(assessor, answer):
    register = reverse("assessments:evidence-list", args=[answer.organisation.slug])
    page = assessor.get(register).content.decode()
    assert "Evidence is added on the page of an answer." in page


def test_adding_and_citing_are_two_events(assessor, answer):
    before = AuditEvent.objects.count()
    upload(assessor, answer, file())
    verbs = AuditEvent.objects.order_by("sequence").values_list("verb", flat=True)[before:]
    assert list(verbs) == ["evidence.add", "answer.cite"]
