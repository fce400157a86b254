"""What was added to a sealed file after its seal."""

from __future__ import annotations

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    ModificationLevel,
    SuspiciousModification,
)

from assessments.dossier.contents import Content, as_stream
from assessments.dossier.snapshot import SEAL_FIELD
from assessments.dossier.usages import revision_of


def is_only_kept_alive(content: Content) -> bool:
    """Tell whether nothing but time stamps and what validates them came after the seal.

    For files whose seal holds, and whose last time stamp covers everything.
    """
    try:
        reader = PdfFileReader(as_stream(content))
        seal = next(each for each in reader.embedded_signatures if each.field_name == SEAL_FIELD)
        found = DEFAULT_DIFF_POLICY.review_file(reader, revision_of(reader, seal.signed_revision))
    except (PdfError, LookupError, StopIteration, ValueError):
        return False
    if isinstance(found, SuspiciousModification):
        return False
    return bool(found.modification_level <= ModificationLevel.LTA_UPDATES)
