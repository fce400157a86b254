"""What prints a record: our files that pages follow from, and the tools of others.

The same record, printed by the same press, gives the same bytes. No Django, no database.
"""

from __future__ import annotations

import ctypes
import gettext
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from assessments.dossier.snapshot import Press

ROOT: Final = Path(__file__).resolve().parent.parent.parent
LOCALE: Final = ROOT / "ansm_portal" / "locale"
# Everything below these, but for what only fills the record.
FILES: Final = (
    "templates/dossier",
    "static/dossier",
    "assessments/dossier",
    "ansm_portal/formats",
    "ansm_portal/markdown.py",
    "assessments/differences.py",
)
FILLS_THE_RECORD: Final = frozenset(
    {
        "builder.py",
        "course.py",
        "crosswalk_builder.py",
        "follow_up.py",
        "own_builder.py",
        "subject.py",
        "vocabulary.py",
    }
)
PACKAGES: Final = (
    "weasyprint",
    "pydyf",
    "tinyhtml5",
    "tinycss2",
    "cssselect2",
    "pyphen",
    "fonttools",
    "Django",
    "markdown-it-py",
    "nh3",
    "segno",
    "rfc8785",
)
_LIBRARIES: Final = (
    ("Pango", "libpango-1.0.so.0", "pango_version_string"),
    ("HarfBuzz", "libharfbuzz.so.0", "hb_version_string"),
)


@cache
def press() -> Press:
    """Return what prints here; a package or library that is not installed is left out."""
    return Press(_edition(), ", ".join([*_packages(), *_libraries()]))


def files() -> Iterator[Path]:
    """Yield the files that pages follow from, in an order of their own."""
    for name in FILES:
        place = ROOT / name
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (
            each
            for each in found
            if each.is_file() and each.suffix != ".pyc" and each.name not in FILLS_THE_RECORD
        )


def _edition() -> str:
    digest = hashlib.sha256()
    for file in files():
        _add(digest, file.relative_to(ROOT).as_posix().encode(), file.read_bytes())
    for catalogue in sorted(LOCALE.glob("*/LC_MESSAGES/django.mo")):
        with catalogue.open("rb") as opened:
            texts = gettext.GNUTranslations(opened)
        # As texts: another msgfmt writes them in other bytes.
        said = sorted(map(repr, texts._catalog.items()))  # type: ignore[attr-defined]  # noqa: SLF001 -- no other way in
        _add(digest, catalogue.relative_to(ROOT).as_posix().encode(), "\n".join(said).encode())
    return digest.hexdigest()


def _add(digest: hashlib._Hash, *parts: bytes) -> None:
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)


def _packages() -> Iterator[str]:
    return (f"{name} {version}" for name in PACKAGES if (version := _version(name)))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _libraries() -> Iterator[str]:
    for name, library, function in _LIBRARIES:
        try:
            version = getattr(ctypes.CDLL(library), function)
        except (OSError, AttributeError):
            continue
        version.restype = ctypes.c_char_p
        yield f"{name} {version().decode()}"
