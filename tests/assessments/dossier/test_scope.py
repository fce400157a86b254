"""What a dossier tells of: no extract passes for a whole one."""

import io
import json
from dataclasses import replace

import pypdf
import pytest
from django.utils import translation

from assessments.dossier import html, render
from assessments.dossier.document import Document
from assessments.dossier.formats.cyclonedx import attestations
from assessments.dossier.formats.oscal import assessment_results
from assessments.dossier.told import Told
from assessments.extent import Extent
from tests.assessments.dossier import samples
from tests.assessments.dossier.test_render import text_of

WHOLE = samples.PHASES


def told(scope):
    return Told(scope, scope.phases, scope.phases_left_out, scope.stakeholder)


def test_all_phases_are_no_limit():
    assert Extent(phases=WHOLE).in_order(WHOLE) == Extent()
    assert Extent(phases=("post_market", "design")).in_order(WHOLE).phases == (
        "design",
        "post_market",
    )
    assert Extent().is_whole
    assert not Extent(with_remarks=False).is_whole


def test_a_whole_dossier_needs_no_words():
    whole = told(samples.scope())

    assert whole.kind == "Cybersecurity dossier"
    assert not whole.marks
    assert not whole.sentences


@pytest.mark.parametrize(
    ("scope", "kind", "marks", "sentence"),
    [
        (
            samples.extract(),
            "Extract of the cybersecurity dossier",
            ["Extract", "1 of 5 phases"],
            "Extract: 3 of the 7 recommendations of the edition are in it.",
        ),
        (
            samples.scope(stakeholder="user", recommendations_left_out=2),
            "Extract of the cybersecurity dossier",
            ["Extract", "share of: user"],
            "Only the recommendations with a share of: user.",
        ),
        (
            samples.scope(is_summary=True),
            "Summary of the cybersecurity dossier",
            ["Summary"],
            "Summary: the positions, one by one, with justification and evidence, are in the "
            "attached record and not on its pages.",
        ),
        (
            samples.scope(with_remarks=False),
            "Cybersecurity dossier",
            [],
            "Remarks and actions were left out, whether there are any or not.",
        ),
        (
            samples.scope(with_history=False),
            "Cybersecurity dossier",
            [],
            "The history was left out.",
        ),
    ],
)
def test_what_is_left_out_is_said(scope, kind, marks, sentence):
    assert told(scope).kind == kind
    assert told(scope).marks == marks
    assert sentence in told(scope).sentences


def extract(**changes):
    snapshot = samples.snapshot()
    design = snapshot.phases[:1]
    return replace(snapshot, phases=design, scope=samples.extract(**changes), is_provisional=False)


def test_each_page_of_an_extract_says_that_it_is_one():
    rendering = render.render(extract(stakeholder="healthcare_establishment"))
    pages = pypdf.PdfReader(io.BytesIO(rendering.content)).pages

    for page in pages:
        text = " ".join(page.extract_text().upper().split())
        assert "EXTRACT" in text
        assert "1 OF 5 PHASES" in text
        assert "HEALTHCARE ESTABLISHMENT" in text


def test_a_summary_has_four_pages_at_most_and_leads_nowhere():
    title = "A rather long title of a recommendation that nobody follows, for whatever reason " * 3
    gaps = tuple(
        replace(
            samples.entry(f"ANSM-CON-{n:02}", verdict="not_followed"),
            recommendation=samples.recommendation(f"ANSM-CON-{n:02}", title=samples.text(title)),
        )
        for n in range(1, 60)
    )
    snapshot = samples.snapshot(
        phases=(samples.phase(entries=gaps), *samples.snapshot().phases[1:]),
        scope=samples.scope(is_summary=True),
        language="fr",
    )
    rendering = render.render(replace(snapshot, public_url="https://portal.example.org"))

    assert rendering.pages <= 4
    assert "ANSM-CON-01" in text_of(rendering.content)
    assert "47 de plus" in " ".join(text_of(rendering.content).split())


def chapters(snapshot):
    with translation.override(snapshot.language):
        return [chapter.anchor for chapter in Document(snapshot).chapters]


def test_what_was_left_out_has_no_chapter():
    whole = samples.snapshot()
    less = replace(whole, history=None, scope=samples.scope(with_history=False, with_remarks=False))

    assert {"history", "remarks"} <= set(chapters(whole))
    assert not {"history", "remarks"} & set(chapters(less))
    assert [one for one in chapters(whole) if one.startswith("phase-")] == [
        f"phase-{key}" for key in WHOLE
    ]


def test_without_references_there_is_no_crosswalk():
    bare = samples.entry()
    bare = replace(bare, recommendation=samples.recommendation(references=()))
    phases = (samples.phase(entries=(bare,)),)

    assert "references" in chapters(samples.snapshot())
    assert "references" not in chapters(replace(samples.snapshot(), phases=phases))


def test_left_out_remarks_are_not_counted_as_none():
    less = replace(
        samples.snapshot(), remarks=(), actions=(), scope=samples.scope(with_remarks=False)
    )
    page = html.page(less, "summary", address=str, is_preview=True)

    assert "<td>0</td>\n      <td>0</td>" not in page.body
    assert page.body.count("<td>–</td>") == 2


def test_the_history_says_what_changed_and_by_whom():
    page = html.page(samples.snapshot(), "history", address=str, is_preview=False)

    assert "✗</span> not followed" in page.body
    assert "½</span> partly followed" in page.body
    assert "One is empty." in page.body
    assert "D-2025-0004" in page.body


def test_residual_risks_name_their_actions():
    action = samples.action(code="ANSM-CON-02", remark="")
    body = html.page(
        samples.snapshot(actions=(action,)), "residual", address=str, is_preview=False
    ).body

    assert "ANSM-CON-02" in body
    assert "Name the wireless link" in body


def test_a_web_page_links_to_what_stands_in_other_chapters():
    body = html.page(
        samples.snapshot(), "residual", address=lambda name: f"/{name}/?a=1&b=2", is_preview=False
    ).body

    assert 'href="/phase-design/?a=1&amp;b=2#r-ANSM-CON-02"' in body


def test_there_is_no_page_of_a_chapter_that_is_not_there():
    assert html.page(samples.snapshot(), "nothing", address=str, is_preview=True) is None


def test_a_preview_has_neither_number_nor_seal():
    unissued = samples.snapshot(number="")
    cover = html.page(unissued, html.COVER, address=str, is_preview=True).body
    proof = html.page(unissued, "verification", address=str, is_preview=True).body

    assert "preview, not issued" in cover
    assert samples.DIGEST not in cover + proof
    assert "<form" not in proof


def test_an_extract_in_another_format_says_so():
    said = "Extract: 3 of the 7 recommendations of the edition are in it."
    extract_, whole = extract(), samples.snapshot()

    for make in (assessment_results, attestations):
        assert said in json.dumps(make(extract_, samples.DIGEST))
        assert "Extract" not in json.dumps(make(whole, samples.DIGEST))
