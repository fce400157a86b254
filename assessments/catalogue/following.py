"""A file that follows an edition: what it names of that, and how it comes to follow one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from assessments.catalogue.schema import CatalogueFile
from assessments.models import Catalogue, Recommendation

WITHDRAWN = _("Marked as withdrawn in the file that the edition was read from.")


def stand_in(file: CatalogueFile) -> tuple[Catalogue | None, dict[str, Recommendation]]:
    """Return the edition that a file follows, and what it names of it: rows with a name only.

    For what a file says, before anybody looks whether that edition is here.
    """
    followed = file.meta.get("based_on")
    if not followed:
        return None, {}
    older = Catalogue(key=followed["catalogue_id"], edition=followed["catalogue_version"])
    return older, {code: Recommendation(catalogue=older, code=code) for code in named(file)}


def named(file: CatalogueFile) -> Iterator[str]:
    """Yield the codes of the edition before that a file replaces or retires."""
    for entry in file.recommendations:
        yield from entry.get("replaces", ())
    for entry in file.retired:
        yield entry["id"]


def follow(
    file: CatalogueFile,
    *,
    key: str,
    edition: str,
    codes: Collection[str],
    withdrawn: Collection[str] = (),
) -> CatalogueFile:
    """Return ``file`` as it follows an edition that has the entries ``codes``: by code.

    Whatever it said of another one goes. What the file marks as ``withdrawn``, and has no entry
    of that code for, is retired; what became of all others somebody has to say in the draft.
    """
    own = {entry["id"] for entry in file.recommendations}
    recommendations = [
        {name: value for name, value in entry.items() if name != "replaces"}
        | ({"replaces": [entry["id"]]} if entry["id"] in codes else {})
        for entry in file.recommendations
    ]
    gone = [code for code in dict.fromkeys(withdrawn) if code in codes and code not in own]
    return replace(
        file,
        meta=file.meta | {"based_on": {"catalogue_id": key, "catalogue_version": edition}},
        recommendations=recommendations,
        retired=[{"id": code} | _why() for code in gone],
    )


def _why() -> dict[str, Any]:
    reasons = {}
    for language in ("fr", "en"):
        with override(language):
            reasons[f"reason_{language}"] = str(WITHDRAWN)
    return reasons
