"""The catalogue that comes with the portal, and the tables that refer to it."""

from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from assessments.catalogue import schema

DATA = Path(schema.__file__).parent / "data"


@pytest.fixture(scope="module")
def catalogue():
    return schema.parse((DATA / "ansm-2022.yaml").read_bytes())


def test_there_are_85_recommendations_in_five_phases(catalogue):
    assert Counter(entry["phase"] for entry in catalogue.recommendations) == {
        "design": 43,
        "development": 15,
        "commissioning": 8,
        "post_market": 13,
        "end_of_life": 6,
    }


def test_most_entries_are_not_confirmed_and_say_so(catalogue):
    assert Counter(entry["provenance"]["status"] for entry in catalogue.recommendations) == {
        "verified": 15,
        "recalled": 40,
        "inferred": 30,
    }


def test_what_is_verified_names_its_sources(catalogue):
    for entry in catalogue.recommendations:
        provenance = entry["provenance"]
        assert provenance["sources"] or provenance["status"] != "verified", entry["id"]


def test_no_official_number_is_given_before_somebody_read_one(catalogue):
    assert {entry["provenance"]["official_number"] for entry in catalogue.recommendations} == {None}


def test_entries_stand_in_the_order_of_their_sections(catalogue):
    order = [section["key"] for section in catalogue.sections]
    places = [order.index(entry["section"]) for entry in catalogue.recommendations]

    assert places == sorted(places)


def test_the_crosswalk_cites_recommendations_and_requirements_that_exist(catalogue):
    yaml = YAML(typ="safe", pure=True)
    frameworks = yaml.load((DATA / "frameworks.yaml").read_text(encoding="utf-8"))["frameworks"]
    controls = yaml.load((DATA / "crosswalk.yaml").read_text(encoding="utf-8"))["controls"]
    codes = {entry["id"] for entry in catalogue.recommendations}
    known = {(f["key"], str(r["ref"])) for f in frameworks for r in f["requirements"]}

    cited = {code for control in controls for code in control["ansm_refs"]}
    referred = {
        (key, str(ref))
        for control in controls
        for key, refs in control["refs"].items()
        for ref in refs
    }

    assert cited <= codes
    assert referred <= known
