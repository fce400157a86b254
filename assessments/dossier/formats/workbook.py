"""A record as a workbook to sort and to count in: answers, evidence, follow-up, approvals."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook

from assessments.dossier.formats.words import Words
from assessments.dossier.snapshot import Snapshot
from assessments.sheets.columns import portable
from assessments.sheets.writing import styled, styles

NAME: Final = "dossier.xlsx"
Table = tuple[Sequence[str], Iterable[Sequence[Any]], Sequence[int]]


def workbook(snapshot: Snapshot, snapshot_sha256: str) -> bytes:
    """Return the workbook, in the language of the dossier; no cell is ever computed."""
    book = Workbook(write_only=True)
    for style in styles():
        book.add_named_style(style)
    words = Words(snapshot)
    with translation.override(snapshot.language):
        _facts(book.create_sheet(pgettext("sheet", "Read me")), snapshot, words, snapshot_sha256)
        for title, table in {
            pgettext("sheet", "Answers"): _answers(snapshot, words),
            **_own(snapshot, words),
            pgettext("sheet", "Evidence"): _evidence(snapshot, words),
            pgettext("sheet", "Remarks"): _remarks(snapshot, words),
            pgettext("sheet", "Actions"): _actions(snapshot, words),
            pgettext("sheet", "Approvals"): _approvals(snapshot, words),
        }.items():
            _table(book.create_sheet(title), table)
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _facts(sheet: Any, snapshot: Snapshot, words: Words, sha256: str) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 90
    sheet.append([styled(sheet, snapshot.number, "portal title")])
    for name, value in (
        (_("Manufacturer"), snapshot.organisation.name),
        (_("Device"), snapshot.device.name),
        (_("Version"), snapshot.version.label),
        (_("Catalogue edition"), f"{words(snapshot.catalogue.title)} {snapshot.catalogue.edition}"),
        (_("Issued"), snapshot.issued_at.isoformat(timespec="seconds")),
        (_("Digest of the data"), sha256),
        ("", words.disclaimer),
        ("", words(snapshot.catalogue.disclaimer)),
        ("", _("This workbook follows from the sealed dossier. Only the dossier proves anything.")),
    ):
        row = (styled(sheet, portable(text), "portal fixed") for text in (name, value))
        sheet.append(list(row))


def _table(sheet: Any, table: Table) -> None:
    heads, rows, widths = table
    for number, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.freeze_panes = "B2"
    sheet.append([styled(sheet, head, "portal head") for head in heads])
    count = 1
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
        count += 1
    sheet.auto_filter.ref = f"A1:{chr(ord('A') + len(heads) - 1)}{count}"


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, str):
        return styled(sheet, portable(value), "portal free")
    is_day = hasattr(value, "isoformat")
    return styled(sheet, value, "portal free day" if is_day else "portal free")


def _answers(snapshot: Snapshot, words: Words) -> Table:
    heads = (
        *(_("Code"), _("Phase"), _("Section"), _("Recommendation"), _("Applies"), _("Verdict")),
        *(_("Justification"), _("Owner"), _("Due day"), pgettext("list", "Evidence"), _("State")),
        *(_("Accepted by"), _("Provenance")),
    )
    rows = (
        (
            entry.recommendation.code,
            words.term("phase", phase.key),
            words(section.title),
            words(entry.recommendation.title),
            _("yes") if entry.applicability.is_applicable else _("no"),
            words.term("verdict", entry.answer.verdict),
            entry.answer.justification,
            entry.answer.owner,
            entry.answer.due_on,
            ", ".join(entry.answer.evidence),
            words.term("answer_state", entry.answer.state),
            entry.answer.accepted_by,
            words.term("provenance", entry.recommendation.provenance.status),
        )
        for phase in snapshot.phases
        for section in phase.sections
        for entry in section.entries
    )
    return heads, rows, (16, 18, 24, 44, 9, 22, 70, 20, 12, 20, 14, 20, 16)


def _own(snapshot: Snapshot, words: Words) -> dict[str, Table]:
    """Return the answers to requirements of the organisation's own, where there are any."""
    if not snapshot.own_requirements:
        return {}
    heads = (
        *(_("Edition"), _("Code"), _("Phase"), _("Requirement"), _("Applies"), _("Verdict")),
        *(_("Justification"), _("Owner"), pgettext("list", "Evidence"), _("State")),
        _("Accepted by"),
    )
    rows = (
        (
            f"{own.key} {own.edition}",
            each.code,
            words.term("phase", each.phase),
            words(each.title),
            _("yes") if each.is_applicable else _("no"),
            words.term("verdict", each.verdict),
            each.justification,
            each.owner,
            ", ".join(each.evidence),
            words.term("answer_state", each.state),
            each.accepted_by,
        )
        for own in snapshot.own_requirements
        for each in own.requirements
    )
    widths = (24, 16, 18, 44, 9, 22, 70, 20, 20, 14, 20)
    return {pgettext("sheet", "Own requirements"): (heads, rows, widths)}


def _evidence(snapshot: Snapshot, words: Words) -> Table:
    heads = (
        *(_("Number"), _("Kind"), _("Title"), _("Revision of the document"), _("Valid until")),
        *(_("Reference"), _("Address"), _("File"), "SHA-256", _("Superseded by")),
    )
    rows = (
        (
            piece.number,
            words.term("evidence_kind", piece.kind),
            piece.title,
            piece.document_revision,
            piece.expires_on,
            piece.reference,
            piece.url,
            piece.file_name,
            piece.sha256,
            piece.superseded_by,
        )
        for piece in snapshot.evidence
    )
    return heads, rows, (10, 12, 44, 12, 12, 24, 40, 30, 66, 12)


def _remarks(snapshot: Snapshot, words: Words) -> Table:
    heads = (
        *(_("Number"), _("Code"), _("Kind"), _("Remark"), _("Raised by"), _("Messages")),
        _("Closed"),
    )
    rows = (
        (
            remark.number,
            remark.code,
            words.term("remark_kind", remark.kind),
            remark.text,
            remark.raised_by,
            "\n".join(f"{each.author}: {each.text}" for each in remark.messages),
            remark.closed_at.date() if remark.closed_at else None,
        )
        for remark in snapshot.remarks
    )
    return heads, rows, (10, 16, 14, 60, 20, 60, 12)


def _actions(snapshot: Snapshot, words: Words) -> Table:
    heads = (
        *(_("Number"), _("Code"), _("Title"), _("Owner"), _("Due day"), _("State")),
        _("Outcome"),
    )
    rows = (
        (
            action.number,
            action.code,
            action.title,
            action.owner,
            action.due_on,
            words.term("action_state", action.state),
            action.outcome,
        )
        for action in snapshot.actions
    )
    return heads, rows, (10, 16, 50, 20, 12, 16, 50)


def _approvals(snapshot: Snapshot, words: Words) -> Table:
    heads = (
        *(_("Phase"), _("Name"), _("Role"), _("Meaning of the signature"), _("Signed")),
        *("SHA-256", _("Void since"), _("Why it is void")),
    )
    rows = (
        (
            words.term("phase", approval.phase),
            approval.name,
            approval.role,
            approval.meaning,
            approval.signed_at.date(),
            approval.content_sha256,
            approval.voided_at.date() if approval.voided_at else None,
            approval.void_reason,
        )
        for approval in snapshot.approvals
    )
    return heads, rows, (24, 24, 24, 60, 12, 66, 12, 40)
