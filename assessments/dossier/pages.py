"""Whether the pages say what the record says: it is printed again, and both are compared.

Printing needs what the verifier may not have: it is given as a function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from assessments.dossier.contents import UNREADABLE, Contents, text_of
from assessments.dossier.drawing import Drawing
from assessments.dossier.press import press
from assessments.dossier.records import read
from assessments.dossier.report import Check, Outcome, Report, Sentence, Verdict, gettext_noop
from assessments.dossier.snapshot import SNAPSHOT_NAME, Snapshot

_EXCERPT: Final = 70
_BEFORE: Final = 20
_NOTHING: Final = "–"


class NotPrinted(Exception):
    """The record could not be printed here; the finding says why."""

    def __init__(self, finding: Sentence) -> None:
        super().__init__(str(finding))
        self.finding = finding


def with_pages(report: Report, content: bytes, printed: Callable[[Snapshot], bytes]) -> Report:
    """Return the report of an intact dossier with what its pages say beside its record.

    ``printed`` returns the unsealed PDF of a record, or raises :class:`NotPrinted`.
    """
    if report.verdict is not Verdict.INTACT:
        return report
    check = compare_pages(content, printed)
    if check.outcome is Outcome.FAILED:
        report = replace(report, verdict=Verdict.ALTERED, sentence=check.finding)
    return replace(report, checks=(*report.checks, check))


def compare_pages(content: bytes, printed: Callable[[Snapshot], bytes]) -> Check:
    """Print the record of an intact dossier again, and say how far the pages agree."""
    contents = Contents(content)
    snapshot = read(contents.attachment(SNAPSHOT_NAME)).snapshot
    if snapshot is None:
        text = gettext_noop(
            "The pages were not compared with the record: it is of a version that this edition "
            "of the portal does not print."
        )
        return Check(Outcome.NOT_CHECKED, Sentence(text))
    try:
        again = printed(snapshot)
        return _compared(content, contents, again, is_same_press=snapshot.press == press())
    except NotPrinted as reason:
        return Check(Outcome.NOT_CHECKED, reason.finding)
    except UNREADABLE as error:
        text = gettext_noop("The pages cannot be read: %(reason)s.")
        return Check(Outcome.FAILED, Sentence(text, {"reason": error}))


def _compared(content: bytes, contents: Contents, again: bytes, *, is_same_press: bool) -> Check:
    found, due = Drawing(contents.reader), Drawing(Contents(again).reader)
    if found.around == due.around and found.digests() == due.digests():
        return Check(Outcome.OK, _same(len(due), is_identical=content.startswith(again)))
    texts, expected = _texts(found), _texts(due)
    different = _first_different(texts, expected)
    if different is None:
        page = _first_different(found.digests(), due.digests()) or 0
        text = gettext_noop(
            "The record was printed again: each page bears the same text. Page %(page)d is drawn "
            "otherwise, and what no text says was not compared."
        )
        return Check(Outcome.OK, Sentence(text, {"page": page + 1}))
    return _different(different, texts, expected, is_same_press=is_same_press)


def _same(pages: int, *, is_identical: bool) -> Sentence:
    if is_identical:
        text = gettext_noop(
            "The record was printed again: the %(pages)d pages are identical, byte for byte, up to "
            "the seal."
        )
    else:
        text = gettext_noop(
            "The record was printed again: the %(pages)d pages draw the same, in a file that is "
            "put together otherwise."
        )
    return Sentence(text, {"pages": pages})


def _different(
    page: int, texts: Sequence[str], expected: Sequence[str], *, is_same_press: bool
) -> Check:
    said, due = (each[page] if page < len(each) else "" for each in (texts, expected))
    at = _first_different("".join(said.split()), "".join(due.split())) or 0
    values = {"page": page + 1, "said": _excerpt(said, at), "due": _excerpt(due, at)}
    if is_same_press:
        text = gettext_noop(
            "Page %(page)d does not say what the record says: “%(said)s”, where it must be "
            "“%(due)s”."
        )
        return Check(Outcome.FAILED, Sentence(text, values))
    text = gettext_noop(
        "The pages were not compared to the end: another edition of the portal, or other tools, "
        "printed them. Page %(page)d says “%(said)s”, here it would be “%(due)s”."
    )
    return Check(Outcome.NOT_CHECKED, Sentence(text, values))


def _texts(drawing: Drawing) -> list[str]:
    return [text_of(page) for page, _inherited in drawing.pages]


def _first_different(one: Sequence[object], other: Sequence[object]) -> int | None:
    """Return where two sequences first differ, white space apart."""
    for index, (left, right) in enumerate(zip_longest(one, other)):
        if isinstance(left, str) and isinstance(right, str):
            left, right = "".join(left.split()), "".join(right.split())  # noqa: PLW2901 -- as they are compared
        if left != right:
            return index
    return None


def _excerpt(text: str, at: int) -> str:
    """Return some words of a text around its character ``at``, white space not counted."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    start = places[at] if at < len(places) else len(text)
    start = text.rfind(" ", 0, max(0, start - _BEFORE)) + 1
    return " ".join(text[start : start + _EXCERPT].split()) or _NOTHING
