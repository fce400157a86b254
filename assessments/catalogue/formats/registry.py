"""The formats by name: which a file is in, how it is read, checked and written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from assessments.catalogue.formats import ciso, oscal, ours, xlsx
from assessments.catalogue.formats.choices import Choices, Found
from assessments.catalogue.formats.ciso_reading import read_ciso
from assessments.catalogue.formats.crosswalk import Crosswalk
from assessments.catalogue.formats.oscal_reading import read_oscal
from assessments.catalogue.formats.xlsx_reading import read_xlsx
from assessments.catalogue.reading import Problem, Unreadable, read
from assessments.catalogue.schema import CatalogueFile, Invalid, checked

OLE: Final = b"\xd0\xcf\x11\xe0"
ZIP: Final = b"PK"
_LIBRARY: Final = re.compile(rb"^(urn|objects)[ \t]*:", re.MULTILINE)


class Format(TextChoices):
    """What an edition can be written in."""

    YAML = "yaml", pgettext_lazy("format", "YAML of the portal")
    XLSX = "xlsx", pgettext_lazy("format", "Workbook (XLSX)")
    OSCAL = "oscal", pgettext_lazy("format", "OSCAL catalog (JSON)")
    CISO = "ciso", pgettext_lazy("format", "CISO Assistant library (YAML)")


ENDINGS: Final[Mapping[str, str]] = {
    Format.YAML: ".yaml",
    Format.XLSX: ".xlsx",
    Format.OSCAL: ".oscal.json",
    Format.CISO: ".ciso.yaml",
}
MEDIA: Final[Mapping[str, str]] = {
    Format.YAML: "application/yaml",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.OSCAL: "application/json",
    Format.CISO: "application/yaml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What an export says beside the edition."""

    comments: tuple[str, ...] = ()
    changed_at: dt.datetime | None = None
    crosswalk: Crosswalk | None = None


def write(name: str, document: dict[str, Any], beside: Beside | None = None) -> bytes:
    """Return ``document`` in the format ``name``.

    Raises:
        DoesNotFit: a text is longer than the format holds.
    """
    beside = beside or Beside()
    if name == Format.XLSX:
        return xlsx.write(document)
    if name == Format.OSCAL:
        return oscal.write(document, changed_at=beside.changed_at)
    if name == Format.CISO:
        return ciso.write(document, crosswalk=beside.crosswalk, comments=beside.comments)
    return ours.write(document, comments=beside.comments)


def format_of(content: bytes) -> Format:
    """Tell what format a file is in, by its content.

    Raises:
        Unreadable: a workbook with a password, or of before 2007.
    """
    if content.startswith(OLE):
        reason = _("This workbook has a password, or is of before 2007. Save it as .xlsx.")
        raise Unreadable(Problem(1, "", reason))
    if content.startswith(ZIP):
        return Format.XLSX
    start = content[:100].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        return Format.OSCAL
    return Format.CISO if len(set(_LIBRARY.findall(content))) > 1 else Format.YAML


def read_as(name: str, content: bytes, choices: Choices) -> Found:
    """Return what a file in the format ``name`` says, not checked yet.

    Raises:
        Unreadable: it cannot be read as what it should be.
    """
    found = _READERS[Format(name)](content, choices)
    meta = found.document.get("meta")
    if isinstance(meta, dict):
        wanted = {"catalogue_id": choices.key, "catalogue_version": choices.edition}
        meta |= {key: value for key, value in wanted.items() if value}
    return found


def check(found: Found) -> CatalogueFile:
    """Check what was found, as a draft: gaps are allowed, and named.

    Raises:
        Invalid: something is wrong; all faults at once.
    """
    problems: list[Problem] = list(found.problems)
    try:
        file = checked(found.document, is_draft=True, places=found.places)
    except Invalid as error:
        raise Invalid([*problems, *error.problems]) from error
    if problems:
        raise Invalid(problems)
    return file


def _read_yaml(content: bytes, choices: Choices) -> Found:
    return Found.of(read(content))


_READERS: Final[Mapping[Format, Callable[[bytes, Choices], Found]]] = {
    Format.YAML: _read_yaml,
    Format.XLSX: read_xlsx,
    Format.OSCAL: read_oscal,
    Format.CISO: read_ciso,
}
