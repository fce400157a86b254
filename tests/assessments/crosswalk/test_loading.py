"""Loading frameworks and the crosswalk."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from assessments.catalogue.references import all_places
from assessments.models import (
    CommonControl,
    Framework,
    Mapping,
    MappingChange,
    Requirement,
)
from assessments.services.mapping import change
from tests.factories import CatalogueFactory, UserFactory
from tests.factories.assessments import RecommendationFactory, SectionFactory, publish

pytestmark = pytest.mark.django_db

FRAMEWORKS = """
schema: 2
generated: '2026-11-23'
language: [fr, en]
notice_fr: Des faits.
notice_en: Facts.
frameworks:
- key: std
  name_fr: Une norme
  name_en: A standard
  short_fr: Norme
  short_en: Standard
  version_fr: '2021'
  version_en: '2021'
  publisher: IEC
  address: https://example.org/
  date: 2021-12
  nature: standard
  confidence: high
  address_seen: false
  requirements:
  - {ref: '5', title_fr: Chapitre, title_en: Chapter}
  - {ref: '5.1', title_fr: Analyse, title_en: Analysis, parent: '5'}
  - {ref: '5.2', title_fr: Essais, title_en: Tests, parent: '5', confidence: low}
"""
CROSSWALK = """
schema: 2
generated: '2026-11-23'
status_fr: Une proposition.
status_en: A proposal.
catalogue_id: TEST
catalogue_version: '1.0'
controls:
- id: RSK-01
  title_fr: Risques
  title_en: Risks
  phases: [design]
  criteria: []
  stakeholders: []
  ansm_refs: [R-1]
  evidence: []
  refs:
    std: ['5.1', '5.2']
"""


@pytest.fixture
def load(tmp_path):
    """Load both files, with texts that stand in them replaced; return what was told."""
    catalogue = CatalogueFactory(edition="1.0", sizes=False)
    section = SectionFactory(catalogue=catalogue, position=0)
    RecommendationFactory(section=section, code="R-1", position=1)
    publish(catalogue)

    def run(*replacements):
        texts = {"frameworks": FRAMEWORKS, "crosswalk": CROSSWALK}
        for name, old, new in replacements:
            assert texts[name].count(old) >= 1
            texts[name] = texts[name].replace(old, new)
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        out = io.StringIO()
        paths = {name: tmp_path / f"{name}.yaml" for name in texts}
        call_command("load_crosswalk", stdout=out, **paths)
        return out.getvalue()

    return run


def test_frameworks_and_mappings_are_loaded_once(load):
    assert load() == "1 frameworks: 1 new\n2 mappings: 2 new\n"
    assert load() == "1 frameworks: 1 unchanged\n2 mappings: 2 unchanged\n"
    assert {str(mapping) for mapping in Mapping.objects.all()} == {"R-1 ∩ 5.1", "R-1 ∩ 5.2"}
    assert Requirement.objects.get(ref="5").is_heading
    assert CommonControl.objects.get().codes == ["R-1"]


def test_a_mapping_is_no_surer_than_the_place_it_leads_to(load):
    load(("crosswalk", "  refs:", "  confidence: high\n  refs:"))
    assert dict(Mapping.objects.values_list("requirement__ref", "confidence")) == {
        "5.1": "high",
        "5.2": "low",
    }


def test_every_fault_is_told_with_line_entry_and_reason(load):
    with pytest.raises(CommandError) as refusal:
        load(("crosswalk", "'5.2'", "'9.9'"), ("crosswalk", "id: RSK-01", "id: RSK-01\n  x: 1"))
    told = str(refusal.value)
    assert "RSK-01: “x” is not a key of this place" in told
    assert "line 19, RSK-01: “9.9” is no requirement of std" in told
    assert not Framework.objects.exists()


def test_faults_of_frameworks_name_their_file(load):
    with pytest.raises(CommandError, match=r"frameworks\.yaml:\n.*std 5\.2: parent “7” is no"):
        load(("frameworks", "parent: '5', confidence", "parent: '7', confidence"))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("[R-1]", "[R-9]", r"no such recommendation: R-9 \(RSK-01\)"),
        ("catalogue_version: '1.0'", "catalogue_version: '7'", "Load that edition first"),
    ],
)
def test_a_crosswalk_of_something_else_is_refused(load, old, new, reason):
    with pytest.raises(CommandError, match=reason):
        load(("crosswalk", old, new))
    assert not Mapping.objects.exists()


def test_a_framework_never_changes_under_the_same_edition(load):
    load()
    with pytest.raises(CommandError, match="give the file a new version_fr and version_en"):
        load(("frameworks", "title_en: Tests", "title_en: Trials"))
    assert Requirement.objects.get(ref="5.2").title_en == "Tests"


def test_the_database_refuses_to_change_a_published_framework(load):
    load()
    for query in (
        lambda: Requirement.objects.update(title_en="x"),
        lambda: Framework.objects.update(nature="binding"),
        lambda: Requirement.objects.filter(ref="5").delete(),
        lambda: Mapping.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            query()


def test_what_a_person_said_stays_whatever_the_file_says(load):
    load()
    person, mapping = UserFactory(), Mapping.objects.get(requirement__ref="5.1")
    change(mapping.pk, revision=1, values={"relation": "subset"}, reason="Read.", actor=person)

    told = load(("crosswalk", "  refs:", "  relation: equal\n  refs:"))

    assert "1 changed, 1 kept as people left them" in told
    assert dict(Mapping.objects.values_list("requirement__ref", "relation")) == {
        "5.1": "subset",
        "5.2": "equal",
    }


def test_what_the_file_no_longer_proposes_is_withdrawn_and_can_come_back(load):
    load()
    assert "1 unchanged, 1 withdrawn" in load(("crosswalk", "['5.1', '5.2']", "['5.1']"))
    assert Mapping.objects.get(requirement__ref="5.2").status == "withdrawn"
    load()
    assert Mapping.objects.get(requirement__ref="5.2").status == "proposed"
    assert MappingChange.objects.count() == 2


def test_a_newer_edition_takes_over_what_people_said(load):
    load()
    person, mapping = UserFactory(), Mapping.objects.get(requirement__ref="5.1")
    change(mapping.pk, revision=1, values={"relation": "equal"}, reason="Read.", actor=person)

    load(("frameworks", "'2021'", "'2027'"))

    assert dict(Framework.objects.values_list("edition_en", "is_in_force")) == {
        "2021": False,
        "2027": True,
    }
    now = Mapping.objects.filter(requirement__framework__is_in_force=True)
    assert dict(now.values_list("requirement__ref", "relation")) == {
        "5.1": "equal",
        "5.2": "intersects",
    }
    carried = MappingChange.objects.get(mapping=now.get(requirement__ref="5.1"))
    assert (carried.changed_by, carried.reason) == (
        person,
        "Carried over from the edition “2021”.",
    )


KNOWN = {
    "mdr-annex-i": frozenset({"17.2", "14.2", "14.2.d", "23.4.ab"}),
    "iec-81001-5-1": frozenset({"5.2", "7.1.2"}),
    "std-autres": frozenset({"IEC 62366-1"}),
}


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("MDR Annex I 17.2", ("mdr-annex-i", "17.2")),
        ("MDR Annex I 14.2(d)", ("mdr-annex-i", "14.2.d")),
        ("MDR Annex I 23.4(ab)", ("mdr-annex-i", "23.4.ab")),
        ("MDR Annex I 14.2(z)", ("mdr-annex-i", "14.2")),
        ("IEC 81001-5-1 §5.2.1", ("iec-81001-5-1", "5.2")),
        ("IEC 62366-1", ("std-autres", "IEC 62366-1")),
        ("IEC 81001-5-1 §9", None),
        ("Something else", None),
    ],
)
def test_a_reference_names_a_place(reference, place):
    assert list(all_places([reference], KNOWN)) == ([place] if place else [])
