"""What is attached to a dossier, its pages, and records of other versions."""

import hashlib
import io
import json
from dataclasses import replace

import pikepdf
import pytest
import rfc8785
from cryptography import x509

from assessments.dossier import pages
from assessments.dossier.canonical import NotCanonical
from assessments.dossier.pages import NotPrinted, compare_pages, with_pages
from assessments.dossier.press import ROOT, press
from assessments.dossier.records import read
from assessments.dossier.render import render
from assessments.dossier.report import Outcome, Sentence, Verdict
from assessments.dossier.snapshot import to_canonical_json
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier import samples
from tests.assessments.dossier.conftest import Sealed, naming, seal_with
from tests.assessments.dossier.test_verify import findings

EVIDENCE = b"%PDF-1.7 the risk analysis"
EARLIER = ROOT / "tests" / "data" / "dossier-3.pdf"


@pytest.fixture(scope="module")
def unsealed(identity):
    """Print a dossier whose register names the digest of a file we have."""
    piece = samples.evidence(sha256=hashlib.sha256(EVIDENCE).hexdigest())
    register = (piece, samples.evidence("EV-0002", sha256="f" * 64))
    snapshot = naming(samples.snapshot(evidence=register), identity)
    return Sealed(snapshot, identity, render(snapshot).content, b"")


def with_files(unsealed, files):
    """Attach files to what is not sealed yet, as the portal does on request; then seal it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(unsealed.unsealed)) as document:
        for name, content in files.items():
            document.attachments[name] = pikepdf.AttachedFileSpec(
                document, content, filename=name, relationship=pikepdf.Name.Supplement
            )
        document.save(out)
    return seal_with(unsealed.identity, out.getvalue())


def judged(unsealed, files):
    return verify(with_files(unsealed, files), trust=Trust([unsealed.certificate]))


def test_attached_evidence_is_compared_with_the_register(unsealed):
    report = judged(unsealed, {"EV-0001.pdf": EVIDENCE})

    assert report.verdict is Verdict.INTACT, findings(report)
    assert "Each attached piece of evidence has the digest that the record names: EV-0001.pdf." in (
        findings(report, Outcome.OK)
    )
    assert "Files of evidence that are named but not attached were not looked at: 1." in (
        findings(report, Outcome.NOT_CHECKED)
    )


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"EV-0001.pdf": EVIDENCE + b"!"},
            "The attached evidence EV-0001.pdf has another digest than the record names.",
        ),
        (
            {"EV-0002.pdf": EVIDENCE},
            "The attached evidence EV-0002.pdf has another digest than the record names.",
        ),
        (
            {"EV-0003.pdf": EVIDENCE},
            "A file is attached that the record does not name: EV-0003.pdf.",
        ),
        (
            {"certificate.pdf": EVIDENCE},
            "A file is attached that the record does not name: certificate.pdf.",
        ),
    ],
)
def test_an_attached_file_that_the_record_does_not_name_is_a_failure(unsealed, files, sentence):
    report = judged(unsealed, files)

    assert report.verdict is Verdict.ALTERED
    assert findings(report) == [sentence]


def test_two_attached_files_of_one_name_are_a_failure(unsealed):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(unsealed.unsealed)) as document:
        names = document.Root.Names.EmbeddedFiles.Names
        names.append(names[-2])
        names.append(names[-2])
        document.save(out)
    report = verify(
        seal_with(unsealed.identity, out.getvalue()), trust=Trust([unsealed.certificate])
    )

    assert findings(report) == ["Two attached files have the same name: snapshot.json."]


# The pages


def told(check):
    return str(check.finding)


def test_equal_pages_are_said_to_be_identical(sealed):
    check = compare_pages(sealed.content, lambda _snapshot: sealed.unsealed)

    assert check.outcome is Outcome.OK
    assert told(check).endswith("pages are identical, byte for byte, up to the seal.")


def test_in_a_file_put_together_otherwise_the_pages_draw_the_same(unsealed):
    content = with_files(unsealed, {"EV-0001.pdf": EVIDENCE})
    check = compare_pages(content, lambda _snapshot: unsealed.unsealed)

    assert check.outcome is Outcome.OK
    assert "pages draw the same, in a file that is put together otherwise" in told(check)


def changed_page(content, change):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def drawn_over(document):
    page = document.pages[3]
    drawing = page.Contents.read_bytes() + b"\nq 1 1 1 rg 0 0 500 500 re f Q"
    page.Contents = document.make_stream(drawing)


def less_text(document):
    """Take a line out of a page, as a manufacturer with the key could."""
    page = document.pages[5]
    before, _, after = page.Contents.read_bytes().partition(b"] TJ")
    page.Contents = document.make_stream(before[: before.rindex(b"[<")] + b"[<0001>0] TJ" + after)


def a_page_less(document):
    del document.pages[-2]


def hidden(document):
    """Let a layer, which readers can switch off, be defined."""
    document.Root.OCProperties = pikepdf.Dictionary(OCGs=[], D=pikepdf.Dictionary())


def test_what_is_drawn_over_is_said_to_be_drawn_otherwise(sealed):
    content = changed_page(sealed.unsealed, drawn_over)
    check = compare_pages(content, lambda _snapshot: sealed.unsealed)

    assert check.outcome is Outcome.OK
    assert "each page bears the same text. Page 4 is drawn otherwise" in told(check)
    check = compare_pages(changed_page(sealed.unsealed, hidden), lambda _snapshot: sealed.unsealed)
    assert "draw the same" not in told(check)


@pytest.mark.parametrize(("change", "page"), [(less_text, 6), (a_page_less, None)])
def test_a_text_that_the_record_does_not_give_is_a_failure(sealed, change, page):
    """The seal holds: only who has its key can do this."""
    content = seal_with(sealed.identity, changed_page(sealed.unsealed, change))
    report = verify(content, trust=Trust([sealed.certificate]))
    assert report.verdict is Verdict.INTACT
    report = with_pages(report, content, lambda _snapshot: sealed.unsealed)

    assert report.verdict is Verdict.ALTERED
    assert "does not say what the record says" in str(report.sentence)
    assert page is None or f"Page {page} " in str(report.sentence)


def test_another_press_may_print_otherwise(sealed, monkeypatch):
    """Then a difference proves nothing, and is shown."""
    monkeypatch.setattr(pages, "press", lambda: replace(press(), tools="WeasyPrint 90.0"))
    content = changed_page(sealed.unsealed, less_text)
    check = compare_pages(content, lambda _snapshot: sealed.unsealed)

    assert check.outcome is Outcome.NOT_CHECKED
    assert "another edition of the portal, or other tools, printed them. Page 6 says “" in (
        told(check)
    )


def test_what_cannot_be_printed_is_not_compared(sealed):
    def nothing(_snapshot):
        raise NotPrinted(Sentence("No printer."))

    check = compare_pages(sealed.content, nothing)
    assert (check.outcome, told(check)) == (Outcome.NOT_CHECKED, "No printer.")


def test_what_is_altered_is_not_printed(sealed):
    report = verify(sealed.content, trust=Trust([]))

    assert with_pages(report, sealed.content, lambda _: pytest.fail("printed")) is report


# Other versions of the record


def test_a_dossier_of_schema_3_still_verifies():
    content = EARLIER.read_bytes()
    certificate = x509.load_pem_x509_certificate(EARLIER.with_suffix(".pem").read_bytes())
    report = verify(content, trust=Trust([certificate]))

    assert (report.verdict, report.number) == (Verdict.INTACT, "D-2026-0001")
    assert any("digest printed on the cover" in each for each in findings(report, Outcome.OK))
    unknown = " ".join(findings(report, Outcome.NOT_CHECKED))
    assert "The record is of version 3, another than this edition" in unknown
    check = compare_pages(content, lambda _: pytest.fail("printed"))
    assert check.outcome is Outcome.NOT_CHECKED
    assert "of a version that this edition of the portal does not print" in told(check)


def plain(**changes):
    return json.loads(to_canonical_json(samples.snapshot())) | changes


def test_a_record_of_a_later_version_is_read_as_far_as_it_is_known():
    record = read(rfc8785.dumps(plain(schema_version="99", novelty=["unheard of"])))

    assert (record.number, record.snapshot) == ("D-2026-0001", None)
    assert record.evidence == {"EV-0001": samples.DIGEST, "EV-0002": "f" * 64}


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"1" * 5000,
        b"[]",
        b"{}",
        json.dumps(plain()).encode(),
        rfc8785.dumps(plain(schema="another")),
        rfc8785.dumps(plain(schema_version="2", seal=None)),
        rfc8785.dumps(plain(schema_version="2", seal={"level": 3, "certificate_sha256": ""})),
        rfc8785.dumps(plain(schema_version="2", evidence=[{"number": "EV-0001"}])),
        rfc8785.dumps(plain(novelty="")),
    ],
)
def test_what_is_no_record_is_refused(content):
    with pytest.raises(NotCanonical):
        read(content)
