import datetime as dt
import io
import re
from dataclasses import replace

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from assessments.dossier import render
from assessments.dossier.formats.files import DERIVED, attachments
from assessments.dossier.identity import SealingIdentity, make_test_identity
from assessments.dossier.report import Outcome, Verdict
from assessments.dossier.snapshot import SNAPSHOT_NAME, to_canonical_json
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier.attacks import flipped, rewritten
from tests.assessments.dossier.conftest import seal_with


def findings(report, outcome=Outcome.FAILED):
    return [str(check.finding) for check in report.checks if check.outcome is outcome]


def check(content, sealed):
    return verify(content, trust=Trust([sealed.certificate]))


def test_an_untouched_dossier_is_intact(sealed):
    report = check(sealed.content, sealed)

    assert report.verdict is Verdict.INTACT
    assert str(report.sentence) == (
        "Dossier D-2026-0001 is intact: nothing in it changed since it was sealed."
    )
    assert report.number == "D-2026-0001"
    assert report.sealed_by == sealed.identity.subject
    assert report.certificate_sha256 == sealed.identity.sha256
    assert abs(report.sealed_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=30)
    assert len(findings(report, Outcome.OK)) == 8 + len(DERIVED)
    assert findings(report) == []


def test_it_says_what_it_cannot_know(sealed):
    unknown = " ".join(findings(check(sealed.content, sealed), Outcome.NOT_CHECKED))

    assert "clock" in unknown
    assert "revoked" in unknown
    assert "supersedes" in unknown


def test_a_file_that_does_not_follow_from_the_record_is_not_said_to(sealed, monkeypatch):
    """Another edition of the portal may have written it; the seal covers it either way."""
    monkeypatch.setattr("assessments.dossier.formats.oscal.VERSION", "1.3.0")
    report = check(sealed.content, sealed)

    assert report.verdict is Verdict.INTACT
    unknown = " ".join(findings(report, Outcome.NOT_CHECKED))
    assert "oscal-assessment-results.json was not compared" in unknown
    said = " ".join(findings(report, Outcome.OK))
    assert "evidence-manifest.json says what the record says" in said


def test_it_says_what_was_changed(sealed):
    page = sealed.content.index(b"stream\n") + 20
    in_page = check(flipped(sealed.content, page), sealed)
    assert str(in_page.sentence) == (
        "This dossier was altered: The content under the seal was changed after it was sealed."
    )
    assert "The attached record still has the digest that the document names." in findings(
        in_page, Outcome.OK
    )

    named = sealed.content.index(b"sha256:") + 10
    other = b"1" if sealed.content[named : named + 1] == b"0" else b"0"  # still a digit
    in_digest = check(sealed.content[:named] + other + sealed.content[named + 1 :], sealed)
    assert findings(in_digest) == [
        "The content under the seal was changed after it was sealed.",
        "The attached record, or the digest the document names, was changed.",
    ]

    record = sealed.content.index(b"stream\n", sealed.content.index(b"/EmbeddedFile/")) + 12
    in_record = check(flipped(sealed.content, record), sealed)
    assert in_record.verdict is Verdict.ALTERED

    seal = re.search(rb"/Contents <", sealed.content).end() + 30
    in_seal = check(flipped(sealed.content, seal), sealed)
    assert "The seal itself was changed" in str(in_seal.sentence)


def update(content):
    """Append a revision, as a reader does that lets somebody fill in or comment."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    writer.root["/Lang"] = pdf_string("xx")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("attack", "sentence"),
    [
        (lambda c: c + b"\n", "something was added after it (bytes: 1)"),
        (lambda c: c + b"%%EOF\n", "something was added after it"),
        (update, "something was added after it"),
        (lambda c: c[:-1], "The end of the file is missing"),
        (lambda c: c[: len(c) // 2], "bears no seal"),
        (lambda c: c.replace(b"/ByteRange", b"/ByteRangf"), "bears no seal"),
        (lambda c: c + c, "more than one seal"),
        (lambda c: rewritten(c, lambda d: d.pages.append(d.pages[0])), "This dossier was altered"),
        (rewritten, "This dossier was altered"),
        (lambda c: c.replace(b"WeasyPrint", b"WeasyPrimt"), "content under the seal"),
    ],
)
def test_an_attack_is_told_in_a_sentence(sealed, attack, sentence):
    report = check(attack(sealed.content), sealed)

    assert report.verdict is Verdict.ALTERED
    assert sentence in str(report.sentence)


def test_a_dossier_cut_back_to_before_its_seal_is_altered(sealed):
    assert "bears no seal" in str(check(sealed.unsealed, sealed).sentence)


def test_a_seal_by_another_key_is_found(sealed):
    key, certificate = make_test_identity(dt.datetime.now(dt.UTC))
    forged = seal_with(SealingIdentity(key, certificate, ()), sealed.unsealed)
    report = check(forged, sealed)

    assert report.verdict is Verdict.ALTERED
    assert "somebody else" in str(report.sentence)


def test_without_a_certificate_to_trust_nothing_is_intact(sealed):
    report = verify(sealed.content, trust=Trust([]))

    assert report.verdict is Verdict.ALTERED
    assert "give the certificate" in str(report.sentence)


def sealed_with_other_record(sealed, monkeypatch, record):
    monkeypatch.setattr(
        render,
        "attachments",
        lambda snapshot: [
            replace(one, content=record) if one.name == SNAPSHOT_NAME else one
            for one in attachments(snapshot)
        ],
    )
    return seal_with(sealed.identity, render.render(sealed.snapshot).content)


@pytest.mark.parametrize("record", [b"{}", b"rubbish"])
def test_a_sealed_record_that_is_none_is_found(sealed, monkeypatch, record):
    report = check(sealed_with_other_record(sealed, monkeypatch, record), sealed)

    assert report.verdict is Verdict.ALTERED
    assert "cannot be read" in str(report.sentence)


def test_a_sealed_record_that_differs_from_the_pages_is_found(sealed, monkeypatch):
    other = to_canonical_json(replace(sealed.snapshot, requested_by="Somebody else"))
    report = check(sealed_with_other_record(sealed, monkeypatch, other), sealed)

    assert findings(report) == [
        "The digest or the number on the cover is not that of the record.",
        "The properties of the document name another digest.",
    ]


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", b"%PDF-1.7\n%%EOF\n", b'{"schema":"ansm-portal-dossier"}']
)
def test_what_is_no_dossier_is_said_to_be_none(sealed, content):
    assert check(content, sealed).verdict is Verdict.NOT_A_DOSSIER


def test_another_pdf_is_no_dossier(sealed):
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out)

    assert check(out.getvalue(), sealed).verdict is Verdict.NOT_A_DOSSIER
