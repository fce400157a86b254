"""Mappings go with entries from edition to edition."""

import pytest
from ruamel.yaml import YAML

from assessments.crosswalk.reading import links_to, requirements_of
from assessments.crosswalk.ways import Step, Way, ways
from assessments.models import Mapping
from assessments.services.edition_export import export
from assessments.services.mapping import change, confirm
from tests.assessments.catalogue.second import FOUR_EACH, second_edition
from tests.factories import AssessmentFactory, CatalogueFactory, UserFactory
from tests.factories.crosswalk import FrameworkFactory, MappingFactory


def test_ways_lead_over_editions_between_and_an_earlier_meaning_of_a_code_counts():
    first = Step("A", [("1", "1", "unchanged"), ("2", "2b", "moved"), ("3", "3", "reworded")], "4")
    second = Step("A", [("1", "1x", "split"), ("1", "1y", "split"), ("2b", "4", "unchanged")], "3")

    assert ways([first, second]) == {
        ("A", "1"): (Way("1x", is_same=False), Way("1y", is_same=False)),
        ("A", "2"): (Way("4"),),
        ("A", "2b"): (Way("4"),),
        ("A", "3"): (),
        ("A", "4"): (),
    }


@pytest.fixture
def editions(db):
    first = CatalogueFactory(sizes=FOUR_EACH)
    return first, second_edition(first)


@pytest.fixture
def requirement(db):
    return FrameworkFactory().requirements.first()


def mapped(catalogue, requirement, *codes):
    return [
        MappingFactory(
            catalogue_key=catalogue.key, code=code, requirement=requirement, status="confirmed"
        )
        for code in codes
    ]


def said(catalogue, requirement):
    links = links_to([requirement.pk], catalogue=catalogue)
    return {link.code: link.status for link in links.get(requirement.pk, ())}


def test_a_mapping_goes_with_its_entry_and_is_confirmed_again_where_the_text_changed(
    editions, requirement
):
    first, second = editions
    codes = ["REC-001", "REC-002", "REC-004", "REC-006", "REC-007", "REC-008", "REC-015"]
    mapped(first, requirement, *codes)

    assert said(first, requirement) == dict.fromkeys(codes, "confirmed")
    assert said(second, requirement) == {
        "REC-001": "confirmed",  # unchanged
        "REC-002": "proposed",  # reworded
        "REC-004A": "proposed",  # split
        "REC-004B": "proposed",
        "REC-005": "proposed",  # merged
        "REC-007": "confirmed",  # moved
        "REC-115": "confirmed",  # another code, the same text; what was retired leads nowhere
    }


def test_what_a_person_says_once_the_edition_is_published_stands(editions, requirement):
    [mapping] = mapped(editions[1], requirement, "REC-002")
    actor = UserFactory()
    change(mapping.pk, revision=1, values={"status": "proposed"}, reason="Read.", actor=actor)

    confirm(Mapping.objects.get(), actor=actor)

    assert said(editions[1], requirement) == {"REC-002": "confirmed"}


def test_the_requirements_of_an_answer_are_those_of_the_entries_before(editions, requirement):
    mapped(editions[0], requirement, "REC-005", "REC-006", "REC-015")
    assessment = AssessmentFactory(catalogue=editions[1])

    for code, statuses in {
        "REC-005": ["proposed"],
        "REC-115": ["confirmed"],
        "REC-001": [],
    }.items():
        found = requirements_of(assessment.answers.get(code=code))
        assert [(link.status, row) for link, row in found] == [(s, requirement) for s in statuses]


def test_a_library_of_ciso_assistant_has_the_mappings_of_its_edition(editions, requirement):
    mapped(editions[0], requirement, "REC-015", "REC-008")

    library = YAML(typ="safe").load(export(editions[1], "ciso"))

    own, other = library["objects"]["frameworks"]
    [found] = library["objects"]["requirement_mapping_sets"]
    assert (found["source_framework_urn"], found["target_framework_urn"]) == (
        own["urn"],
        other["urn"],
    )
    urns = {node["ref_id"]: node["urn"] for node in own["requirement_nodes"]}
    [mapping] = found["requirement_mappings"]
    assert mapping["source_requirement_urn"] == urns["REC-115"]
    assert mapping["relationship"] == "intersect"
    target = next(n for n in other["requirement_nodes"] if n["ref_id"] == requirement.ref)
    assert mapping["target_requirement_urn"] == target["urn"]
    assert "confirmed, " in mapping["rationale"]
