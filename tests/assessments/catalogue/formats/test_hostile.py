"""Files that are made to harm, or broken: refused soon, with a sentence."""

import io
import json
import time
import zipfile

import pytest

from assessments.catalogue.formats.choices import Choices
from assessments.catalogue.formats.registry import Format, check, format_of, read_as, write
from assessments.catalogue.reading import Unreadable
from assessments.catalogue.schema import Invalid

SECONDS = 10  # of the processor; none takes 5


def refused(content, name=None):
    """Return the sentence that a file is refused with, and look at the clock."""
    began = time.process_time()
    with pytest.raises((Unreadable, Invalid)) as caught:
        check(read_as(name or format_of(content), content, Choices()))
    assert time.process_time() - began < SECONDS
    return str(caught.value)


def archive(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"catalog": ' + b"[" * 100_000, "more than 40 levels deep|not JSON"),
        (b"{" + b'"a":{' * 60_000, "levels deep|not JSON"),
        (b'{"catalog": {}, "catalog": {}}', "“catalog” stands twice"),
        (b'{"catalog": NaN}', "NaN is not a value"),
        (b'{"catalog": ' + b"9" * 5000 + b"}", "xceeds the limit"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"[1, 2]", "mapping is expected at the top"),
        (b'{"catalog": []}', "no OSCAL catalog"),
        (b'{\n\n"catalog": }', "line 3: This is not JSON"),
        (b"[" + b"[]," * 600_000 + b"[]]", "more than 1000000 values"),
        (b'{"a": "' + b"x" * 21_000_000 + b'"}', "more than 20 MB"),
    ],
    ids=range(11),
)
def test_json(content, said):
    assert any(part in refused(content, Format.OSCAL) for part in said.split("|"))


def test_controls_in_controls_without_end_are_refused():
    control = {"id": "x", "title": "t"}
    for _ in range(100):
        control = {"id": "x", "title": "t", "controls": [control]}
    metadata = {"title": "T", "version": "1", "last-modified": "2024-01-01T00:00:00Z"}
    content = json.dumps({"catalog": {"metadata": metadata, "controls": [control]}}).encode()

    assert "more than 40 levels deep" in refused(content, Format.OSCAL)


def test_parameters_that_name_each_other_do_not_unfold():
    name = "p{}"
    params = [
        {"id": name.format(n), "label": f"{{{{ insert: param, p{n + 1} }}}} " * 50}
        for n in range(40)
    ]
    control = {
        "id": "x",
        "title": "t",
        "params": params,
        "parts": [{"name": "statement", "prose": "{{ insert: param, p0 }} " * 1000}],
    }
    metadata = {"title": "T", "version": "1", "last-modified": "2024-01-01T00:00:00Z"}
    content = json.dumps({"catalog": {"metadata": metadata, "controls": [control]}}).encode()

    assert "longer than 10000 characters" in refused(content, Format.OSCAL)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: &x [1]\nb: *x\n", "aliases are not allowed"),
        (b"a: !!python/object/apply:os.system [ls]\n", "tags are not allowed"),
        (b"a: " + b"[" * 3000, "more than 20 levels deep"),
        (b"meta: 1\nmeta: 2\n", "stands twice"),
        (b"meta: \x00", "NUL"),
        ("meta: é".encode("utf-16"), "not UTF-8"),
        ("é: 1".encode("latin-1"), "not UTF-8"),
        (b"x" * (5 * 1024 * 1024 + 1), "more than 5242880 bytes"),
        (b"", "mapping is expected"),
        (b"- 1\n- 2\n", "mapping is expected"),
    ],
    ids=range(10),
)
@pytest.mark.parametrize("name", [Format.YAML, Format.CISO])
def test_yaml(content, said, name):
    assert said in refused(content, name)


def test_yaml_of_very_many_values(monkeypatch):
    monkeypatch.setattr("assessments.catalogue.reading.MAX_NODES", 1000)

    assert "line 3: the file has more than 1000 values" in refused(
        b"a: 1\nb:\n  [" + b"1," * 2000 + b"1]", Format.YAML
    )


BOOK = '<workbook><sheets><sheet id="rId1"/></sheets></workbook>'
RELS = '<Relationships><Relationship Id="rId1" Target="worksheets/s.xml"/></Relationships>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 and no more", "no workbook"),
        (archive(a="x"), "no workbook"),
        (archive(**{"xl__worksheets__s.xml": b"0" * 70_000_000}), "unpacks to more than 64 MB"),
        (
            archive(
                **{
                    "xl__workbook.xml": '<!DOCTYPE x [<!ENTITY a "b">]>' + BOOK,
                    "xl___rels__workbook.xml.rels": RELS,
                }
            ),
            "document type or entities",
        ),
        (archive(**{"xl__vbaProject.bin": "x"}), "has macros"),
        (
            archive(
                **{
                    "xl__workbook.xml": BOOK,
                    "xl___rels__workbook.xml.rels": RELS,
                    "xl__worksheets__s.xml": "<worksheet/>",
                }
            ),
            "No sheet has the columns of: Edition, Sources, Terms, Sections, Recommendations",
        ),
    ],
    ids=range(6),
)
def test_workbooks(content, said):
    assert said in refused(content, Format.XLSX)


def test_a_workbook_with_a_password_is_told_by_its_first_bytes():
    with pytest.raises(Unreadable, match="has a password"):
        format_of(b"\xd0\xcf\x11\xe0rest")


def test_faults_of_a_workbook_are_named_by_their_cells(small):
    small["recommendations"][1]["id"] = "R-1"
    small["recommendations"][0]["phase"] = "birth"
    small["sections"][0]["sources"] = ["S9"]

    told = refused(write(Format.XLSX, small)).splitlines()

    assert any(
        line.startswith("sheet “Recommendations”, cell B3, R-1: phase: “birth” is not one of")
        for line in told
    )
    assert (
        "sheet “Recommendations”, row 4, R-1: id stands already in sheet “Recommendations”, row 3"
        in told
    )
    assert any(line.startswith("sheet “Sections”, cell F3, CON-A: sources: “S9”") for line in told)


def test_a_formula_in_a_workbook_is_a_fault(small):
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(write(Format.XLSX, small)))
    book["Recommendations"]["D3"] = "=1+1"
    out = io.BytesIO()
    book.save(out)

    assert "cell D3: a formula is not read" in refused(out.getvalue())


def test_what_a_spreadsheet_program_saves_is_read(small):
    """Numbers instead of texts, a day as a number, another order of sheets."""
    import datetime as dt

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(write(Format.XLSX, small)))
    book.move_sheet("Terms", offset=-4)
    sheet = book["Edition"]
    for row in sheet.iter_rows(min_row=3):
        if row[0].value == "source_document.published":
            row[1].value = dt.date(2022, 9, 24)
        if row[0].value == "catalogue_version":
            row[1].value = 3
    out = io.BytesIO()
    book.save(out)

    file = check(read_as(Format.XLSX, out.getvalue(), Choices()))

    assert file.meta["source_document"]["published"] == "2022-09-24"
    assert file.meta["catalogue_version"] == "3"


def test_a_text_that_no_cell_holds_is_not_cut(small):
    from assessments.catalogue.formats.xlsx import DoesNotFit

    evidence = [f"{n} " + "x" * 490 for n in range(80)]
    small["recommendations"][0]["expected_evidence_en"] = evidence

    with pytest.raises(DoesNotFit, match="K3 of the sheet “Recommendations” needs more"):
        write(Format.XLSX, small)


def test_a_catalog_of_ours_that_was_changed_is_refused_where_it_was(small):
    catalog = json.loads(write(Format.OSCAL, small))
    control = catalog["catalog"]["groups"][0]["groups"][0]["controls"][0]
    control["parts"].append({"name": "example", "prose": "More."})
    control["props"].append(
        {"name": "criteria", "ns": "urn:ansm-portal:oscal", "value": "beauty", "class": "item"}
    )

    told = refused(json.dumps(catalog).encode())

    at = "/catalog/groups/0/groups/0/controls/0"
    assert f"{at}/parts/6/name: no part of a recommendation has this name" in told
    assert f"{at}/props, R-1: criteria: “beauty” is not one of" in told
