import datetime as dt
import hashlib
import io
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pikepdf
import pypdf
import pytest

from assessments.dossier import html, pdf, render
from assessments.dossier.glyphs import undrawable_in
from assessments.dossier.render import STYLES, Limits, RenderingFailed, to_pdf
from assessments.dossier.snapshot import digest, to_canonical_json
from tests.assessments.dossier import samples
from tests.assessments.dossier.lint import faults

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


ELSEWHERE = """
import hashlib, sys
import django
django.setup()
from assessments.dossier import render, snapshot
record = snapshot.from_json(sys.stdin.buffer.read())
print(hashlib.sha256(render.render(record).content).hexdigest())
"""


def test_equal_snapshots_give_equal_bytes_wherever_they_are_rendered(sealed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=to_canonical_json(sealed.snapshot),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(render.ROOT),
            "PYTHONHASHSEED": "77",
            "TZ": "Asia/Tokyo",
            "LANG": "fr_FR.UTF-8",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
    )

    assert done.stdout.decode().strip() == hashlib.sha256(sealed.unsealed).hexdigest()


def test_the_record_is_attached_as_it_is_digested(sealed):
    with pikepdf.open(io.BytesIO(sealed.unsealed)) as document:
        attached = document.attachments["snapshot.json"].get_file().read_bytes()

    assert attached == to_canonical_json(sealed.snapshot)
    assert digest(attached) in "".join(text_of(sealed.unsealed).split())


def numbered(letter, count):
    return " ".join(f"{letter}{number}" for number in range(count))


def test_no_word_of_the_record_is_lost():
    """What is taller than a page goes on on the next one, wherever it stands."""
    entry = samples.entry(justification=numbered("w", 5000), evidence=("EV-0001",))
    table = samples.entry(
        "ANSM-CON-02",
        justification=f"| {numbered('h', 900)} | b |\n|---|---|\n| {numbered('c', 900)} | d |",
        evidence=(),
    )
    snapshot = samples.snapshot(
        language="fr",
        phases=(samples.phase(entries=(entry, table)),),
        remarks=(samples.remark(text=numbered("r", 700)),),
        approvals=(samples.approval(meaning=numbered("m", 300)),),
        evidence=(samples.evidence(title="x" * 2000),),
    )
    rendering = render.render(snapshot)
    text = text_of(rendering.content)
    printed = words(text)

    for said in (
        entry.answer.justification,
        table.answer.justification,
        snapshot.remarks[0].text,
        snapshot.approvals[0].meaning,
        entry.recommendation.statement.fr,
        snapshot.device.intended_purpose,
        snapshot.organisation.address,
        snapshot.history.events[1].reason,
    ):
        assert not words(said) - printed
    assert text.count("x") >= 2 * 2000  # with the answer that cites it, and in the register
    assert faults(rendering.content, language="fr") == []


def test_a_long_register_has_every_row_and_its_head_on_each_page():
    rows = tuple(
        samples.evidence(f"EV-{n:04}", title=f"Piece t{n}", sha256="", document_on=None)
        for n in range(1, 301)
    )
    bare = samples.snapshot(
        phases=(samples.phase(entries=(samples.entry(),)),), evidence=rows, history=None
    )
    pages = pypdf.PdfReader(io.BytesIO(render.render(bare).content)).pages
    of_register = [text for page in pages if "Piece t" in (text := page.extract_text())]

    assert not {f"t{n}" for n in range(1, 301)} - set(words("\n".join(of_register)))
    assert all("Cited by" in text for text in of_register if text.count("Piece t") > 1)


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
    with_address = html.render(samples.snapshot(public_url="https://portal.example.org/"))

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
    snapshot = samples.snapshot(requested_by="Zoé \U0001f680\u0007\u202e\ufffe end")
    page = html.render(snapshot)

    assert "Zoé [U+1F680][U+0007][U+202E][U+FFFE] end" in page
    assert "[U+1F680] ROCKET" in page
    assert "\U0001f680".encode() in to_canonical_json(snapshot)
    assert [one.split()[0] for one in undrawable_in(to_canonical_json(snapshot).decode())] == [
        "[U+0007]",
        "[U+202E]",
        "[U+FFFE]",
        "[U+1F680]",
    ]


def test_other_scripts_are_drawn_or_told():
    name = "مرحبا Ωέγα Դեղ 漢字 \U0001f680"
    summary = samples.snapshot(
        requested_by=name, language="fr", scope=samples.scope(is_summary=True)
    )
    rendering = render.render(summary)

    assert faults(rendering.content, language="fr") == []
    assert "[U+6F22][U+5B57]" in text_of(rendering.content)
    assert "مرحبا Ωέγα Դեղ" in text_of(rendering.content)


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


def test_the_file_is_archival_and_accessible(sealed):
    assert faults(sealed.unsealed) == []
    assert faults(sealed.content) == []
    with pikepdf.open(io.BytesIO(sealed.content)) as document:
        attached = {str(one.UF): str(one.AFRelationship) for one in document.Root.AF}
    assert attached == {
        "cyclonedx-attestations.json": "/Alternative",
        "evidence-manifest.json": "/Alternative",
        "oscal-assessment-results.json": "/Alternative",
        "ansm-portal-dossier-4.schema.json": "/Supplement",
        "snapshot.json": "/Source",
    }


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("<table><tr><th>a</th></tr></table>", None),
        ("<h3>Skipped</h3>", "/H3 after level 1"),
        ('<svg width="9" height="9"><path d="M0 0h9v9z"/></svg>', "a figure without words"),
    ],
)
def test_the_lint_sees_what_is_wrong(page, fault):
    found = faults(render_here(PAGE.format("").replace("<form", page + "<form")).content)

    assert found == ([fault] if fault else [])


def test_a_glyph_that_no_font_has_is_refused():
    with pytest.raises(pdf.NotRendered, match=r"U\+E000"):
        render_here(PAGE.format("<p>\ue000</p>"))


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
