"""Files of others: what they say is taken, what they do not say is asked for or stays open."""

import datetime as dt
import json

import pytest

from assessments.catalogue.edition import from_file
from assessments.catalogue.formats.choices import Choices
from assessments.catalogue.formats.registry import Format, check, format_of, read_as
from assessments.catalogue.reading import Unreadable
from assessments.catalogue.schema import Invalid

CATALOG = {
    "uuid": "74c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724",
    "metadata": {
        "title": "Controls for *systems*",
        "last-modified": "2024-05-06T10:00:00Z",
        "version": "2.0",
        "oscal-version": "1.1.3",
        "parties": [{"uuid": "x", "type": "organization", "name": "An institute"}],
    },
    "groups": [
        {
            "id": "ac",
            "class": "family",
            "title": "Access control",
            "controls": [
                {
                    "id": "ac-1",
                    "title": "Policy",
                    "params": [
                        {"id": "ac-1_p1", "label": "roles"},
                        {
                            "id": "ac-1_p2",
                            "select": {
                                "how-many": "one-or-more",
                                "choice": ["system", "for {{ insert: param, ac-1_p1 }}"],
                            },
                        },
                        {"id": "ac-1_p3", "label": "see {{ insert: param, ac-1_p3 }}"},
                    ],
                    "props": [
                        {"name": "label", "value": "AC-01", "class": "zero-padded"},
                        {"name": "label", "value": "AC-1"},
                    ],
                    "links": [
                        {"href": "#r1", "rel": "reference"},
                        {"href": "#ac-2", "rel": "related"},
                        {"href": "https://example.org/", "rel": "reference", "text": "A page"},
                    ],
                    "parts": [
                        {
                            "id": "ac-1_smt",
                            "name": "statement",
                            "prose": "Tell {{ insert: param, ac-1_p1 }}:",
                            "parts": [
                                {
                                    "name": "item",
                                    "props": [{"name": "label", "value": "a."}],
                                    "prose": "a {{ insert: param, ac-1_p2 }} policy, "
                                    "as in [AC-2](#ac-2); {{ insert: param, ac-1_p3 }}",
                                }
                            ],
                        },
                        {"name": "guidance", "prose": "Why it matters."},
                        {
                            "name": "assessment-method",
                            "props": [{"name": "method", "value": "EXAMINE"}],
                            "parts": [
                                {"name": "assessment-objects", "prose": "Policy\n\nprocedures"}
                            ],
                        },
                        {"name": "assessment-objective", "prose": "Determine if …"},
                    ],
                    "controls": [
                        {
                            "id": "ac-1.1",
                            "title": "Stronger",
                            "props": [{"name": "label", "value": "AC-1(1)"}],
                            "parts": [{"name": "statement", "prose": "More."}],
                        }
                    ],
                },
                {
                    "id": "ac-2",
                    "title": "Gone",
                    "props": [
                        {"name": "label", "value": "AC-2"},
                        {"name": "status", "value": "withdrawn"},
                    ],
                    "links": [{"href": "#ac-1", "rel": "incorporated-into"}],
                },
            ],
            "groups": [
                {
                    "id": "ac-inner",
                    "title": "Inner",
                    "controls": [{"id": "ac-9", "title": "Nine", "parts": []}],
                }
            ],
        }
    ],
    "back-matter": {"resources": [{"uuid": "r1", "title": "SP 1"}]},
}
CHOSEN = Choices(
    phase="design",
    phases={"ac-inner": "development"},
    stakeholders=("manufacturer",),
    criteria=("integrity",),
    applies_when=("all",),
    status="verified",
    confidence="high",
)


def catalog(**changes):
    return json.dumps({"catalog": CATALOG | changes}).encode()


def test_a_catalog_of_others_becomes_a_draft_with_what_it_says():
    content = catalog()

    assert format_of(content) == Format.OSCAL
    found = read_as(Format.OSCAL, content, CHOSEN)
    file = check(found)

    first, second, inner = file.recommendations
    assert [entry["id"] for entry in file.recommendations] == ["AC-1", "AC-1(1)", "ac-9"]
    assert first["statement_en"] == (
        "Tell [Assignment: roles]:\n"
        "a. a [Selection (one or more): system; for [Assignment: roles]] policy, "
        "as in AC-2; [Assignment: see [ac-1_p3]]"
    )
    assert first["rationale_en"] == "Why it matters."
    assert first["expected_evidence_en"] == ["Policy", "procedures"]
    assert first["references"] == ["SP 1", "A page"]
    assert first["provenance"]["official_number"] == "AC-1"
    assert (first["title_fr"], first["statement_fr"]) == ("", "")
    assert (first["phase"], second["section"], inner["phase"]) == ("design", "ac", "development")
    assert [section["en"] for section in file.sections] == [
        "Access control",
        "Access control – Inner",
    ]
    assert file.meta["source_document"]["published"] == "2024-05-06"
    assert file.meta["source_document"]["issuer"] == "An institute"


def test_what_is_left_out_of_a_catalog_is_told():
    notes = " ".join(read_as(Format.OSCAL, catalog(), Choices()).notes)

    assert "1 withdrawn control is left out: AC-2." in notes
    assert "assessment-objective (1)" in notes
    assert "link “related” (1)" in notes


def test_nothing_is_invented_what_nobody_chose_stays_open():
    file = check(read_as(Format.OSCAL, catalog(), Choices()))

    entry = file.recommendations[0]
    assert (entry["phase"], entry["stakeholders"], entry["criteria"]) == ("", [], [])
    assert (entry["provenance"]["status"], entry["provenance"]["confidence"]) == ("", "")
    said = {gap.reason for gap in file.gaps if gap.entry == "AC-1"}
    assert "statement_fr: the text is empty" in said
    assert "stakeholders: a list of at least one is expected" in said
    assert any(reason.startswith("phase: “” is not one of") for reason in said)
    assert from_file(file).content()["recommendations"]["AC-1"]["statement_fr"] == ""


def test_the_language_of_the_texts_can_be_chosen():
    file = check(read_as(Format.OSCAL, catalog(), Choices(language="fr")))

    assert (file.recommendations[0]["title_fr"], file.recommendations[0]["title_en"]) == (
        "Policy",
        "",
    )


def test_faults_of_a_catalog_are_named_by_their_pointers():
    groups = [{"id": "ac", "title": 7, "controls": ["x", {"id": "a", "title": "b", "parts": 1}]}]

    with pytest.raises(Invalid) as caught:
        check(read_as(Format.OSCAL, catalog(groups=groups), CHOSEN))

    told = str(caught.value).splitlines()
    assert "/catalog/groups/0/title: a text is expected" in told
    assert "/catalog/groups/0/controls/0: a mapping is expected" in told
    assert "/catalog/groups/0/controls/1/parts: a list is expected" in told


def test_what_is_missing_as_a_whole_is_asked_for():
    metadata = {"title": "T", "version": ""}

    with pytest.raises(Invalid) as caught:
        check(read_as(Format.OSCAL, catalog(metadata=metadata), CHOSEN))
    assert "catalogue_version: the text is empty" in str(caught.value)
    assert "published: “” is not a day" in str(caught.value)

    chosen = Choices(key="T", edition="1", published=dt.date(2024, 1, 2))
    assert (
        check(read_as(Format.OSCAL, catalog(metadata=metadata), chosen)).meta["catalogue_version"]
        == "1"
    )


LONG = " ".join(["for as long as it is in use"] * 5)
LIBRARY = """\
urn: urn:intuitem:risk:library:guide
locale: {locale}
ref_id: GUIDE
name: A guide
version: 3
publication_date: 2025-03-04
provider: An agency
packager: intuitem
objects:
  framework:
    urn: urn:intuitem:risk:framework:guide
    ref_id: GUIDE
    name: A guide
    requirement_nodes:
    - urn: urn:intuitem:risk:req_node:guide:1
      assessable: false
      depth: 1
      ref_id: '1'
      name: Know
      description: Why one should.
    - urn: urn:intuitem:risk:req_node:guide:1.1
      assessable: true
      depth: 2
      parent_urn: urn:intuitem:risk:req_node:GUIDE:1
      ref_id: '1.1'
      name: List what is there
      typical_evidence: |-
        - An inventory
        * its review
      annotation: One protects what one knows.
      questions: {{}}
      implementation_groups: [basic]
      translations:
        fr:
          name: Recenser l’existant
    - urn: urn:intuitem:risk:req_node:guide:node7
      assessable: true
      depth: 2
      parent_urn: urn:intuitem:risk:req_node:guide:1
      description: |-
        Keep it, {long}.
        Then begin again.
"""


def test_a_library_of_others_becomes_a_draft():
    content = LIBRARY.format(locale="en", long=LONG).encode()

    assert format_of(content) == Format.CISO
    found = read_as(Format.CISO, content, CHOSEN)
    file = check(found)

    first, second = file.recommendations
    assert (first["id"], first["title_en"], first["title_fr"]) == (
        "1.1",
        "List what is there",
        "Recenser l’existant",
    )
    assert first["statement_en"] == "List what is there"
    assert first["rationale_en"] == "One protects what one knows."
    assert first["expected_evidence_en"] == ["An inventory", "its review"]
    assert first["applies_when"] == ["all"]  # theirs are not ours
    assert second["id"] == "node7"
    assert second["title_en"].endswith("…")
    assert len(second["title_en"]) <= 121
    assert second["provenance"]["official_number"] is None
    assert [(s["key"], s["en"]) for s in file.sections] == [("1", "Know")]
    notes = " ".join(found.notes)
    assert "1 title is the beginning of its text" in notes
    assert "2 statements repeat their titles" in notes
    assert "implementation_groups (1)" in notes


def test_a_library_in_another_language_asks_which_of_ours_it_stands_for():
    content = LIBRARY.format(locale="de", long=LONG).replace("fr:", "nl:").encode()

    with pytest.raises(Invalid, match="line 2: this library is in “de”"):
        check(read_as(Format.CISO, content, Choices()))

    file = check(read_as(Format.CISO, content, Choices(language="en")))
    assert file.recommendations[0]["title_en"] == "List what is there"


def test_a_library_without_a_framework_says_what_it_holds():
    content = b"urn: a\nobjects:\n  risk_matrix: {}\n"

    with pytest.raises(Unreadable, match="line 2: This library holds no framework, but: risk_ma"):
        read_as(Format.CISO, content, Choices())


def test_nodes_that_cannot_be_told_apart_are_faults_of_their_lines():
    content = LIBRARY.format(locale="en", long=LONG).replace("guide:node7", "guide:1.1").encode()

    with pytest.raises(Invalid, match="line 36: this urn stands twice"):
        check(read_as(Format.CISO, content, CHOSEN))
