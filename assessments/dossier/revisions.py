"""What was added to a dossier after a signature, and after its seal."""

from __future__ import annotations

import io
from dataclasses import dataclass

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    ModificationLevel,
    SuspiciousModification,
)

from assessments.dossier.contents import UNREADABLE, Content, as_stream
from assessments.dossier.properties import are_kept
from assessments.dossier.snapshot import SEAL_FIELD
from assessments.dossier.usages import revision_of

_TIMESTAMP = "/DocTimeStamp"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields for signatures in a file: those filled in, in order, and those left empty."""

    signed: tuple[str, ...]
    empty: frozenset[str]


def fields_of(content: Content) -> Fields:
    """Return the fields for signatures, those of time stamps apart.

    Raises:
        PdfError, LookupError, ValueError: it cannot be read.
    """
    reader = PdfFileReader(as_stream(content))
    embedded = reader.embedded_signatures
    named = {each.field_name for each in embedded if each.sig_object_type == _TIMESTAMP}
    signed = tuple(each.field_name for each in embedded if each.field_name not in named)
    every = {str(field.get_object()["/T"]) for field in reader.root["/AcroForm"]["/Fields"]}
    return Fields(signed, frozenset(every - named - set(signed)))


def is_only_kept_alive(content: Content) -> bool:
    """Tell whether nothing but time stamps and what validates them came after the seal.

    For files whose seal holds, and whose last time stamp covers everything.
    """
    return _has_kept_properties(content) and bool(
        _level_after(content, SEAL_FIELD) <= ModificationLevel.LTA_UPDATES
    )


def _has_kept_properties(content: Content) -> bool:
    """Tell whether the properties say what they said at the seal: pyHanko takes any change."""
    try:
        reader = PdfFileReader(as_stream(content))
        seal = next(each for each in reader.embedded_signatures if each.field_name == SEAL_FIELD)
        _, _, start, length = seal.byte_range
        # Readers of their own: looking at old revisions leaves this one with old objects.
        sealed = PdfFileReader(io.BytesIO(content[: start + length]))
        return are_kept(sealed, PdfFileReader(as_stream(content)))
    except UNREADABLE:
        return False


def _level_after(content: Content, field: str) -> ModificationLevel:
    try:
        reader = PdfFileReader(as_stream(content))
        signature = next(each for each in reader.embedded_signatures if each.field_name == field)
        base = revision_of(reader, signature.signed_revision)
        found = DEFAULT_DIFF_POLICY.review_file(reader, base)
    except UNREADABLE:
        return ModificationLevel.OTHER
    if isinstance(found, SuspiciousModification):
        return ModificationLevel.OTHER
    return found.modification_level
