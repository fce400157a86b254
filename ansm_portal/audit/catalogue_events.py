"""Words for what happens to editions of catalogues: the shared one, and those of organisations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import pgettext_lazy

CATALOGUE_EVENTS: Final[Mapping[str, Any]] = {
    "catalogue.begin": pgettext_lazy("event", "Edition begun"),
    "catalogue.create": pgettext_lazy("event", "Own requirements begun"),
    "catalogue.draft": pgettext_lazy("event", "Draft started from an edition"),
    "catalogue.describe": pgettext_lazy("event", "Texts of the edition changed"),
    "catalogue.load": pgettext_lazy("event", "Edition loaded from a file"),
    "catalogue.publish": pgettext_lazy("event", "Edition published"),
    "catalogue.remove": pgettext_lazy("event", "Draft deleted"),
    "catalogue.retire": pgettext_lazy("event", "Edition retired"),
    "entry.add": pgettext_lazy("event", "Entry added"),
    "entry.bring_back": pgettext_lazy("event", "Entry brought back"),
    "entry.confirm": pgettext_lazy("event", "Entry read in the official text"),
    "entry.edit": pgettext_lazy("event", "Entry changed"),
    "entry.follow": pgettext_lazy("event", "What the entry follows changed"),
    "entry.merge": pgettext_lazy("event", "Entries merged"),
    "entry.move": pgettext_lazy("event", "Entry moved"),
    "entry.remove": pgettext_lazy("event", "Entry removed"),
    "entry.reorder": pgettext_lazy("event", "Entries put in another order"),
    "entry.retire": pgettext_lazy("event", "Entry retired"),
    "entry.split": pgettext_lazy("event", "Entry split"),
    "section.add": pgettext_lazy("event", "Section added"),
    "section.edit": pgettext_lazy("event", "Section changed"),
    "section.remove": pgettext_lazy("event", "Section removed"),
    "section.reorder": pgettext_lazy("event", "Sections put in another order"),
    "source.add": pgettext_lazy("event", "Source added"),
    "source.edit": pgettext_lazy("event", "Source changed"),
    "source.remove": pgettext_lazy("event", "Source removed"),
}
