"""How verdicts are drawn: a symbol and a shade each, told apart in grey as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from assessments.dossier.charts import Series

if TYPE_CHECKING:
    from assessments.dossier.view import Label

SYMBOLS: Final[Mapping[str, str]] = {
    "not_assessed": "○",
    "followed": "✓",
    "adapted": "≈",
    "partly_followed": "½",
    "not_followed": "✗",
    "not_applicable": "–",
}
# From dark to light; luminance alone tells neighbours in a bar apart.
_SHADES: Final = {
    "followed": ("#14534a", "#ffffff"),
    "adapted": ("#8fc1b5", "#14302b"),
    "partly_followed": ("#f0c770", "#3d2c06"),
    "not_followed": ("#96352f", "#ffffff"),
    "not_applicable": ("#dde3e8", "#37424c"),
    "not_assessed": ("#ffffff", "#37424c"),
}


# Of what answers say for a requirement, in the same way.
_SUPPORT: Final = {
    "supported": ("#14534a", "#ffffff", "✓"),
    "partly": ("#f0c770", "#3d2c06", "½"),
    "open": ("#96352f", "#ffffff", "✗"),
    "not_applicable": ("#dde3e8", "#37424c", "–"),
    "not_reached": ("#ffffff", "#37424c", "○"),
}


def support_series(labels: Mapping[str, Label]) -> list[Series]:
    """Return what answers say for requirements as series of a plot, best first."""
    return [
        Series(key, labels[key].text, symbol, fill, ink)
        for key, (fill, ink, symbol) in _SUPPORT.items()
    ]


def verdict_series(labels: Mapping[str, Label]) -> list[Series]:
    """Return the verdicts as series of a plot, best first."""
    return [
        Series(key, labels[key].text, SYMBOLS[key], fill, ink)
        for key, (fill, ink) in _SHADES.items()
    ]


def follow_up_series() -> list[Series]:
    """Return what can become of remarks and actions as series of a plot, open ones first."""
    return [
        Series("open", pgettext("remark", "open"), "○", "#96352f", "#ffffff"),
        Series("done", _("done, to be checked"), "½", "#f0c770", "#3d2c06"),
        Series("closed", pgettext("remark", "closed"), "✓", "#dde3e8", "#37424c"),
    ]
