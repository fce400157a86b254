"""A record as a workbook: read back as a program for spreadsheets reads it."""

import io

import pytest
from openpyxl import load_workbook

from assessments.dossier.formats.workbook import workbook
from tests.assessments.dossier import samples


def opened(snapshot):
    return load_workbook(io.BytesIO(workbook(snapshot, samples.DIGEST)))


def table(sheet):
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Read me", "Answers", "Evidence", "Remarks", "Actions", "Approvals"]),
        ("fr", ["Lisez-moi", "Réponses", "Preuves", "Remarques", "Actions", "Approbations"]),
    ],
)
def test_its_sheets_are_in_the_language_of_the_dossier(language, names):
    assert opened(samples.snapshot(language=language)).sheetnames == names


def test_it_has_every_answer_and_every_piece_of_evidence():
    snapshot = samples.snapshot(language="en")
    book = opened(snapshot)
    codes = [row["Code"] for row in table(book["Answers"])]
    assert codes == [entry.recommendation.code for entry in snapshot.entries]
    assert [row["SHA-256"] for row in table(book["Evidence"])] == [
        piece.sha256 or None for piece in snapshot.evidence
    ]
    assert len(table(book["Approvals"])) == len(snapshot.approvals)
    assert [row["Number"] for row in table(book["Remarks"])] == [
        remark.number for remark in snapshot.remarks
    ]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@x", "=HYPERLINK(1)"])
def test_nothing_in_it_is_computed(text):
    phases = (samples.phase(entries=(samples.entry(justification=text, owner=text),)),)
    sheet = opened(samples.snapshot(language="en", phases=phases))["Answers"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == text]
    assert len(cells) == 2
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def test_it_says_where_it_comes_from():
    texts = [
        str(cell.value)
        for row in opened(samples.snapshot(language="fr"))["Lisez-moi"]
        for cell in row
    ]
    assert samples.DIGEST in texts
    assert any("Seul le dossier prouve" in text for text in texts)


def test_requirements_of_the_organisation_have_a_sheet_of_their_own():
    own = (samples.own_requirements("followed", "not_followed"),)
    book = opened(samples.snapshot(language="en", own_requirements=own))
    rows = table(book["Own requirements"])
    assert [(row["Code"], row["Verdict"]) for row in rows] == [
        ("INT 1", "followed"),
        ("INT 2", "not followed"),
    ]
    assert "INT 1" not in [row["Code"] for row in table(book["Answers"])]
