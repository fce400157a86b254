"""The coverage of frameworks as a workbook: what it is, the counts, and one row a requirement."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from assessments.crosswalk.reading import Covered, FrameworkCoverage
from assessments.enums import Support, Verdict
from assessments.models import Assessment, CrosswalkState
from assessments.sheets.columns import portable
from assessments.sheets.writing import styled, styles

_WIDTHS: Final = (22, 14, 60, 18, 14, 44, 44, 44)


def to_xlsx(
    assessment: Assessment,
    coverages: Sequence[FrameworkCoverage],
    crosswalk: CrosswalkState | None,
    *,
    on: dt.date,
) -> bytes:
    """Return the workbook, in the language of the reader."""
    book = Workbook(write_only=True)
    for style in styles():
        book.add_named_style(style)
    _about(book.create_sheet(pgettext("sheet", "Read me")), assessment, crosswalk, on)
    _summary(book.create_sheet(pgettext("sheet", "Frameworks")), coverages)
    _requirements(book.create_sheet(pgettext("sheet", "Requirements")), coverages)
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _localized(row: Any, name: str) -> str:
    return str(getattr(row, f"{name}_{'en' if get_language() == 'en' else 'fr'}"))


def _about(
    sheet: Any, assessment: Assessment, crosswalk: CrosswalkState | None, on: dt.date
) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 110
    sheet.append([styled(sheet, _("Coverage of neighbouring frameworks"), "portal title")])
    facts = [
        (_("Device"), f"{assessment.device.name} {assessment.version.label}"),
        (_("Catalogue edition"), str(assessment.catalogue)),
        (_("Exported on"), on.isoformat()),
        (_("What this is"), what_it_is()),
    ]
    if crosswalk:
        state = crosswalk.generated_on.isoformat()
        facts += [(_("Mappings, state of"), state), ("", _localized(crosswalk, "status"))]
    for label, value in facts:
        sheet.append(
            [styled(sheet, label, "portal fixed"), styled(sheet, portable(value), "portal free")]
        )


def what_it_is() -> str:
    """Return what a coverage is and is not."""
    return _(
        "It shows where answers to the recommendations speak for requirements of other texts. "
        "It does not say that a requirement is met: a person judges that beside the text."
    )


def _head(sheet: Any, labels: Iterable[str], widths: Iterable[int]) -> None:
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.append([styled(sheet, label, "portal head") for label in labels])


def _summary(sheet: Any, coverages: Sequence[FrameworkCoverage]) -> None:
    labels = [_("Framework"), _("Edition"), _("Legal status"), _("Confidence")]
    labels += [str(each.label) for each in Support] + [_("Source")]
    _head(sheet, labels, (60, 40, 22, 14, *(14 for _each in Support), 80))
    for each in coverages:
        framework = each.framework
        values = [
            _localized(framework, "name"),
            _localized(framework, "edition"),
            str(framework.get_nature_display()),
            str(framework.get_confidence_display()),
        ]
        texts = [styled(sheet, portable(value), "portal free") for value in values]
        counts = [styled(sheet, each.counts[support], "portal free") for support in Support]
        source = styled(sheet, portable(_localized(framework, "source")), "portal free")
        sheet.append([*texts, *counts, source])


def _requirements(sheet: Any, coverages: Sequence[FrameworkCoverage]) -> None:
    labels = [
        _("Framework"),
        _("Reference"),
        _("Requirement"),
        _("Coverage"),
        _("Confidence"),
        _("Supported by"),
        _("Mapped and not followed"),
        _("Evidence"),
    ]
    _head(sheet, labels, _WIDTHS)
    for each in coverages:
        name = _localized(each.framework, "short")
        for row in each.rows:
            values = [name, *_values(row)]
            sheet.append([styled(sheet, portable(value), "portal free") for value in values])


def _values(row: Covered) -> list[str]:
    requirement = row.requirement
    followed = {said.code for _link, said in row.followed}
    return [
        requirement.ref,
        _localized(requirement, "title"),
        str(row.support.label) if row.place.is_counted else "",
        str(requirement.get_confidence_display()),
        "; ".join(
            f"{link.symbol} {said.code} ({Verdict(said.verdict).label})"
            for link, said in row.followed
        ),
        "; ".join(
            f"{link.symbol} {said.code} ({Verdict(said.verdict).label})"
            for link, said in row.trail
            if said.code not in followed
        ),
        "; ".join(f"{piece.label} {piece.title}" for piece in row.evidence),
    ]
