"""What was added to a sealed file after its seal."""

from __future__ import annotations

import io

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    ModificationLevel,
    SuspiciousModification,
)

from assessments.dossier.contents import UNREADABLE
from assessments.dossier.properties import are_kept
from assessments.dossier.snapshot import SEAL_FIELD


def is_only_kept_alive(content: bytes) -> bool:
    """Tell whether nothing but time stamps and what validates them came after the seal.

    For files whose seal holds, and whose last time stamp covers everything.
    """
    try:
        reader = PdfFileReader(io.BytesIO(content))
        seal = next(each for each in reader.embedded_signatures if each.field_name == SEAL_FIELD)
        _, _, start, length = seal.byte_range
        # Readers of their own: looking at old revisions leaves this one with old objects.
        sealed, latest = content[: start + length], content
        if not are_kept(*(PdfFileReader(io.BytesIO(each)) for each in (sealed, latest))):
            return False
        found = DEFAULT_DIFF_POLICY.review_file(reader, seal.signed_revision)
    except UNREADABLE:
        return False
    if isinstance(found, SuspiciousModification):
        return False
    return bool(found.modification_level <= ModificationLevel.LTA_UPDATES)
