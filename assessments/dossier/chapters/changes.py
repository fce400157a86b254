"""What changed since an earlier dossier, where the record compares itself with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from assessments.dossier.changes_view import ChangesView

if TYPE_CHECKING:
    from assessments.dossier.document import Document


def title(document: Document) -> str:
    """Return the title, which names the earlier dossier."""
    changes = document.snapshot.changes
    number = changes.number if changes else ""
    return _("What changed since dossier %(number)s") % {"number": number}


def of(document: Document) -> ChangesView | None:
    """Return the differences; None where there is no earlier dossier."""
    changes = document.snapshot.changes
    return ChangesView(changes, label=document.label, text=document.text) if changes else None
