"""References of recommendations, as people write them, to places of frameworks. No database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

# How a reference begins, and the framework it then names a place of.
_PREFIXES: Final[tuple[tuple[str, str], ...]] = (
    ("MDR Annex I ", "mdr-annex-i"),
    ("IVDR Annex I ", "ivdr-annex-i"),
    ("MDR Art. ", "mdr-obligations"),
    ("MDCG 2019-16 §", "mdcg-2019-16"),
    ("IEC 81001-5-1 §", "iec-81001-5-1"),
    ("IEC TR 80001-2-2 ", "iec-tr-80001-2-2"),
    ("IEC 62304 §", "iec-62304"),
    ("ISO 14971:2019 §", "iso-14971"),
    ("ISO 14971 §", "iso-14971"),
    ("ISO 13485:2016 §", "iso-13485"),
    ("RGPD art. ", "rgpd"),
    ("RGS Annexe ", "rgs"),
    ("Code de la santé publique art. ", "csp"),
)
_WHOLE: Final = "std-autres"  # its places are whole standards
_PART: Final = re.compile(r"\(([^)]*)\)")


def places(reference: str, known: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Yield framework and place that ``reference`` names, of those that are ``known``.

    A place that is not listed stands for the one above it: §5.2.1 for §5.2.
    """
    if reference in known.get(_WHOLE, ()):
        yield _WHOLE, reference
    for prefix, key in _PREFIXES:
        if reference.startswith(prefix) and key in known:
            if place := _listed(reference.removeprefix(prefix), known[key]):
                yield key, place
            return


def _listed(written: str, known: frozenset[str]) -> str:
    place = _PART.sub(r".\1", written).replace(" ", "")
    while place and place not in known:
        place = place.rpartition(".")[0]
    return place


def all_places(
    references: Iterable[str], known: Mapping[str, frozenset[str]]
) -> dict[tuple[str, str], str]:
    """Return the places that ``references`` name, each with the reference that does."""
    found: dict[tuple[str, str], str] = {}
    for reference in references:
        for place in places(reference, known):
            found.setdefault(place, reference)
    return found
