"""What a sheet holds: its columns, and what a text must look like to travel in one."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assessments.enums import Verdict


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``width`` is in characters, as spreadsheets count it."""

    name: str
    label: Any
    width: int
    is_editable: bool = False
    is_hidden: bool = False


COLUMNS: Final = (
    Column("code", pgettext_lazy("column of a sheet", "Code"), 12),
    Column("phase", pgettext_lazy("column of a sheet", "Phase"), 18),
    Column("section", pgettext_lazy("column of a sheet", "Section"), 24),
    Column("title", pgettext_lazy("column of a sheet", "Title"), 44),
    Column("verdict", pgettext_lazy("column of a sheet", "Verdict"), 18, is_editable=True),
    Column(
        "justification", pgettext_lazy("column of a sheet", "Justification"), 70, is_editable=True
    ),
    Column("owner", pgettext_lazy("column of a sheet", "Owner (e-mail)"), 32, is_editable=True),
    Column("due_on", pgettext_lazy("column of a sheet", "Due day"), 13, is_editable=True),
    Column("evidence", pgettext_lazy("column of a sheet", "Evidence"), 20),
    Column("state", pgettext_lazy("column of a sheet", "State"), 13),
    Column("revision", pgettext_lazy("column of a sheet", "Revision"), 10, is_hidden=True),
    Column("key", pgettext_lazy("column of a sheet", "Key"), 38, is_hidden=True),
    Column("prints", pgettext_lazy("column of a sheet", "As exported"), 46, is_hidden=True),
)
EDITABLE: Final = tuple(column.name for column in COLUMNS if column.is_editable)
NEEDED: Final = ("code", "revision", "key")

FIELDS: Final[Mapping[str, Any]] = {
    "verdict": _("verdict"),
    "justification": _("justification"),
    "owner": _("owner"),
    "due_on": _("due day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answer as it goes out; labels are in the language of the reader."""

    key: str
    revision: int
    code: str
    phase: str
    section: str
    title: str
    verdict: str
    justification: str
    owner: str
    due_on: dt.date | None
    evidence: str
    state: str
    may_change: bool


# What a program may take for a formula when it opens a file.
_FORMULA: Final = re.compile("'*[=+@\t\r\n\uff1d\uff0b\uff20\uff0d-]")
# XML has no word for these.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def portable(text: str) -> str:
    """Return ``text`` as every kind of sheet can carry it.

    Lines end in one way, and characters that XML cannot say are left out. What comes back is
    compared with this, so that a text nobody touched is never taken for a change.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWRITABLE.sub("", text)).strip()


def looks_like_formula(text: str) -> bool:
    """Tell whether a program could take ``text`` for something to compute."""
    return _FORMULA.match(text) is not None


def neutralised(text: str) -> str:
    """Return ``text`` so that no program computes it: with an apostrophe before it."""
    return f"'{text}" if looks_like_formula(text) else text


def restored(text: str) -> str:
    """Return what :func:`neutralised` was given."""
    return text[1:] if text.startswith("'") and looks_like_formula(text) else text


@cache
def _verdicts() -> dict[str, str]:
    found = {verdict.value: verdict.value for verdict in Verdict}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(verdict.label).casefold(): verdict.value for verdict in Verdict}
    return found


@cache
def headings() -> dict[str, str]:
    """Return the name of each column by its label, in every language, lower case."""
    found = {column.name: column.name for column in COLUMNS}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(column.label).casefold(): column.name for column in COLUMNS}
    return found


def canonical(name: str, text: str) -> str:
    """Return one way of writing what stands in the column ``name``.

    A verdict is its key, whatever the language; a day is ISO 8601; an address is lower case.
    What is not understood is returned as it stands.
    """
    text = portable(text)
    if name == "verdict":
        return _verdicts().get(text.casefold(), text)
    if name == "owner":
        return text.lower()
    if name == "due_on":
        day = day_of(text)
        return day.isoformat() if day else text
    return text


_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def day_of(text: str) -> dt.date | None:
    """Return the day that ``text`` names: ISO 8601, or with the day first."""
    written = _DAY_FIRST.fullmatch(text)
    if written:
        day, month, year = written.groups()
        text = f"{year}-{month:0>2}-{day:0>2}"
    try:
        return dt.date.fromisoformat(text[:10]) if text.isascii() else None
    except ValueError:
        return None


def prints_of(values: Mapping[str, str]) -> dict[str, str]:
    """Return a short digest of each editable value, to see later who touched it."""
    return {
        name: hashlib.sha256(canonical(name, values[name]).encode()).hexdigest()[:10]
        for name in EDITABLE
    }
