"""The register of evidence as a table of its own (CSV), where the pages have no room for it.

Equal records give equal bytes. Programs for spreadsheets open it: UTF-8 with its mark,
semicolons, and no cell that they would compute.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from assessments.dossier.formats.files import Attached
from assessments.dossier.formats.words import Words, line
from assessments.dossier.snapshot import Snapshot
from assessments.sheets.columns import looks_like_formula

NAME: Final = "evidence-register.csv"


def register(snapshot: Snapshot) -> list[Attached]:
    """Return the table that is attached instead of the printed register, if it is."""
    if snapshot.register_is_printed:
        return []
    return [Attached(NAME, "Register of evidence, from the record", "Data", table(snapshot))]


def table(snapshot: Snapshot) -> bytes:
    """Return the table, in the language of the dossier."""
    words, cited = Words(snapshot), defaultdict(list)
    for entry in snapshot.entries:
        for number in entry.answer.evidence:
            cited[number].append(entry.recommendation.code)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    with translation.override(snapshot.language):
        writer.writerow(
            [
                *(_("Number"), _("Kind"), _("Title"), _("Revision of the document")),
                *(_("Date of the document"), _("Valid until"), _("Reference"), _("Address")),
                *(_("File"), _("Bytes"), "SHA-256", _("Superseded by"), _("Added by")),
                *(_("Cited by"), _("File name in the dossier")),
            ]
        )
    for piece in snapshot.evidence:
        cells = (
            *(piece.number, words.term("evidence_kind", piece.kind), piece.title),
            *(piece.document_revision, piece.document_on or "", piece.expires_on or ""),
            *(piece.reference, piece.url, piece.file_name),
            *("" if piece.size_bytes is None else piece.size_bytes, piece.sha256),
            *(piece.superseded_by, piece.added_by, " ".join(cited[piece.number])),
            piece.enclosed_as,
        )
        writer.writerow([_as_text(str(cell)) for cell in cells])
    return ("\ufeff" + out.getvalue()).encode()


def _as_text(cell: str) -> str:
    """Keep a program from computing what somebody typed."""
    text = line(cell)
    return f"'{text}" if looks_like_formula(text) else text
