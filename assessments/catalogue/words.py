"""What parts, columns and changes of editions are called, wherever differences are told.

Two functions find differences, for want of the same material: :mod:`.changes` of rows, which know
what followed what; :mod:`.file_changes` of what a file says, sections, sources and the edition
itself among it, which has to be told also when the file follows nothing that is here. Where it
does, its entries take the words of the former.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from assessments.models import Catalogue, Recommendation, Section, Source


class Aspect(StrEnum):
    """One way in which an entry differs; it may in several."""

    ADDED = "added"
    RETIRED = "retired"
    REWORDED = "reworded"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"
    METADATA = "metadata"
    PROVENANCE = "provenance"


ASPECTS: Final = {
    Aspect.ADDED: _("added"),
    Aspect.RETIRED: _("retired"),
    Aspect.REWORDED: _("reworded"),
    Aspect.MOVED: _("moved elsewhere"),
    Aspect.SPLIT: _("split"),
    Aspect.MERGED: _("merged"),
    Aspect.METADATA: _("scope"),
    Aspect.PROVENANCE: _("provenance"),
}
MODELS: Final[dict[str, Any]] = {
    "recommendations": Recommendation,
    "sections": Section,
    "sources": Source,
    "edition": Catalogue,
}
# Said of an edition, and in no column of its own.
_OTHERS: Final = {"replaces": _("takes the place of"), "retired": _("retired")}


def label_of(part: str, name: str) -> str:
    """Return what a column of a part of an edition is called."""
    try:
        field = MODELS[part]._meta.get_field(name)
    except FieldDoesNotExist:
        return str(capfirst(_OTHERS.get(name, name)))
    return str(capfirst(getattr(field, "verbose_name", name)))
