"""Lines and files for the tests of sheets."""

import io
import zipfile

from assessments.sheets.columns import Line
from assessments.sheets.reading import read
from assessments.sheets.writing import to_csv, to_xlsx


def line(**changes):
    said = {
        "key": "00000000-0000-7000-8000-000000000001",
        "revision": 3,
        "code": "REC-001",
        "phase": "design",
        "section": "General provisions",
        "title": "Recommendation 1",
        "verdict": "followed",
        "justification": "As planned.",
        "owner": "camille@example.org",
        "due_on": None,
        "evidence": "EV-0001",
        "state": "open",
        "may_change": True,
    }
    return Line(**(said | changes))


def xlsx(*lines):
    return to_xlsx(lines, facts=[("Device", "Pump")], owners=["camille@example.org"])


def rows_of(content):
    return read(io.BytesIO(content))


def through(kind, *lines):
    return rows_of(xlsx(*lines) if kind == "xlsx" else to_csv(lines))


def with_part(content, name, part):
    """Return a workbook with one part replaced by ``part(what it was)``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for each in old.namelist():
            was = old.read(each)
            new.writestr(each, part(was) if each == name else was)
    return out.getvalue()
