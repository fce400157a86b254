"""The chapter on neighbouring frameworks: what is recorded, and what the dossier shows of it."""

import re
from dataclasses import replace

import pytest

from assessments.dossier import html
from assessments.dossier.crosswalk import (
    Crosswalk,
    MappedFramework,
    MappedRecommendation,
    MappedRequirement,
)
from assessments.dossier.crosswalk_builder import build_crosswalk
from assessments.dossier.crosswalk_view import chapter
from assessments.dossier.document import Document
from assessments.dossier.edition import Text
from assessments.dossier.snapshot import from_json, to_canonical_json
from assessments.services.dossier import allocate
from assessments.services.wishing import DossierRefused
from tests.assessments.dossier import samples
from tests.factories import AssessmentFactory, FrameworkFactory, MappingFactory


def mapped(code, **fields):
    values = {"relation": "intersects", "status": "proposed", "confidence": "medium", **fields}
    return MappedRecommendation(code, rationale=samples.text("Why."), source="a file", **values)


def requirement(ref, support, *mappings):
    return MappedRequirement(ref, samples.text(f"Place {ref}"), "high", support, mappings)


CROSSWALK = Crosswalk(
    generated_on=samples.DAY,
    status=samples.text("A proposal."),
    frameworks=(
        MappedFramework(
            key="std",
            edition=Text(fr="2021", en="2021"),
            name=samples.text("A standard"),
            short=samples.text("Standard"),
            publisher="IEC",
            address="https://example.org/",
            dated="2021",
            nature="standard",
            confidence="high",
            source=Text(fr="", en=""),
            note=Text(fr="", en=""),
            content_sha256=samples.DIGEST,
            requirements=(
                requirement("5", ""),
                requirement("5.1", "supported", mapped("ANSM-CON-01")),
                requirement(
                    "5.2",
                    "partly",
                    mapped("ANSM-CON-01", relation="equal", confidence="low"),
                    mapped("ANSM-CON-02"),
                    mapped("ANSM-CON-03"),
                ),
                requirement("5.3", "not_reached"),
            ),
        ),
    ),
)


@pytest.fixture(scope="module")
def snapshot():
    return samples.snapshot(crosswalk=CROSSWALK)


def test_the_record_comes_back_as_it_was(snapshot):
    assert from_json(to_canonical_json(snapshot)).crosswalk == CROSSWALK


def test_the_chapter_follows_from_the_record(snapshot):
    view = chapter(Document(snapshot))
    (framework,) = view.frameworks
    partly = framework.requirements[2]

    assert framework.counts == {"supported": 1, "partly": 1, "not_reached": 1}
    assert [entry.code for entry in partly.followed] == ["ANSM-CON-01"]
    assert [entry.code for entry in partly.others] == ["ANSM-CON-02"]
    assert [entry.code for entry in partly.left_out] == ["ANSM-CON-03"]
    assert [piece.evidence.number for piece in partly.evidence] == ["EV-0001"]
    assert (partly.confidence.key, partly.is_whole, partly.is_confirmed) == ("low", True, False)


def test_the_dossier_says_what_the_chapter_is_not(snapshot):
    page = " ".join(html.render(snapshot).split())
    chapter = page[page.index('<section class="chapter" id="crosswalk">') :]
    assert "no official mapping and no statement of conformity" in chapter
    assert "A proposal." in chapter
    shown = re.findall(r'<th scope="row">(5[.\d]* Place [\d.]+)</th> <td>(\w*[ \w]*)', chapter)
    assert shown == [
        ("5 Place 5", ""),
        ("5.1 Place 5.1", "supported"),
        ("5.2 Place 5.2", "partly"),
        ("5.3 Place 5.3", "not reached"),
    ]


def test_without_frameworks_there_is_no_chapter():
    chapters = Document(samples.snapshot()).chapters
    assert "crosswalk" not in {chapter.anchor for chapter in chapters}


def test_the_chapter_reads_in_french(snapshot):
    page = html.render(replace(snapshot, language="fr"))
    assert "Référentiels voisins" in page
    assert "A proposal. (fr)" in page


@pytest.mark.django_db
def test_what_is_recorded_are_the_rows_of_the_day():
    assessment = AssessmentFactory()
    code = assessment.answers.order_by("position").first().code
    framework = FrameworkFactory(key="std", sizes=2)
    MappingFactory(code=code, requirement=framework.requirements.get(ref="5.1"))

    recorded = build_crosswalk(assessment, ["std"])

    supports = [(row.ref, row.support) for row in recorded.frameworks[0].requirements]
    assert supports == [("5.1", "open"), ("5.2", "not_reached")]
    assert recorded.frameworks[0].requirements[0].mappings[0].rationale == Text(
        fr="Les deux demandent une analyse.", en="Both ask for an analysis."
    )
    assert build_crosswalk(assessment, []) is None


@pytest.mark.django_db
def test_a_dossier_holds_the_frameworks_that_were_chosen():
    for key in ("mdcg-2019-16", "mdr-annex-i", "rgpd"):
        FrameworkFactory(key=key)

    def kept(frameworks):
        assessment = AssessmentFactory()
        actor = assessment.started_by
        return allocate(assessment, language="fr", actor=actor, frameworks=frameworks).frameworks

    assert kept(None) == ["mdcg-2019-16", "mdr-annex-i"]
    assert kept(["rgpd"]) == ["rgpd"]
    assert kept([]) == []
    with pytest.raises(DossierRefused, match="not loaded"):
        kept(["none"])
