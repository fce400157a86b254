"""Sheets go out and come back; files that nobody should send are refused with a sentence."""

import contextlib
import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.sheets import xlsx as workbooks
from assessments.sheets.columns import COLUMNS, portable
from assessments.sheets.reading import read
from assessments.sheets.writing import to_csv
from assessments.sheets.xlsx import NotASheet
from tests.assessments.sheets.samples import line, rows_of, through, with_part, xlsx

SHEET = "xl/worksheets/sheet2.xml"
texts = st.text(st.characters(codec="utf-8"), max_size=120)
nasty = st.builds("".join, st.tuples(st.sampled_from("=+-@'_\t\r\n;,\""), texts))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@given(text=texts | nasty | st.just("_x000D_ _x005F_ x005F_"))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_text_comes_back_as_it_went_out(kind, text):
    row = through(kind, line(justification=text))[0]
    assert portable(row.values["justification"]) == portable(text)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_every_column_comes_back(kind):
    sent = line(due_on=dt.date(2026, 12, 31))
    row = through(kind, sent)[0]
    assert set(row.values) == {column.name for column in COLUMNS}
    assert {name: row.values[name] for name in ("code", "key", "owner", "due_on", "revision")} == {
        "code": "REC-001",
        "key": sent.key,
        "owner": "camille@example.org",
        "due_on": "2026-12-31",
        "revision": "3",
    }
    assert row.number == 2


def test_french_values_are_separated_by_semicolons_and_read_back():
    with translation.override("fr"):
        content = to_csv([line()])
    assert content.startswith(b"\xef\xbb\xbf")
    assert b";REC-001;" not in content
    assert content.decode("utf-8-sig").splitlines()[1].startswith("REC-001;design;")
    assert rows_of(content)[0].values["code"] == "REC-001"


def test_what_looks_like_a_formula_is_a_quoted_text_in_both():
    said = line(justification='=HYPERLINK("http://example.org")', title="+1", owner="@x")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(said)))["Answers"]
    assert {(c.coordinate, c.data_type, c.quotePrefix) for c in (sheet["F2"], sheet["D2"])} == {
        ("F2", "s", True),
        ("D2", "s", True),
    }
    assert sheet["E2"].quotePrefix is False
    text = to_csv([said]).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert ",'+1," in text
    assert ",'@x," in text


def test_only_what_may_change_is_unlocked():
    content = xlsx(line(), line(key="2", may_change=False))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["Answers"]
    free = [cell.coordinate for row in sheet for cell in row if not cell.protection.locked]
    assert free == ["E2", "F2", "G2", "H2"]
    assert all(each.protection.sheet for each in book.worksheets)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:M3")
    assert [sheet.column_dimensions[letter].hidden for letter in "JKLM"] == [
        False,
        True,
        True,
        True,
    ]
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {
        "list",
        "date",
        "textLength",
    }
    assert book["Lists"].sheet_state == "hidden"
    assert [cell.value for cell in book["Lists"]["A"]][:2] == ["not assessed", "followed"]


def test_columns_may_be_moved_and_left_out():
    book = openpyxl.load_workbook(io.BytesIO(xlsx(line())))
    sheet = book["Answers"]
    sheet.delete_cols(6, 3)
    sheet.move_range("A1:E2", cols=20)
    out = io.BytesIO()
    book.save(out)
    row = rows_of(out.getvalue())[0]
    assert (row.values["code"], row.values["verdict"]) == ("REC-001", "followed")
    assert "justification" not in row.values


def test_a_workbook_that_another_program_saved_is_read():
    book = openpyxl.load_workbook(io.BytesIO(xlsx(line(), line(key="2"))))
    sheet = book["Answers"]
    sheet["F2"], sheet["H2"] = 42, dt.datetime(2027, 1, 15, tzinfo=None)  # noqa: DTZ001 -- as Excel has it
    sheet["F3"] = "=1+1"
    out = io.BytesIO()
    book.save(out)

    first, second = rows_of(out.getvalue())

    assert (first.values["justification"], first.values["due_on"]) == ("42", "2027-01-15")
    assert second.computed == {"justification"}


def test_days_counted_from_1904_are_understood():
    content = xlsx(line(due_on=dt.date(2026, 12, 31)))
    content = with_part(
        content,
        "xl/workbook.xml",
        lambda was: was.replace(b"<workbookPr/>", b'<workbookPr date1904="1"/>'),
    )
    assert rows_of(content)[0].values["due_on"] == "2031-01-01"


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, b"<!DOCTYPE x>"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_document_types_and_entities_are_refused(declared, part):
    content = with_part(xlsx(line()), part, lambda was: declared + was.partition(b"?>")[2])
    with pytest.raises(NotASheet, match="document type"):
        rows_of(content)


def test_what_unpacks_to_too_much_is_refused_unread(monkeypatch):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (workbooks.MAX_UNPACKED_BYTES + 1))
    assert len(out.getvalue()) < 100_000
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(NotASheet, match="unpacks to more than 64 MB"):
        rows_of(out.getvalue())


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_more_rows_than_the_bound_are_refused(monkeypatch, kind):
    monkeypatch.setattr("assessments.sheets.xlsx.MAX_ROWS", 20)
    monkeypatch.setattr("assessments.sheets.reading.MAX_ROWS", 20)
    lines = [line(key=str(number)) for number in range(22)]
    assert len(through(kind, *lines[:20])) == 20
    with pytest.raises(NotASheet, match="more than 20 rows"):
        through(kind, *lines)


def _zip(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 and no more", "no workbook"),
        (_zip(other="x"), "no workbook"),
        (xlsx(line())[:-200], "no workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "neither a workbook nor CSV"),
        ("Code;Révision".encode("cp1252"), "neither a workbook nor CSV"),
        (b"Name,Address\nA,B\n", "has the columns Code, Revision, Key"),
        (b"", "has the columns"),
        (b'Code,Revision,Key,Verdict\nR-1,1,"open', "Line 2 is no CSV"),
        (b"Code,Revision,Key,Verdict\nR-1,1,k," + b"x" * 200_000, "too long"),
    ],
)
def test_another_file_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(NotASheet, match=sentence):
        read(io.BytesIO(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda was: was.replace(b'r="A1"', b'r="99999999"'),
        lambda was: was.replace(b'<row r="2"', b'<row r="many"'),
        lambda was: was[: len(was) // 2],
        lambda was: was.replace(b't="inlineStr"', b't="s"'),
        lambda was: b"\x00" * 100,
    ],
)
def test_a_broken_sheet_is_refused_or_read_and_never_breaks(change):
    content = with_part(xlsx(line()), SHEET, change)
    with contextlib.suppress(NotASheet):
        assert len(rows_of(content)) <= 1
