"""The chapters of a dossier, in order: what each is called, and what its template shows.

A chapter is one function from the document to what its template shows as ``content``, a
template ``templates/dossier/_<name>.html`` and a line in :data:`CHAPTERS`. When the function
returns None there is nothing to say, and the chapter is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from assessments.dossier import crosswalk_view
from assessments.dossier.chapters import (
    applicability,
    approvals,
    changes,
    glossary,
    history,
    identification,
    method,
    own,
    references,
    remarks,
    residual,
    responsibility,
    summary,
)
from assessments.dossier.view import PhaseView

if TYPE_CHECKING:
    from assessments.dossier.document import Document


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter as the contents list it; ``phase`` is what it tells of, if it is one."""

    template: str
    anchor: str
    number: int
    title: str
    content: Any
    phase: PhaseView | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A chapter that a dossier may have; its title may be a function of the document.

    ``brief`` is the template of its place in a summary.
    """

    name: str
    title: Any
    content: Callable[[Document], Any]
    brief: str = ""


def _as_is(document: Document) -> Any:
    return document


PHASES: Final = Kind("phase", "", _as_is)
CHAPTERS: Final = (
    Kind("summary", _("Summary"), summary.Summary, brief="dossier/_summary.html"),
    Kind("identification", _("Device, version and profile"), identification.profile),
    Kind("method", _("Method and its limits"), method.Method),
    PHASES,
    Kind("own", _("Requirements of the organisation"), own.of),
    Kind("applicability", _("Statement of applicability"), applicability.Applicability),
    Kind("responsibility", _("Shared responsibility"), responsibility.of),
    Kind("residual", _("Residual risks"), residual.Residual, brief="dossier/_brief_residual.html"),
    Kind("evidence", _("Register of evidence"), _as_is),
    Kind("remarks", _("Remarks and actions"), remarks.of),
    Kind("crosswalk", _("Neighbouring frameworks"), crosswalk_view.chapter),
    Kind("references", _("Crosswalk to other texts"), references.of),
    Kind(
        "approvals", _("Reviews and approvals"), approvals.of, brief="dossier/_brief_approvals.html"
    ),
    Kind("changes", changes.title, changes.of),
    Kind("history", _("History"), history.of),
    Kind("glossary", _("Glossary"), glossary.of),
    Kind(
        "verification",
        _("How to verify this dossier"),
        _as_is,
        brief="dossier/_brief_verification.html",
    ),
)


def chapters(document: Document) -> Iterator[Chapter]:
    """Yield the chapters that have something to say, numbered."""
    is_summary = document.snapshot.scope.is_summary
    number = 0
    for kind in CHAPTERS:
        if kind is PHASES:
            for phase in () if is_summary else document.phases:
                number += 1
                yield Chapter(
                    "dossier/_phase.html", phase.anchor, number, phase.label.text, document, phase
                )
            continue
        template = kind.brief if is_summary else f"dossier/_{kind.name}.html"
        content = kind.content(document) if template else None
        if content is not None:
            number += 1
            title = kind.title(document) if callable(kind.title) else kind.title
            yield Chapter(template, kind.name, number, str(title), content)
