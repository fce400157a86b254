"""What goes out comes back: for the edition we ship, and for any that can be."""

import datetime as dt
import json
import os
import typing

import jsonschema_rs
import pytest
from django.db import models
from hypothesis import HealthCheck, Phase, given, settings

from assessments.catalogue.document import document
from assessments.catalogue.edition import Edition, digest, from_file
from assessments.catalogue.formats.choices import Choices
from assessments.catalogue.formats.registry import Format, check, format_of, read_as, write
from assessments.catalogue.schema import parse
from assessments.enums import ProvenanceStatus
from assessments.models import (
    Catalogue,
    Recommendation,
    Retirement,
    Section,
    Source,
    Succession,
)
from devices.enums import LifecyclePhase
from tests.assessments.catalogue.conftest import changed
from tests.assessments.catalogue.formats.conftest import SCHEMA, documents, edition_of

LOSSLESS = (Format.YAML, Format.XLSX, Format.OSCAL)
# In CI a few, not made smaller when one fails; HYPOTHESIS_EXAMPLES=500 for a long look.
EXAMPLES = os.environ.get("HYPOTHESIS_EXAMPLES")
few = settings(
    max_examples=int(EXAMPLES or "12"),
    phases=list(Phase) if EXAMPLES else [Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def back(name, content):
    return check(read_as(name, content, Choices()))


def digest_of(values):
    return digest(edition_of(values).content())


@pytest.mark.parametrize("name", LOSSLESS)
def test_the_shipped_edition_comes_back_as_it_was(name, ansm):
    content = write(name, ansm)

    assert format_of(content) == name
    file = back(name, content)
    assert digest(from_file(file).content()) == digest_of(ansm)
    assert file.gaps == ()


@pytest.mark.parametrize("name", [Format.YAML, Format.OSCAL, Format.CISO])
def test_the_same_edition_is_the_same_bytes(name, ansm):
    again = document(edition_of(json.loads(json.dumps(ansm))))

    assert write(name, again) == write(name, ansm)


def test_our_yaml_is_what_load_catalogue_takes(ansm):
    comments = ["ANSM: published", "two\nlines: of # it"]

    content = write(Format.YAML, ansm)

    assert digest(from_file(parse(content)).content()) == digest_of(ansm)
    assert b"\n# ANSM-CON-01: verified, high confidence (S7, S1, S9); official number" in content
    from assessments.catalogue.formats import ours

    assert ours.write(ansm, comments=comments).startswith(
        b"# ANSM: published\n# two lines: of # it\nmeta:\n"
    )


@few
@given(documents())
def test_yaml_out_and_in_is_the_identity(values):
    assert digest(from_file(back(Format.YAML, write(Format.YAML, values))).content()) == digest_of(
        values
    )


@few
@given(documents())
def test_xlsx_out_and_in_is_the_identity(values):
    assert digest(from_file(back(Format.XLSX, write(Format.XLSX, values))).content()) == digest_of(
        values
    )


SCHEMA_OF_NIST = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()), validate_formats=True)


@few
@given(documents())
def test_oscal_out_and_in_is_the_identity_and_valid(values):
    content = write(Format.OSCAL, values)

    assert [error.message for error in SCHEMA_OF_NIST.iter_errors(json.loads(content))] == []
    assert digest(from_file(back(Format.OSCAL, content)).content()) == digest_of(values)


def told(text):
    """Return a text as a library tells it: without white space around it, tabs as spaces."""
    return text.replace("\t", " ").strip()


def kept_by_ciso(values):
    """Return what a library of CISO Assistant keeps of an edition."""
    phases = list(dict.fromkeys(section["phase"] for section in values["sections"]))
    sections = [s for phase in phases for s in values["sections"] if s["phase"] == phase]
    ordered = [
        entry
        for section in sections
        for entry in values["recommendations"]
        if entry["section"] == section["key"]
    ]
    return [
        {
            **{name: entry[name] for name in ("id", "phase", "section")},
            **{
                f"title_{lang}": " ".join(told(entry[f"title_{lang}"]).split())
                for lang in ("fr", "en")
            },
            **{f"statement_{lang}": told(entry[f"statement_{lang}"]) for lang in ("fr", "en")},
            **{name: entry[name] for name in ("stakeholders", "criteria", "applies_when")},
            "status": entry["provenance"]["status"],
            "confidence": entry["provenance"]["confidence"],
        }
        for entry in ordered
    ]


def of_ciso(file):
    return [
        {
            **{
                name: entry[name]
                for name in (
                    *("id", "phase", "section", "title_fr", "title_en"),
                    *("statement_fr", "statement_en", "stakeholders", "criteria", "applies_when"),
                )
            },
            "status": entry["provenance"]["status"],
            "confidence": entry["provenance"]["confidence"],
        }
        for entry in file.recommendations
    ]


def is_plain(values):
    """Tell whether codes and keys are on one line, as those of a library are."""
    named = [row["key"] for row in values["sections"]]
    named += [row["id"] for row in values["recommendations"]]
    return all(" ".join(name.split()) == name for name in named)


@few
@given(documents().filter(is_plain))
def test_a_library_keeps_what_the_table_says(values):
    file = back(Format.CISO, write(Format.CISO, values))

    assert of_ciso(file) == kept_by_ciso(values)


def test_the_shipped_edition_in_a_library_keeps_texts_and_evidence(ansm):
    file = back(Format.CISO, write(Format.CISO, ansm))

    assert of_ciso(file) == kept_by_ciso(ansm)
    kept = ("rationale_fr", "rationale_en", "expected_evidence_fr", "expected_evidence_en")
    for name in kept:
        assert [e[name] for e in file.recommendations] == [
            e[name] for e in ansm["recommendations"]
        ], name
    document_of = file.meta["source_document"]
    for name in ("title_fr", "title_en", "issuer", "published", "legal_value_fr"):
        assert document_of[name] == ansm["meta"]["source_document"][name], name
    assert file.meta["disclaimer_fr"] == ansm["meta"]["disclaimer_fr"]


# What the rows of an edition hold, and an edition does not say: keys, states, what follows from
# the rest. The order of rows is that of the file. A column or kind of row that is new fails until
# the formats write it.
NOT_SAID = {
    Catalogue: {
        *("id", "owner", "state", "content_sha256", "published_at", "retired_at", "succeeded_by"),
    },
    Source: {"id", "catalogue"},
    Section: {"id", "catalogue", "position"},
    Recommendation: {"id", "catalogue", "position"},
    Succession: {"id", "catalogue", "kind"},
    Retirement: {"id", "catalogue"},
}


def following():
    """Return an edition that follows another: an entry takes the place of one, one is retired."""
    return from_file(
        parse(
            changed(
                (
                    "catalogue_version: '1.0'",
                    "catalogue_version: '2.0'\n"
                    "  based_on: {catalogue_id: SMALL, catalogue_version: '1.0'}",
                ),
                ("references: []", "references: []\n  replaces: [OLD-1]"),
                ("\nrecommendations:", "\n" + RETIRED + "recommendations:"),
            )
        )
    )


RETIRED = "retired: [{id: OLD-2, reason_fr: N’a plus cours., reason_en: Out of date.}]\n"


def test_every_kind_of_row_of_an_edition_is_known_here():
    kinds = typing.get_type_hints(Edition).values()

    assert {typing.get_args(kind)[0] if typing.get_args(kind) else kind for kind in kinds} == set(
        NOT_SAID
    )


def other(field, value, edition):
    """Return another value that a column could hold."""
    if isinstance(field, models.ForeignKey):
        return {
            "based_on": Catalogue(key="SMALL", edition="0.9"),
            "section": edition.sections[1],
            "successor": edition.recommendations[0],
            "predecessor": Recommendation(code="OLD-3"),
        }[field.name]
    if isinstance(field, models.JSONField):
        if isinstance(value, dict):
            return value | {"scope_fr": "autre", "scope_en": "other"}
        return [*value, "more"]
    if field.choices:
        return next(key for key, _label in field.choices if key != value)
    if isinstance(field, models.DateField | models.IntegerField):
        return value + (1 if isinstance(value, int) else dt.timedelta(days=1))
    return f"{value} other"


@pytest.mark.parametrize("name", LOSSLESS)
@pytest.mark.parametrize(
    ("model", "column"),
    [
        (model, field.name)
        for model, unsaid in NOT_SAID.items()
        for field in model._meta.concrete_fields
        if field.name not in unsaid
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_every_column_of_an_edition_is_written(name, model, column):
    edition = following()
    before, said = write(name, document(edition)), edition.content()
    row = {
        Catalogue: edition.catalogue,
        Source: edition.sources[0],
        Section: edition.sections[0],
        Recommendation: edition.recommendations[0],
        Succession: edition.successions[0],
        Retirement: edition.retirements[0],
    }[model]

    if column.startswith("confirmed_"):
        edition.recommendations[0].confirmed_on = dt.date(2026, 11, 2)
        edition.recommendations[0].official_page = 1
        before, said = write(name, document(edition)), edition.content()
    value = other(model._meta.get_field(column), getattr(row, column), edition)
    setattr(row, column, value)

    assert edition.content() != said
    after = write(name, document(edition))
    assert after != before if name != Format.XLSX else _texts(after) != _texts(before)


def _texts(content):
    """Return the cells of a workbook; its file carries the time it was made at."""
    import io

    from assessments.sheets.xlsx import sheets

    return [sheet.rows for sheet in sheets(io.BytesIO(content))]


@pytest.mark.parametrize("name", LOSSLESS)
def test_what_an_edition_says_of_the_one_before_comes_back(name):
    edition = following()
    values = document(edition)
    values["recommendations"][0]["provenance"] |= {
        "confirmed_as": "as_is",
        "confirmed_on": "2026-11-02",
        "confirmed_by": "Ada Lovelace",
    }
    said = edition_of(values).content()
    assert said["based_on"] == {"key": "SMALL", "edition": "1.0"}
    assert said["recommendations"]["R-2"]["replaces"] == ["OLD-1"]

    file = back(name, write(name, values))

    assert from_file(file).content() == said
    assert file.retired == values["retired"]


@pytest.mark.parametrize("name", LOSSLESS)
def test_the_order_of_rows_comes_back(name, small):
    first, second = small["recommendations"]
    second["phase"], second["section"] = first["phase"], first["section"]
    small["recommendations"] = [second, first]

    file = back(name, write(name, small))

    assert [entry["id"] for entry in file.recommendations] == ["R-2", "R-1"]


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_draft_with_gaps_comes_back_with_them(name, small):
    entry = small["recommendations"][0]
    entry |= {"title_fr": "", "statement_en": "", "phase": "", "stakeholders": []}
    entry["expected_evidence_fr"] = []
    entry["provenance"] |= {"status": "", "note_fr": ""}
    small["sections"][0]["phase"] = ""
    small["recommendations"][1]["rationale_fr"] = ""

    file = back(name, write(name, small))

    assert digest(from_file(file).content()) == digest_of(small)
    said = [(gap.entry, gap.reason) for gap in file.gaps]
    assert ("R-1", "statement_en: the text is empty") in said
    assert ("R-2", "rationale_fr: the text is empty") in said


def test_the_known_keys_are_those_of_the_code(small):
    """Nothing invented: what a file cannot know is what the portal itself knows."""
    assert {section["phase"] for section in small["sections"]} <= set(LifecyclePhase.values)
    assert set(ProvenanceStatus.values) == {"verified", "recalled", "inferred"}
