import datetime as dt
import io
import re
from collections import Counter
from dataclasses import replace

import pikepdf
import pypdf
import pytest

from assessments.dossier import html, pdf, render
from assessments.dossier.render import STYLES, Limits, RenderingFailed, to_pdf
from assessments.dossier.snapshot import digest, to_canonical_json
from tests.assessments.dossier import samples

PAGE = (
    '<!DOCTYPE html><html lang="en"><title>T</title><link rel="stylesheet" href="dossier.css">'
    '{}<h1>T</h1><form class="seal"><input name="seal" title="Seal"></form></html>'
)
ATTACHMENTS = [pdf.Attachment("snapshot.json", "record", "Source", b"{}")]


def render_here(page):
    return pdf.render(page, styles=STYLES, attachments=ATTACHMENTS, instant=samples.NOON)


def words(text):
    """Words as a reader sees them: without the hyphens of line ends."""
    joined = re.sub(r"[-\u2010]\n", "", text)
    return Counter(re.findall(r"\w+", joined))


def text_of(content):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_equal_snapshots_give_equal_bytes(sealed):
    assert render.render(sealed.snapshot).content == sealed.unsealed


def test_the_record_is_attached_as_it_is_digested(sealed):
    with pikepdf.open(io.BytesIO(sealed.unsealed)) as document:
        attached = document.attachments["snapshot.json"].get_file().read_bytes()

    assert attached == to_canonical_json(sealed.snapshot)
    assert digest(attached) in "".join(text_of(sealed.unsealed).split())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_word_of_the_record_is_lost(language):
    long_text = " ".join(f"w{number}" for number in range(1500))
    entry = samples.entry(justification=long_text)
    snapshot = samples.snapshot(
        language=language,
        phases=(samples.phase(entries=(entry,)), *samples.snapshot().phases[1:]),
        remarks=(samples.remark(text=" ".join(f"r{n}" for n in range(700))),),
        approvals=(samples.approval(meaning=" ".join(f"m{n}" for n in range(300))),),
    )
    rendering = render.render(snapshot)
    printed = words(text_of(rendering.content))

    for text in (
        long_text,
        snapshot.remarks[0].text,
        snapshot.approvals[0].meaning,
        getattr(entry.recommendation.statement, language),
        snapshot.device.intended_purpose,
        snapshot.organisation.address,
    ):
        assert not words(text) - printed


def test_a_provisional_copy_says_so_on_every_page():
    pages = pypdf.PdfReader(io.BytesIO(render.render(samples.snapshot()).content)).pages

    assert all("PROVISIONAL COPY" in page.extract_text().upper() for page in pages)


def test_a_signed_copy_does_not_say_provisional():
    snapshot = samples.snapshot(
        is_provisional=False, seal=replace(samples.snapshot().seal, is_test=False)
    )
    text = text_of(render.render(snapshot).content)

    assert "rovisional" not in text
    assert "no legal value" not in text.split("Contents")[0]


def test_it_never_claims_more_than_it_knows():
    for language in ("fr", "en"):
        page = html.render(samples.snapshot(language=language)).casefold()
        assert "qualified" not in page
        assert "qualifié" not in page
        assert "compliant" not in page


def test_links_lead_from_answers_to_evidence_and_back():
    page = html.render(samples.snapshot())

    assert 'href="#EV-0001"' in page
    assert 'id="EV-0001"' in page
    assert 'href="#r-ANSM-CON-01"' in page
    assert 'id="r-ANSM-CON-01"' in page


def test_the_address_of_verification_is_printed_when_there_is_one():
    with_address = html.render(samples.snapshot(), public_url="https://portal.example.org/")

    assert "https://portal.example.org/verify/" in with_address
    assert "/verify/" not in html.render(samples.snapshot())


def test_text_of_people_is_text():
    snapshot = samples.snapshot(
        phases=(
            samples.phase(
                entries=(
                    samples.entry(
                        justification="# Big\n\n<img src=x> ![i](http://evil.example/i.png) "
                        "[l](javascript:alert(1)) **bold**"
                    ),
                )
            ),
        )
    )
    page = html.render(snapshot)

    assert "<img" not in page
    assert "javascript:" not in page.replace("(javascript:alert(1))", "")
    assert '<p class="heading">Big</p>' in page
    assert "<strong>bold</strong>" in page


def test_what_the_fonts_cannot_draw_is_printed_as_its_code():
    snapshot = samples.snapshot(requested_by="Zoé \U0001f600\u0007\u202e\ufffe end")
    page = html.render(snapshot)

    assert "Zoé [U+1F600][U+0007][U+202E][U+FFFE] end" in page
    assert "[U+1F600] GRINNING FACE" in page
    assert "\U0001f600".encode() in to_canonical_json(snapshot)
    render.render(snapshot)


@pytest.mark.parametrize(
    "reference",
    [
        '<img src="https://example.org/x.png" alt="x">',
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="../../manage.py" alt="x">',
        '<img src="%2e%2e/%2e%2e/manage.py" alt="x">',
        '<img src="file://localhost/etc/hostname" alt="x">',
        '<img src="data:image/png;base64,AAAA" alt="x">',
        '<link rel="stylesheet" href="http://example.org/x.css">',
        "<style>@import url(http://example.org/x.css);</style>",
        "<style>@font-face{font-family:x;src:url(http://e.example/x)} h1{font-family:x}</style>",
        "<style>h1{background:url(http://example.org/x.png)}</style>",
        '<object data="http://example.org/x.svg"></object>',
        '<svg><image href="http://example.org/x.png"/></svg>',
    ],
)
def test_a_foreign_address_is_refused(reference):
    with pytest.raises(pdf.NotRendered):
        render_here(PAGE.format(reference))


@pytest.mark.parametrize(
    "reference",
    [
        '<link rel="attachment" href="file:///etc/hostname">',
        '<a rel="attachment" href="file:///etc/hostname">x</a>',
    ],
)
def test_a_file_named_in_the_text_is_not_attached(reference):
    try:
        rendering = render_here(PAGE.format(reference))
    except pdf.NotRendered:
        return
    with pikepdf.open(io.BytesIO(rendering.content)) as document:
        assert list(document.attachments) == ["snapshot.json"]


def test_a_misspelt_property_is_refused():
    with pytest.raises(pdf.NotRendered, match="colour"):
        render_here(PAGE.format("<style>h1 { colour: red }</style>"))


def test_without_the_subsetter_nothing_is_rendered(monkeypatch):
    monkeypatch.setattr(pdf, "harfbuzz_subset", None)

    with pytest.raises(pdf.NotRendered, match="harfbuzz"):
        render_here(PAGE.format(""))


def test_the_worker_says_why_it_refused():
    with pytest.raises(RenderingFailed, match=r"example\.org"):
        to_pdf(
            PAGE.format('<img src="https://example.org/x.png" alt="x">'),
            snapshot=samples.snapshot(),
            limits=Limits(),
        )


def test_a_worker_out_of_memory_is_a_refusal(caplog):
    with pytest.raises(RenderingFailed, match="ended too early"):
        to_pdf(PAGE.format(""), snapshot=samples.snapshot(), limits=Limits(memory_bytes=2**26))

    assert "rendering process" in caplog.text


def test_a_slow_worker_is_stopped():
    with pytest.raises(RenderingFailed, match="not ready after 0 seconds"):
        to_pdf(PAGE.format(""), snapshot=samples.snapshot(), limits=Limits(seconds=0))


def glyphs_of(content):
    """Return the glyph numbers that each text operation of a document shows."""
    with pikepdf.open(io.BytesIO(content)) as document:
        for page in document.pages:
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) in {"TJ", "Tj"}:
                    parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                    for part in parts:
                        if isinstance(part, pikepdf.String):
                            raw = bytes(part)
                            yield from (raw[at : at + 2] for at in range(0, len(raw), 2))


def test_the_file_is_archival_and_accessible(sealed):
    """What PDF/A-3a and PDF/UA-1 ask for, as far as a few lines can see it."""
    with pikepdf.open(io.BytesIO(sealed.content)) as document:
        root = document.Root
        xmp = root.Metadata.read_bytes()
        assert root.OutputIntents[0].S == "/GTS_PDFA1"
        assert xmp.count(b"<rdf:RDF") == 1
        assert b'pdfaid:part="3" pdfaid:conformance="A"' in xmp
        assert b'pdfuaid:part="1"' in xmp
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "en"
        assert "/NeedAppearances" not in root.AcroForm
        attached = {str(one.UF): str(one.AFRelationship) for one in root.AF}
        assert attached == {
            "cyclonedx-attestations.json": "/Alternative",
            "evidence-manifest.json": "/Alternative",
            "oscal-assessment-results.json": "/Alternative",
            "ansm-portal-dossier-4.schema.json": "/Supplement",
            "snapshot.json": "/Source",
        }
        assert len(root.AF) == len(attached)
        assert all(page.Tabs == "/S" for page in document.pages)
        fonts = [
            item
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
        widgets = [field for field in root.AcroForm.Fields if field.get("/FT") == "/Sig"]
        assert len(widgets) == 1
        assert widgets[0].F == 132
        assert "/AP" in widgets[0]
        assert "/StructParent" in widgets[0]
        assert "/TU" in widgets[0]
    assert b"\0\0" not in set(glyphs_of(sealed.content))


def test_attachments_are_dated_by_the_dossier():
    first = render_here(PAGE.format(""))
    later = pdf.render(
        PAGE.format(""),
        styles=STYLES,
        attachments=ATTACHMENTS,
        instant=samples.NOON + dt.timedelta(days=1),
    )

    assert render_here(PAGE.format("")).content == first.content
    assert later.content != first.content
