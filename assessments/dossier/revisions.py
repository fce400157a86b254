"""What was added to a dossier after a signature, and after its seal."""

from __future__ import annotations

import io
from dataclasses import dataclass

from pyhanko.pdf_utils.reader import PdfFileReader

from assessments.dossier.contents import UNREADABLE, Contents, as_stream
from assessments.dossier.keeping import only_keeps_alive
from assessments.dossier.properties import are_kept

_TIMESTAMP = "/DocTimeStamp"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields for signatures in a file: those filled in, in order, and those left empty."""

    signed: tuple[str, ...]
    empty: frozenset[str]


def fields_of(reader: PdfFileReader) -> Fields:
    """Return the fields for signatures, those of time stamps apart.

    Raises:
        PdfError, LookupError, ValueError: it cannot be read.
    """
    embedded = reader.embedded_signatures
    named = {each.field_name for each in embedded if each.sig_object_type == _TIMESTAMP}
    signed = tuple(each.field_name for each in embedded if each.field_name not in named)
    every = {str(field.get_object()["/T"]) for field in reader.root["/AcroForm"]["/Fields"]}
    return Fields(signed, frozenset(every - named - set(signed)))


def is_only_kept_alive(contents: Contents, sealed_bytes: int) -> bool:
    """Tell whether nothing but time stamps and what validates them came after the seal.

    For files whose seal holds, and whose last time stamp covers everything.
    """
    try:
        sealed = PdfFileReader(io.BytesIO(contents.whole[:sealed_bytes]))
        # A reader of its own: looking at old revisions leaves this one with old objects.
        latest = PdfFileReader(as_stream(contents.whole))
        return only_keeps_alive(sealed, latest) and are_kept(sealed, contents.reader)
    except UNREADABLE:
        return False
