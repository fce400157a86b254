"""A record to the pages it gives, where what prints is installed. Configured Django needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assessments.dossier.pages import NotPrinted
from assessments.dossier.report import Sentence, gettext_noop
from assessments.dossier.snapshot import Snapshot

if TYPE_CHECKING:
    from assessments.dossier.render import Limits

_MISSING: Final = gettext_noop(
    "The pages were not compared with the record: what prints them is not installed here "
    "(%(reason)s)."
)


def printed(snapshot: Snapshot, *, limits: Limits | None = None) -> bytes:
    """Return the unsealed PDF of a record.

    Raises:
        NotPrinted: WeasyPrint or its libraries are missing, or the limits do not suffice.
    """
    try:
        from assessments.dossier import render  # noqa: PLC0415 -- what it needs may be missing
    except (ImportError, OSError) as error:
        raise NotPrinted(Sentence(_MISSING, {"reason": error})) from error
    try:
        return render.render(snapshot, limits=limits or render.Limits()).content
    except render.RenderingFailed as error:
        text = gettext_noop("The pages were not compared with the record: %(reason)s")
        raise NotPrinted(Sentence(text, {"reason": error})) from error
